from keras_contrastive._checked import checked
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.transforms.color_jitter import ColorJitter
from keras_contrastive.views.transforms.grayscale import Grayscale
from keras_contrastive.views.transforms.random_resized_crop import (
    RandomResizedCrop,
)


@checked
def amdim(
    image_size: int | tuple[int, int],
    *,
    hue: float = 0.1,
    seed: int | None = None,
) -> MultiView:
    """Views of AMDIM: crop, color jitter and grayscale.

    As in the authors' code for ImageNet and STL-10: random resized crop of 30
    to 100% of the area, width over height from 0.7 to 1.4, bicubic; color
    jitter (0.4, 0.4, 0.4, `hue`) with probability 0.8; grayscale with
    probability 0.25. They mirror both views of an image alike, half of the
    time, here each view is mirrored for itself. For CIFAR they shift the image
    by up to 4 pixels in place of the crop; and their best results are with
    another policy, Fast AutoAugment's. Neither is here.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views.
        hue: Float in [0, 0.5], largest turn of the hue, in turns. Defaults to
            0.1 (ImageNet); 0.2 for STL-10 and CIFAR.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer of two views.

    Example:

    >>> views = keras_contrastive.views.amdim(image_size=32, hue=0.2)

    Reference: Bachman et al., 2019, https://arxiv.org/abs/1906.00910, the
        authors' code.
    """
    if not 0 <= hue <= 0.5:
        raise ValueError(
            "`hue` is the largest turn of the hue, from 0 to 0.5. "
            f"Received: hue={hue}"
        )
    pipelines = [
        Pipeline(
            [
                RandomResizedCrop(
                    image_size,
                    scale=(0.3, 1.0),
                    ratio=(0.7, 1.4),
                    interpolation="bicubic",
                ),
                ColorJitter(0.4, 0.4, 0.4, hue, probability=0.8),
                Grayscale(probability=0.25),
            ]
        )
        for _ in range(2)
    ]
    return MultiView(pipelines, seed=seed)
