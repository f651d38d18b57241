"""Views of the MoCo family."""

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.views.multi_view import MAX_VIEWS, MultiView
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.recipes._photo_pipeline import photo_pipeline
from keras_contrastive.views.transforms.color_jitter import ColorJitter
from keras_contrastive.views.transforms.grayscale import Grayscale
from keras_contrastive.views.transforms.random_resized_crop import (
    RandomResizedCrop,
)


@checked
def moco_v1(
    image_size: int | tuple[int, int],
    *,
    num_views: int = 2,
    seed: int | None = None,
) -> MultiView:
    """Views of MoCo v1, and of InstDis: crop, flip, grayscale, color jitter.

    Random resized crop of 20 to 100% of the area, mirrored half of the time;
    grayscale with probability 0.2; then color jitter (0.4, 0.4, 0.4, 0.4) of
    every image. No blur. The authors then normalize with ImageNet's mean and
    deviation: give them to the encoder, `normalization=...`.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views; 224 in
            the paper.
        num_views: Integer, views of each image. Defaults to 2.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer.

    Example:

    >>> views = keras_contrastive.views.moco_v1(image_size=224)

    Reference: He et al., 2019, https://arxiv.org/abs/1911.05722; Wu et al.,
        2018, https://arxiv.org/abs/1805.01978.
    """
    check_integer("num_views", num_views, 1, MAX_VIEWS)

    def pipeline():
        return Pipeline(
            [
                RandomResizedCrop(image_size, scale=(0.2, 1.0)),
                Grayscale(probability=0.2),
                ColorJitter(0.4, 0.4, 0.4, 0.4),
            ]
        )

    return MultiView([pipeline() for _ in range(num_views)], seed=seed)


@checked
def moco_v2(
    image_size: int | tuple[int, int],
    *,
    blur: bool = True,
    num_views: int = 2,
    seed: int | None = None,
) -> MultiView:
    """Views of MoCo v2: crop, flip, color jitter, grayscale and blur.

    Random resized crop of 20 to 100% of the area, mirrored half of the time;
    color jitter (0.4, 0.4, 0.4, 0.1) with probability 0.8; grayscale with
    probability 0.2; blur, sigma 0.1 to 2 pixels, with probability 0.5. The
    kernel is a tenth of the image; the authors' has no limit, which at 224
    pixels is the same. They then normalize with ImageNet's mean and deviation:
    give them to the encoder, `normalization=...`.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views; 224 in
            the paper.
        blur: Boolean, whether to blur. Defaults to True; the authors' CIFAR-10
            demonstration does not blur.
        num_views: Integer, views of each image. Defaults to 2.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer.

    Example:

    >>> views = keras_contrastive.views.moco_v2(image_size=224)

    Reference: Chen et al., 2020, https://arxiv.org/abs/2003.04297.
    """
    check_integer("num_views", num_views, 1, MAX_VIEWS)
    pipelines = [
        photo_pipeline(
            image_size,
            (0.2, 1.0),
            (0.4, 0.4, 0.4, 0.1),
            blur=0.5 if blur else None,
        )
        for _ in range(num_views)
    ]
    return MultiView(pipelines, seed=seed)


@checked
def simsiam(
    image_size: int | tuple[int, int],
    *,
    blur: bool = True,
    seed: int | None = None,
) -> MultiView:
    """Views of SimSiam: those of MoCo v2.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views; 224 in
            the paper.
        blur: Boolean, whether to blur. Defaults to True; the paper does not on
            CIFAR-10.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer.

    Example:

    >>> views = keras_contrastive.views.simsiam(image_size=32, blur=False)

    Reference: Chen and He, 2020, https://arxiv.org/abs/2011.10566, appendices
        A and D.
    """
    return moco_v2(image_size, blur=blur, seed=seed)
