def check_input(encoder, shape, source):
    """Raises an error that names both shapes, if the encoder states its own.

    Args:
        encoder: Layer, perhaps a model with a graph, which knows its input.
        shape: Tuple `(height, width, channels)` of what it is given.
        source: String, what that is, e.g. `"images"`.
    """
    inputs = getattr(encoder, "inputs", None)  # of a subclass, none
    wanted = tuple(inputs[0].shape[1:]) if inputs else ()
    if len(wanted) == 3 and any(
        None not in (side, given) and side != given
        for side, given in zip(wanted, shape, strict=True)
    ):
        raise ValueError(
            f"`encoder` must take images of shape {tuple(shape)}, as the "
            f"{source} have. Received: input shape {wanted}"
        )
