from typing import Any

from keras_contrastive._checked import checked
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.recipes._photo_pipeline import photo_pipeline

# Area of a crop; blur; strengths of the jitter on top of SimCLR.
SETTINGS = {
    "cifar10": ((0.2, 1.0), None, (0.4, 0.4, 0.4, 0.1)),
    "imagenet": ((0.08, 1.0), 0.5, (0.8, 0.8, 0.8, 0.2)),
}
BASES = ("simclr", "byol")


@checked
def equimod(
    image_size: int | tuple[int, int],
    *,
    dataset: str = "imagenet",
    base: str = "simclr",
    seed: int | None = None,
) -> MultiView:
    """Views of EquiMod, whose drawn parameters are the paper's vector.

    On top of SimCLR: bicubic random resized crop, mirrored half of the time;
    color jitter with probability 0.8, (0.8, 0.8, 0.8, 0.2) on ImageNet and
    half of it on CIFAR-10; grayscale with probability 0.2; on ImageNet blur
    with probability 0.5. On top of BYOL: jitter (0.4, 0.4, 0.2, 0.1), blur with
    probability 1 and 0.1, solarization with probability 0 and 0.2. A crop
    keeps 8 to 100% of the area on ImageNet and 20 to 100% on CIFAR-10.

    The vector of a view, from `views(images, return_parameters=True)`:

    | columns | meaning | where skipped |
    | :-- | :-- | :-- |
    | 0-3 | crop: top, left, height, width, in source pixels | |
    | 4 | mirrored | 0 |
    | 5 | jitter applied | 0 |
    | 6-9 | operation executed first, ..., fourth | 0, 1, 2, 3 |
    | 10-13 | brightness, contrast, saturation, hue | 1, 1, 1, 0 |
    | 14 | gray | 0 |
    | 15, 16 | blurred, sigma | 0, 0 |
    | 17 | solarized | 0 |

    It has 15 columns on CIFAR-10 with SimCLR, 17 on ImageNet with SimCLR and
    18 with BYOL. The authors then normalize: give mean and deviation to the
    encoder, `normalization=...`.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views; 224 in
            the paper.
        dataset: `"imagenet"` (default) or `"cifar10"`, whose settings to use.
        base: `"simclr"` (default) or `"byol"`, the method that EquiMod
            extends.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer of two views.

    Raises:
        ValueError: For an unknown data set or base.

    Example:

    >>> views = keras_contrastive.views.equimod(32, dataset="cifar10")
    >>> len(views.pipelines[0].parameter_names)
    15

    Reference: Devillers and Lefort, 2022, https://arxiv.org/abs/2211.01244,
        and the authors' code.
    """
    if dataset not in SETTINGS:
        raise ValueError(
            f"`dataset` must be one of {sorted(SETTINGS)}. "
            f"Received: dataset={dataset!r}"
        )
    if base not in BASES:
        raise ValueError(
            f"`base` must be one of {BASES}. Received: base={base!r}"
        )
    scale, blur, jitter = SETTINGS[dataset]
    later: list[dict[str, Any]] = [{"blur": blur}, {"blur": blur}]
    if base == "byol":
        jitter = (0.4, 0.4, 0.2, 0.1)
        later = [
            {"blur": 1.0, "solarize": 0.0},
            {"blur": 0.1, "solarize": 0.2},
        ]
    pipelines = [
        photo_pipeline(
            image_size, scale, jitter, interpolation="bicubic", **options
        )
        for options in later
    ]
    return MultiView(pipelines, seed=seed)
