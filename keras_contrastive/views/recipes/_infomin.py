from keras_contrastive._checked import checked
from keras_contrastive._import_extra import import_extra
from keras_contrastive.views.adapters.augment import Augment
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.recipes._pirl import jigsaw_pipeline
from keras_contrastive.views.transforms.color_jitter import ColorJitter
from keras_contrastive.views.transforms.gaussian_blur import GaussianBlur
from keras_contrastive.views.transforms.grayscale import Grayscale
from keras_contrastive.views.transforms.rand_augment import RandAugment
from keras_contrastive.views.transforms.random_resized_crop import (
    RandomResizedCrop,
)


@checked
def infomin(
    image_size: int | tuple[int, int],
    *,
    rand_augment: bool | str = True,
    jigsaw: bool = True,
    jigsaw_size: int | tuple[int, int] = 255,
    patch_size: int = 64,
    seed: int | None = None,
) -> MultiView:
    """Views of InfoMin: two strong ones, and pieces in random order.

    Random resized crop of 20 to 100% of the area, mirrored half of the time;
    color jitter (0.8, 0.8, 0.8, 0.2) with probability 0.8; blur, sigma 0.1
    to 2 pixels, with probability 0.5; RandAugment; grayscale with probability
    0.2. The pieces are those of `pirl`.

    RandAugment is the authors', in `keras.ops`. That of keras-cv, for
    comparison, approximates it: two operations at full magnitude, spread 0.05,
    each with probability 0.5, from a list of ten, where the authors have
    fifteen. Operations of the same name are stronger: at full magnitude a
    translation may reach the whole side (theirs 45%), a shear is larger,
    solarization inverts most of a picture, and colors and brightness reach
    gray, black or white. It needs TensorFlow: with Keras on another backend
    make the views in `to_dataset`. Normalize in the encoder,
    `normalization=...`.

    Args:
        image_size: Integer or `(height, width)` of the two views; 224 in the
            paper.
        rand_augment: Boolean, whether to apply `RandAugment`, or
            `"keras_cv"` for that of keras-cv. Defaults to True.
        jigsaw: Boolean, whether to make the third view. Defaults to True.
        jigsaw_size: Integer or `(height, width)`, pixels of the crop that is
            cut into nine cells. Defaults to 255.
        patch_size: Integer, pixels of a piece. Defaults to 64.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer: two views `(batch, height, width, 3)` and, with
        `jigsaw`, `(batch, 9, patch_size, patch_size, 3)`.

    Raises:
        ImportError: With `rand_augment="keras_cv"`, if it is not installed.

    Example:

    >>> views = keras_contrastive.views.infomin(
    ...     image_size=96, jigsaw_size=96, patch_size=24
    ... )

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, and the
        release of PyContrast.
    """
    if rand_augment not in (True, False, "keras_cv"):
        raise ValueError(
            '`rand_augment` must be True, False or "keras_cv". '
            f"Received: rand_augment={rand_augment!r}"
        )

    def pipeline():
        transforms = [
            RandomResizedCrop(image_size, scale=(0.2, 1.0)),
            ColorJitter(0.8, 0.8, 0.8, 0.2, probability=0.8),
            GaussianBlur(probability=0.5),
        ]
        if rand_augment == "keras_cv":
            transforms.append(Augment(keras_cv_rand_augment()))
        elif rand_augment:
            transforms.append(RandAugment())
        return Pipeline([*transforms, Grayscale(probability=0.2)])

    pipelines = [pipeline(), pipeline()]
    if jigsaw:
        pipelines.append(jigsaw_pipeline(jigsaw_size, 3, patch_size))
    return MultiView(pipelines, seed=seed)


def keras_cv_rand_augment():
    keras_cv = import_extra(
        "keras_cv", "tensorflow", '`rand_augment="keras_cv"`'
    )
    return keras_cv.layers.RandAugment(
        value_range=(0, 255),
        augmentations_per_image=2,
        magnitude=1.0,
        magnitude_stddev=0.05,
        rate=0.5,
    )
