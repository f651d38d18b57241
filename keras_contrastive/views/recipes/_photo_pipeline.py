"""The skeleton that most papers share: crop, color, blur, solarize."""

from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.transforms.color_jitter import ColorJitter
from keras_contrastive.views.transforms.gaussian_blur import GaussianBlur
from keras_contrastive.views.transforms.grayscale import Grayscale
from keras_contrastive.views.transforms.random_resized_crop import (
    RandomResizedCrop,
)
from keras_contrastive.views.transforms.solarize import Solarize


def photo_pipeline(
    image_size: int | tuple[int, int],
    scale: tuple[float, float],
    jitter: tuple[float, float, float, float],
    *,
    jitter_probability: float = 0.8,
    blur: float | None = None,
    solarize: float | None = None,
    interpolation: str = "bilinear",
    channels: int = 3,
) -> Pipeline:
    """One view of a photograph.

    Args:
        image_size: Integer or `(height, width)`.
        scale: Pair, share of the area that a crop keeps.
        jitter: Strengths of brightness, contrast, saturation and hue.
        jitter_probability: Float, share of the images with color jitter.
        blur: Float, share of blurred images, or None to leave blur out. With
            0 it keeps its columns in the parameter vector.
        solarize: The same for solarization.
        interpolation: Of the crop.
        channels: Integer. Anything but 3 keeps brightness and contrast only.

    Returns:
        A `Pipeline`.
    """
    in_color = channels == 3
    strengths = jitter if in_color else jitter[:2]
    transforms = [
        RandomResizedCrop(image_size, scale=scale, interpolation=interpolation),
        ColorJitter(*strengths, probability=jitter_probability),
    ]
    if in_color:
        transforms.append(Grayscale(probability=0.2))
    if blur is not None:
        transforms.append(GaussianBlur(probability=blur))
    if solarize is not None:
        transforms.append(Solarize(probability=solarize))
    return Pipeline(transforms)
