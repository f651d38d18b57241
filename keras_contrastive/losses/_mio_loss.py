from typing import Any

from keras import ops

from keras_contrastive._checked import checked
from keras_contrastive.contrasts.contrast import Contrast, hide
from keras_contrastive.ops._mean import mean


def mio_terms(
    contrast: Contrast, *, balance: bool = True, positive_repulsion: bool = True
) -> dict[str, Any]:
    """The three terms of `MIOLoss` for each query, `(queries,)`."""
    positives, products = contrast.similarities()
    scores = positives / contrast.temperature
    attract = ops.softplus(-scores) if positive_repulsion else -scores
    values = ops.softplus(products / temperature_of_negatives(contrast))
    total = ops.sum(hide(values, contrast.no_negatives, 0.0), axis=1)
    count = number_of_negatives(contrast, products)
    if balance:
        repel = total / count
    else:
        attract, repel = attract / (1 + count), total / (1 + count)
    return {
        "positive": attract,
        "negative": repel,
        "regularizer": mean((contrast.queries - contrast.keys) ** 2, axis=1),
    }


@checked
def mio_loss(
    contrast: Contrast,
    *,
    regularizer_weight: float = 1.0,
    balance: bool = True,
    positive_repulsion: bool = True,
) -> Any:
    """Each pair is classified on its own: two views of one image, or of two.

    With similarities `s` and the temperatures `T` and `T_n`, the value of a
    query is `log(1 + exp(-s_positive / T))`, the mean over its negatives of
    `log(1 + exp(s / T_n))`, and the mean squared difference of query and key.

    Args:
        contrast: `Contrast` with candidates.
        regularizer_weight: Float, weight of the last of these. Defaults to 1.
        balance: Boolean, see `MIOLoss`.
        positive_repulsion: Boolean, see `MIOLoss`.

    Returns:
        Float tensor `(queries,)`.

    Example:

    >>> first, second = kc.contrasts.both_directions(
    ...     z1, z2, temperature=0.5, negative_temperature=0.5
    ... )
    >>> mio_loss(first)

    Reference: Manna et al., 2021, https://arxiv.org/abs/2111.12664v1.
    """
    terms = mio_terms(
        contrast, balance=balance, positive_repulsion=positive_repulsion
    )
    total = terms["positive"] + terms["negative"]
    return total + regularizer_weight * terms["regularizer"]


def mio_slopes(
    contrast: Contrast,
    positives: Any,
    negatives: Any,
    *,
    balance: bool = True,
    positive_repulsion: bool = True,
) -> tuple[Any, Any]:
    """Each pair is pulled or pushed for itself; without the regularizer."""
    tp, tn = contrast.temperature, temperature_of_negatives(contrast)
    pull = ops.ones_like(positives) / tp
    if positive_repulsion:
        pull = ops.sigmoid(-positives / tp) / tp
    push = ops.sigmoid(negatives / tn) / tn
    count = ops.cast(ops.shape(negatives)[1], positives.dtype)
    if balance:
        return pull, push / count
    return pull / (1 + count), push / (1 + count)


def temperature_of_negatives(contrast: Contrast) -> float:
    return contrast.negative_temperature or contrast.temperature


def number_of_negatives(contrast: Contrast, products: Any) -> Any:
    columns = ops.cast(ops.shape(products)[1], products.dtype)
    return columns - len(contrast.no_negatives)
