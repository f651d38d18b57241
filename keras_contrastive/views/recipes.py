"""Views as published, one function a paper."""

import numbers

from keras_contrastive.views.color_jitter import ColorJitter
from keras_contrastive.views.gaussian_blur import GaussianBlur
from keras_contrastive.views.grayscale import Grayscale
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.random_resized_crop import RandomResizedCrop


def simclr(
    image_size, *, strength=1.0, blur=True, channels=3, num_views=2, seed=None
):
    """Views of SimCLR: crop, flip, colour jitter, grey and blur.

    Random resized crop of 8 to 100 % of the area, mirrored half of the time;
    colour jitter of strength (0.8, 0.8, 0.8, 0.2) times `strength` with
    probability 0.8; grey with probability 0.2; Gaussian blur with sigma 0.1
    to 2 pixels and a kernel of a tenth of the image, with probability 0.5.
    Colour operations follow torchvision's formulae; the crop is bicubic, as
    in the authors' code. The paper uses `strength=0.5, blur=False` on CIFAR.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views.
        strength: Float >= 0, `s` of the paper. Defaults to 1.0 (ImageNet).
        blur: Boolean, whether to blur. Defaults to True (ImageNet).
        channels: Positive integer. Images with another number of channels
            than 3 (red, green, blue) get no saturation, hue and grey.
            Defaults to 3.
        num_views: Integer, views of each image. Defaults to 2.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer.

    Example:

    >>> views = keras_contrastive.views.simclr(
    ...     image_size=32, strength=0.5, blur=False
    ... )

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, appendix A
        and B.9.
    """
    if strength < 0:
        raise ValueError(
            "`strength` scales the colour jitter and must be at least 0. "
            f"Received: strength={strength}"
        )
    if not isinstance(channels, numbers.Integral) or channels < 1:
        raise ValueError(
            "`channels` must be a positive number of channels. "
            f"Received: channels={channels}"
        )
    if num_views < 2:
        raise ValueError(
            "`num_views` must be at least 2: contrast needs a pair. "
            f"Received: num_views={num_views}"
        )

    def pipeline():
        tone, colour = 0.8 * strength, min(0.2 * strength, 0.5)
        transforms = [RandomResizedCrop(image_size, interpolation="bicubic")]
        if channels == 3:
            transforms += [
                ColorJitter(tone, tone, tone, colour, probability=0.8),
                Grayscale(probability=0.2),
            ]
        else:
            transforms += [ColorJitter(tone, tone, probability=0.8)]
        if blur:
            transforms += [GaussianBlur(probability=0.5)]
        return Pipeline(transforms)

    return MultiView([pipeline() for _ in range(num_views)], seed=seed)
