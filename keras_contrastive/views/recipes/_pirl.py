from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.recipes._photo_pipeline import photo_pipeline
from keras_contrastive.views.transforms.jigsaw import Jigsaw
from keras_contrastive.views.transforms.random_resized_crop import (
    RandomResizedCrop,
)


def pirl(
    image_size: int | tuple[int, int],
    *,
    jigsaw_size: int | tuple[int, int] = 255,
    grid: int = 3,
    patch_size: int = 64,
    seed: int | None = None,
) -> MultiView:
    """Views of PIRL: the image, and its pieces in random order.

    The first view is a random resized crop of 8 to 100% of the area,
    mirrored half of the time, with color jitter (0.4, 0.4, 0.4, 0.4) and
    grayscale with probability 0.2. The second is an independent crop of 60 to
    100%, mirrored half of the time, cut into `grid * grid` cells with a
    random square of each, in random order. Colors are those of the release
    of PyContrast, which leaves the pieces as they are; the authors' own adds
    posterize, sharpness, solarize and contrast operations.

    Args:
        image_size: Integer or `(height, width)` of the first view; 224 in the
            paper.
        jigsaw_size: Integer or `(height, width)`, pixels of the crop that is
            cut. Defaults to 255.
        grid: Integer, cells along each side. Defaults to 3.
        patch_size: Integer, pixels of a piece. Defaults to 64.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer: `(batch, height, width, 3)` and `(batch,
        grid * grid, patch_size, patch_size, 3)`.

    Example:

    >>> views = keras_contrastive.views.pirl(
    ...     image_size=96, jigsaw_size=96, patch_size=24
    ... )

    Reference: Misra and van der Maaten, 2019,
        https://arxiv.org/abs/1912.01991, section 2.3.
    """
    image = photo_pipeline(
        image_size, (0.08, 1.0), (0.4, 0.4, 0.4, 0.4), jitter_probability=1.0
    )
    pieces = jigsaw_pipeline(jigsaw_size, grid, patch_size)
    return MultiView([image, pieces], seed=seed)


def jigsaw_pipeline(image_size, grid, patch_size):
    """The jigsaw branch of PIRL and InfoMin."""
    return Pipeline(
        [
            RandomResizedCrop(image_size, scale=(0.6, 1.0)),
            Jigsaw(patch_size, grid=grid),
        ]
    )
