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

    Raises:
        ValueError: If the layer returns several tensors.

    Example:

    >>> z1, z2 = in_one_call(projector, [h1, h2], training=True)
    """
    stacked = tensors[0]
    if len(tensors) > 1:
        stacked = ops.concatenate(list(tensors), axis=0)
    made = layer(stacked, training=training)
    if not hasattr(made, "shape"):
        raise ValueError(
            f"`{layer.name}` must return one tensor: have its `call` return "
            "the one to train. "
            f"Received: {type(made).__name__} of {len(made)} tensors"
        )
    return ops.split(made, len(tensors)) if len(tensors) > 1 else [made]
