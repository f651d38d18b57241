"""A batch in parts, one after the other, for less memory."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_contrastive.ops._in_one_call import in_one_call
from keras_contrastive.ops._remat import is_float, remat
from keras_contrastive.ops._replicas import num_shares


def in_micro_batches(layer: Any, tensors: list, count: int) -> list:
    """What a layer makes of several tensors in training, in less memory.

    The tensors fall into micro-batches, which pass one after the other.
    Only what the layer returns is kept: the backward pass computes the rest
    again, of one micro-batch at a time. Batch normalization sees a
    micro-batch, of all tensors together, and its averages move once for each.

    Args:
        layer: Built layer.
        tensors: List of tensors `(batch, ...)` of one shape.
        count: Integer, number of micro-batches, which divides the batch.

    Returns:
        List of the parts of the result, as `in_one_call` does.

    Raises:
        ValueError: If the layer returns several tensors, adds losses, or
            changes trained weights or variables that it does not hold.

    Example:

    >>> h1, h2 = in_micro_batches(encoder, [view_1, view_2], count=16)

    Reference: Gao et al., 2021, https://arxiv.org/abs/2101.06983, whose
        gradients these are, by computing again instead of a cache.
    """
    weights, state = layer.trainable_variables, layer.non_trainable_variables

    def respond(held, inputs):
        with keras.StatelessScope(
            zip([*weights, *state], held, strict=True), collect_losses=True
        ) as scope:
            before = [scope.get_current_value(v) for v in weights]
            made = in_one_call(layer, inputs, training=True)
        check_losses(layer, scope.losses)
        after = [scope.get_current_value(v) for v in weights]
        check_changes(
            layer,
            set(scope.state_mapping) - {id(v) for v in (*weights, *state)},
            [
                v
                for v, b, a in zip(weights, before, after, strict=True)
                if a is not b
            ],
        )
        moved = [scope.get_current_value(variable) for variable in state]
        # In the backward pass weights collect their gradient on this way, and
        # one micro-batch has to wait for the next.
        return [*held[: len(weights)], *moved], made

    # Copies: on torch a variable changes where it stands, and on TensorFlow
    # it would be counted twice, as itself and as its value.
    held = [ops.copy(variable) for variable in [*weights, *state]]
    parts = [micro_batches(x, count) for x in tensors]
    held, made = in_turn(respond, held, parts, count)
    for variable, value in zip(state, held[len(weights) :], strict=True):
        variable.assign(value)
    return [rejoin(parts) for parts in made]


def one_after_another(layer: Any, tensor: Any, count: int) -> Any:
    """What a layer makes of micro-batches in training, without gradient."""
    parts = micro_batches(tensor, count)
    made = [layer(parts[i], training=True) for i in range(count)]
    return rejoin(ops.stack(made))


def micro_batches(x: Any, count: int) -> Any:
    """`(batch, ...)` to `(count, rows, ...)`.

    On JAX every device that shares the batch has a part of each.
    """
    shares, (batch, *shape) = num_own_shares(), x.shape
    if batch is not None and batch % (shares * count):
        raise ValueError(
            "`micro_batch` must divide the batch, and the last one into as "
            f"many parts. Received: {count} micro-batches, a batch of {batch}"
        )
    x = ops.reshape(x, (shares, count, -1, *shape))
    return ops.reshape(ops.swapaxes(x, 0, 1), (count, -1, *shape))


def rejoin(parts: Any) -> Any:
    """`(count, rows, ...)` to `(batch, ...)` in the order of the images."""
    count, _, *shape = parts.shape
    x = ops.reshape(parts, (count, num_own_shares(), -1, *shape))
    return ops.reshape(ops.swapaxes(x, 0, 1), (-1, *shape))


def num_own_shares() -> int:
    """How many devices share a batch of which a step sees all."""
    return num_shares() if keras.backend.backend() == "jax" else 1


def in_turn(
    respond: Callable[..., Any], held: list, parts: list, count: int
) -> tuple[list, list]:
    """Runs `respond(held, inputs)` for each micro-batch, and again for slopes.

    Args:
        respond: Function of two lists to two lists: what it holds, as it goes
            on to the next, and what it makes.
        held: List of tensors.
        parts: List of tensors `(count, ...)`.
        count: Integer.

    Returns:
        What is held at the end, and a tensor `(count, ...)` of each result.
    """
    if keras.backend.backend() == "jax":
        import jax

        if jax.default_backend() != "cpu":
            return ops.scan(keras.remat(respond), held, parts)
    respond = late_remat(respond, len(held))
    made = []
    for i in range(count):
        held, results = respond(held, [part[i] for part in parts])
        made.append(results)
    return held, [ops.stack(part) for part in zip(*made, strict=True)]


def late_remat(function, number):
    """`keras.remat` of a function of two lists, the first of some number.

    On a CPU XLA drops the barrier of `jax.checkpoint`, and would compute all
    micro-batches again before it needs the first. There the second
    computation waits for the gradient of the results.
    """

    def flat(*given):
        held, made = function(list(given[:number]), list(given[number:]))
        return (*held, *made)

    is_jax = keras.backend.backend() == "jax"
    recomputed = waiting(flat) if is_jax else remat(flat)

    def call(held, inputs):
        results = recomputed(*held, *inputs)
        return results[:number], results[number:]

    return call


def waiting(function):
    import jax

    @jax.custom_vjp
    def late(*given):
        return function(*given)

    def backward(given, slopes):
        known = [x for x in slopes if x.dtype != jax.dtypes.float0]
        first = ops.reshape(known[0], -1)[0] + ops.reshape(known[-1], -1)[0]
        # 0, in a way that XLA cannot know.
        wait = ops.where(first == first, 0.0, float("nan"))
        given = [
            x + ops.cast(wait, x.dtype) if is_float(x) else x for x in given
        ]
        return jax.vjp(function, *given)[1](slopes)

    late.defvjp(lambda *given: (function(*given), given), backward)
    return late


def check_losses(layer, losses):
    if losses:
        raise ValueError(
            f"`micro_batch` must be left out: `{layer.name}` adds losses in "
            "its call, as `activity_regularizer` does, which only a whole "
            "batch would add once. Regularizers of weights may stay. "
            f"Received: {len(losses)} losses"
        )


def check_changes(layer, others, weights):
    """Refuses what a call would change that is not handed on."""
    if others or weights:
        raise ValueError(
            f"`micro_batch` must be left out: `{layer.name}` changes in its "
            "call what would be lost: trained weights, as "
            "`SpectralNormalization` does, metrics, or the global random "
            "state; draw from a `keras.random.SeedGenerator` of the layer. "
            f"Received: {[v.path for v in weights]} and {len(others)} "
            "variables that the layer does not hold"
        )
