from typing import Any


def check_class_labels(labels: Any, argument: str) -> None:
    """Raises an error unless there is one integer label for each image.

    Args:
        labels: Array that came for the argument.
        argument: Name of the argument.
    """
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not len(labels):
        raise ValueError(
            f"`{argument}` must have one integer label for each image, shape "
            "(num_images,). Received: labels of shape "
            f"{labels.shape} and dtype {labels.dtype}"
        )
