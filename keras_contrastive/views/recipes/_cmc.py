from keras_contrastive._checked import checked
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.transforms.channel_split import ChannelSplit
from keras_contrastive.views.transforms.color_space import ColorSpace
from keras_contrastive.views.transforms.normalize import Normalize
from keras_contrastive.views.transforms.random_resized_crop import (
    RandomResizedCrop,
)


@checked
def cmc(
    image_size: int | tuple[int, int] | None,
    *,
    space: str = "lab",
    scale: tuple[float, float] = (0.2, 1.0),
    seed: int | None = None,
) -> MultiView:
    """Views of CMC: the channels of one picture, first against the others.

    Random resized crop, mirrored half of the time, the same for both views;
    change of color space; each channel centered and divided by half its range;
    the first channel is one view, the other two are the second. No color
    jitter. The authors' constants are these for Lab; for YCbCr and YDbDr their
    centers differ a little.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views, or
            None to leave out the crop: images as they are, for evaluation.
        space: Name of a color space, see `ColorSpace`. The paper uses
            `"lab"`; the authors find `"ycbcr"` somewhat better, and InfoMin
            `"ydbdr"`.
        scale: Pair, smallest and largest share of the area that a crop
            keeps. Defaults to `(0.2, 1.0)`; the authors use 0.08 to 1 with
            a ResNet.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer: `(batch, height, width, 1)` and `(batch, height,
        width, 2)`, of values in about -1..1.

    Example:

    >>> views = keras_contrastive.views.cmc(image_size=96, space="ydbdr")

    Reference: Tian et al., 2019, https://arxiv.org/abs/1906.05849.
    """
    change = ColorSpace(space)
    transforms = [
        change,
        Normalize(*change.center_and_half_range()),
        ChannelSplit(),
    ]
    if image_size is not None:
        transforms.insert(0, RandomResizedCrop(image_size, scale=scale))
    return MultiView([Pipeline(transforms)], seed=seed)
