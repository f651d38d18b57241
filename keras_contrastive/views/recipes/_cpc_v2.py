from keras_contrastive._checked import checked
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.recipes._cpc import square_crop
from keras_contrastive.views.transforms.color_drop import ColorDrop
from keras_contrastive.views.transforms.patch_flip import PatchFlip
from keras_contrastive.views.transforms.patch_grid import PatchGrid
from keras_contrastive.views.transforms.random_resized_crop import sides_of


@checked
def cpc_v2(
    image_size: int | tuple[int, int],
    patch_size: int,
    stride: int,
    *,
    crop: int | None = None,
    seed: int | None = None,
) -> MultiView:
    """A view after CPC v2: colored patches, each changed by itself.

    The crop and the grid are those of `cpc`, of the sizes you give. Of each
    patch one of three colors stays, and half of the patches are mirrored. The
    paper's further augmentations of patches are left out: its operations of
    AutoAugment, such as shears and rotations, elastic deformations and
    transforms of colors.

    Args:
        image_size: Integer or `(height, width)`, pixels of the image that is
            cut.
        patch_size: Integer, pixels of a patch.
        stride: Integer, pixels from one patch to the next.
        crop: Integer, pixels of a part of each patch that is kept, from a
            random place and padded with zeros, or None to keep the whole
            patch. Defaults to None.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer of one view, `(batch, rows, columns, patch_size,
        patch_size, 3)`.

    Example:

    >>> views = keras_contrastive.views.cpc_v2(64, patch_size=16, stride=8)

    Reference: Henaff et al., 2019, https://arxiv.org/abs/1905.09272.
    """
    grid = PatchGrid(patch_size, stride, crop=crop)
    grid.check((*sides_of(image_size), 3))
    pipeline = Pipeline(
        [square_crop(image_size), grid, PatchFlip(), ColorDrop()]
    )
    return MultiView([pipeline], seed=seed)
