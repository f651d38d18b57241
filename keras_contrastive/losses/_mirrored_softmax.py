"""Cross entropy in both directions of a batch, by its symmetric scores."""

from typing import Any

from keras import ops

from keras_contrastive.contrasts._in_batch import BothDirections
from keras_contrastive.contrasts._row_blocks import map_blocks, on_every_device
from keras_contrastive.contrasts.contrast import hide


def mirrored_softmax(contrasts: BothDirections, size: Any) -> Any:
    """Sum of `softmax_loss` over both directions, in blocks of queries.

    With the projections `z` of both views, similarities `s_ij = z_i z_j / T`,
    `l_i` the logarithm of the sum of their exponentials over `j`, and `g_i`
    the gradient that arrives at a query, that of its projection is

        1/T (sum over j of (g_i exp(s_ij - l_i) + g_j exp(s_ij - l_j)) z_j
             - (g_i + g_pos(i)) z_pos(i))

    as `s` is symmetric. A block needs its own similarities alone, and all of
    it as many products as all queries at once. Devices of JAX exchange `z`, `l`
    and `g`; replicas of TensorFlow cannot within a condition on the size.

    Args:
        contrasts: Of `contrasts.both_directions`.
        size: Integer, or scalar tensor: queries of a block.

    Returns:
        Float tensor `(images,)`.

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, equation 1;
        its gradient is ours.
    """
    first, second = contrasts
    temperature = first.temperature
    # Where each projection stands in `every`.
    places = ops.concatenate([first.own, first.left_out[0]], axis=0)

    def logits(rows, places, every):
        products = rows @ ops.transpose(every) / temperature
        return hide(products, (places,))

    @ops.custom_gradient
    def total(z1, z2):
        rows = ops.concatenate([z1, z2], axis=0)
        every = of_both_views(z1, z2)
        sums = map_blocks(
            lambda *x: ops.logsumexp(logits(*x, every), axis=1),
            (rows, places),
            size,
        )
        count = ops.shape(z1)[0]
        of_first, of_second = sums[:count], sums[count:]
        positives = ops.sum(z1 * z2, axis=1) / temperature
        # A product rounded otherwise than among the others could exceed them.
        values = ops.maximum(of_first - positives, 0)
        values = values + ops.maximum(of_second - positives, 0)

        def gradient(*args, upstream=None):
            # By name on TensorFlow and torch, as an argument on JAX.
            given = args[-1] if upstream is None else upstream
            every_sum = of_both_views(of_first, of_second)
            every_given = of_both_views(given, given)

            def of_block(rows, places, own_sum, own_given):
                scores = logits(rows, places, every)
                weights = own_given[:, None] * ops.exp(
                    scores - own_sum[:, None]
                ) + every_given * ops.exp(scores - every_sum)
                return weights @ every

            both = ops.concatenate([given, given], axis=0)
            moved = map_blocks(of_block, (rows, places, sums, both), size)
            pulled = 2 * given[:, None]
            return (
                (moved[:count] - pulled * z2) / temperature,
                (moved[count:] - pulled * z1) / temperature,
            )

        return values, gradient

    return total(first.queries, second.queries)


def of_both_views(first, second):
    """Those of all images, the first view's before the other's."""
    every = ops.concatenate([first, second], axis=0)
    return on_every_device(ops.stop_gradient(every))
