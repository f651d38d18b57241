from typing import Any

from keras import ops


def in_one_call(layer: Any, tensors: list, training: bool = False) -> list:
    """What a layer makes of several tensors, stacked for one call.

    Args:
        layer: Layer, called once.
        tensors: List of tensors `(batch, ...)` of one shape.
        training: Boolean. In training, batch normalization sees all at once.

    Returns:
        List of the parts of the result.

    Example:

    >>> z1, z2 = in_one_call(projector, [h1, h2], training=True)
    """
    if len(tensors) == 1:
        return [layer(tensors[0], training=training)]
    stacked = ops.concatenate(list(tensors), axis=0)
    return ops.split(layer(stacked, training=training), len(tensors))
