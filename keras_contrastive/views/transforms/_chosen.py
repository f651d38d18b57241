"""One of several changes for each image of a batch."""

from keras import ops


def all_at_once(changes, choice, planes, *draws):
    """Makes every change of every image and keeps the chosen one.

    Args:
        changes: List of functions of planes `(batch, ...)` and `draws`.
        choice: int32 `(batch,)`, the number of a change for each image.
        planes: `(batch, channels, height, width)`.
        *draws: Tensors `(batch,)`.
    """
    choice = ops.reshape(choice, (-1, 1, 1, 1))
    changed = planes
    for number, change in enumerate(changes):
        made = change(planes, *draws)
        changed = ops.where(choice == number, made, changed)
    return changed


def of_one_image(changes, choice, planes, *draws):
    """The same of a batch of one image: computes nothing but its change."""
    return ops.switch(choice[0], changes, planes, *draws)
