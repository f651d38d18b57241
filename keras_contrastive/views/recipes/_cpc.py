from keras_contrastive._checked import checked
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.transforms.grayscale import Grayscale
from keras_contrastive.views.transforms.patch_grid import PatchGrid
from keras_contrastive.views.transforms.random_resized_crop import (
    RandomResizedCrop,
    sides_of,
)


@checked
def cpc(
    image_size: int | tuple[int, int],
    *,
    patch_size: int = 64,
    stride: int = 32,
    crop: int | None = 60,
    seed: int | None = None,
) -> MultiView:
    """The view of CPC v1: a grid of overlapping patches of one gray image.

    A random square of 256/300 of the side, resized to `image_size` and
    mirrored half of the time, made gray, cut into patches. In each patch a
    random part of `crop` pixels is kept and padded with zeros.

    Args:
        image_size: Integer or `(height, width)`, pixels of the image that is
            cut; 256 in the paper.
        patch_size: Integer, pixels of a patch. Defaults to 64.
        stride: Integer, pixels from one patch to the next. Defaults to 32.
        crop: Integer, pixels of the part that is kept, or None to keep the
            whole patch. Defaults to 60.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer of one view, `(batch, rows, columns, patch_size,
        patch_size, 3)` with three equal channels; 7 rows and 7 columns for 256
        pixels.

    Example:

    >>> views = keras_contrastive.views.cpc(
    ...     image_size=64, patch_size=16, stride=8, crop=None
    ... )

    Reference: van den Oord et al., 2018, https://arxiv.org/abs/1807.03748,
        section 3.2.
    """
    grid = PatchGrid(patch_size, stride, crop=crop)
    grid.check((*sides_of(image_size), 3))
    pipeline = Pipeline([square_crop(image_size), Grayscale(), grid])
    return MultiView([pipeline], seed=seed)


def square_crop(image_size):
    share = (256 / 300) ** 2
    return RandomResizedCrop(image_size, scale=(share, share), ratio=(1.0, 1.0))
