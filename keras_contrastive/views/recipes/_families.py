"""Views that share more or less, by one value: for `sweep_views`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from keras_contrastive._checked import check_fields, checked
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.recipes._cmc import cmc
from keras_contrastive.views.recipes._simclr import simclr
from keras_contrastive.views.transforms.frequency_split import FrequencySplit
from keras_contrastive.views.transforms.patch_pair import PatchPair
from keras_contrastive.views.transforms.random_resized_crop import (
    RandomResizedCrop,
)


@dataclass(frozen=True)
class ViewFamily:
    """Views that differ by one value.

    Args:
        name: String, what the value is.
        values: Tuple of them, from views that share most to those that share
            least where that is known.
        make_views: Function, a value to a `MultiView`.

    Example:

    >>> family = keras_contrastive.views.jitter_strengths(image_size=32)
    >>> views = family.make_views(family.values[-1])
    """

    name: str
    values: tuple
    make_views: Callable[[Any], MultiView]

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.values:
            raise ValueError("`values` must not be empty. Received: values=()")


def family(
    name: str, values: Iterable[Any], make_views: Callable[[Any], MultiView]
) -> ViewFamily:
    """A family of which each value is known to make views."""
    for value in values:
        try:
            make_views(value)
        except ValueError as error:
            raise ValueError(
                f"`values` must all make views. Received: {value!r}: {error}"
            ) from error
    return ViewFamily(name, tuple(values), make_views)


@checked
def crop_areas(
    image_size: int | tuple[int, int],
    *,
    values: Sequence[float] = (0.9, 0.6, 0.4, 0.2, 0.08, 0.03),
    seed: int = 0,
) -> ViewFamily:
    """Two crops of an image, mirrored half of the time, and nothing else.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views.
        values: Tuple of floats in (0, 1], the smallest share of the area that
            a crop keeps; the largest is all of it.
        seed: Integer seed of the draws.

    Returns:
        `ViewFamily`.

    Example:

    >>> family = keras_contrastive.views.crop_areas(image_size=32)
    """

    def make_views(area):
        crop = RandomResizedCrop(image_size, scale=(area, 1.0))
        return MultiView([Pipeline([crop]), Pipeline([crop])], seed=seed)

    return family("smallest crop", values, make_views)


@checked
def jitter_strengths(
    image_size: int | tuple[int, int],
    *,
    values: Sequence[float] = (0.0, 0.25, 0.5, 1.0, 1.5, 2.5),
    channels: int = 3,
    seed: int = 0,
) -> ViewFamily:
    """Views of SimCLR without blur, with stronger and stronger color jitter.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views.
        values: Tuple of floats from 0, `strength` of `views.simclr`.
        channels: Integer, channels of the images. Defaults to 3.
        seed: Integer seed of the draws.

    Returns:
        `ViewFamily`.

    Example:

    >>> family = keras_contrastive.views.jitter_strengths(image_size=32)

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, section
        3.4; the values are ours.
    """

    def make_views(strength):
        return simclr(
            image_size,
            strength=strength,
            blur=False,
            channels=channels,
            seed=seed,
        )

    return family("jitter strength", values, make_views)


@checked
def patch_distances(
    patch_size: int, *, values: Sequence[int] | None = None, seed: int = 0
) -> ViewFamily:
    """Two patches of an image, further and further from each other.

    Args:
        patch_size: Integer, pixels of a side.
        values: Tuple of integers from 0, pixels to the right and down alike
            from one patch to the other. Images must have sides of `patch_size`
            plus the largest at least. Defaults to 0 to 4 sides of a patch.
        seed: Integer seed of the draws.

    Returns:
        `ViewFamily`.

    Example:

    >>> family = keras_contrastive.views.patch_distances(patch_size=32)
    >>> family.values
    (0, 16, 32, 64, 128)

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, section
        3.3; the values are ours.
    """
    if values is None:
        values = [share * patch_size // 2 for share in (0, 1, 2, 4, 8)]

    def make_views(distance):
        return MultiView(
            [Pipeline([PatchPair(patch_size, distance)])], seed=seed
        )

    return family("patch distance", values, make_views)


@checked
def color_spaces(
    image_size: int | tuple[int, int] | None,
    *,
    values: Sequence[str] = ("rgb", "lab", "yuv", "ycbcr", "ydbdr", "xyz"),
    seed: int = 0,
) -> ViewFamily:
    """The first channel against the other two, of different color spaces.

    The views have one and two channels and want an encoder each.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views, or None
            for images as they are.
        values: Tuple of names of color spaces, see `views.ColorSpace`.
        seed: Integer seed of the draws.

    Returns:
        `ViewFamily`, in no order of what views share. The list is ours; RGB,
        YDbDr and Lab are the paper's.

    Example:

    >>> family = keras_contrastive.views.color_spaces(image_size=32)

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, section
        3.3.
    """

    def make_views(space):
        return cmc(image_size, space=space, seed=seed)

    return family("color space", values, make_views)


@checked
def frequency_cuts(
    image_size: int | tuple[int, int],
    *,
    values: Sequence[float] = (0.4, 0.7, 1.0, 1.5, 2.5, 4.0),
    seed: int = 0,
) -> ViewFamily:
    """The low frequencies of a crop against its high ones.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views.
        values: Tuple of positive floats, standard deviation in pixels of the
            Gaussian between the two.
        seed: Integer seed of the draws.

    Returns:
        `ViewFamily`, in no order of what views share.

    Example:

    >>> family = keras_contrastive.views.frequency_cuts(image_size=32)

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, appendix;
        the values are ours.
    """

    def make_views(sigma):
        crop = RandomResizedCrop(image_size, scale=(0.2, 1.0))
        return MultiView([Pipeline([crop, FrequencySplit(sigma)])], seed=seed)

    return family("frequency cut", values, make_views)
