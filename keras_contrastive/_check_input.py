from typing import Any


def check_input(encoder: Any, shape: tuple[int, ...], source: str) -> None:
    """Raises an error that names both shapes if an encoder takes others.

    Args:
        encoder: Layer. Only a model with a graph states the shape it takes.
        shape: Tuple `(height, width, channels)` of what it is given.
        source: String, what that is, e.g. `"images"`.
    """
    inputs = getattr(encoder, "inputs", None)  # a subclass has none
    wanted = tuple(inputs[0].shape[1:]) if inputs else ()
    if len(wanted) == 3 and any(
        None not in (side, given) and side != given
        for side, given in zip(wanted, shape, strict=True)
    ):
        cure = "Make either for the shape of the other"
        if shape[-1] == 1 and wanted[-1] == 3:
            cure += ", gray images RGB by `np.repeat(images, 3, axis=-1)`"
        raise ValueError(
            f"`encoder` must take images of shape {tuple(shape)}, as the "
            f"{source} have. {cure}. Received: input shape {wanted}"
        )
