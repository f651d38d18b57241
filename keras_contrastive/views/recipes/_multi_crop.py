from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.views.multi_view import MAX_VIEWS, MultiView
from keras_contrastive.views.recipes._photo_pipeline import photo_pipeline
from keras_contrastive.views.transforms.random_resized_crop import sides_of


@checked
def multi_crop(
    image_size: int | tuple[int, int],
    *,
    local_size: int | tuple[int, int] = 96,
    num_global: int = 2,
    num_local: int = 6,
    scale: tuple[float, float] = (0.14, 1.0),
    local_scale: tuple[float, float] = (0.05, 0.14),
    seed: int | None = None,
) -> MultiView:
    """Views of SwAV: a few large crops and more small ones.

    Each is a random resized crop, mirrored half of the time, with color
    jitter (0.8, 0.8, 0.8, 0.2) with probability 0.8, grayscale with probability
    0.2 and blur with probability 0.5. DINO crops with `scale=(0.4, 1.0),
    num_local=8, local_scale=(0.05, 0.4)`.

    Args:
        image_size: Integer or `(height, width)` of the global views; 224 in
            the paper.
        local_size: The same for the local views. Defaults to 96.
        num_global: Integer, global views. Defaults to 2.
        num_local: Integer, local views. Defaults to 6.
        scale: Pair, smallest and largest share of the area that a global crop
            keeps. Defaults to `(0.14, 1.0)`.
        local_scale: The same for a local crop. Defaults to `(0.05, 0.14)`.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer: first the global views, then the local ones.

    Example:

    >>> views = keras_contrastive.views.multi_crop(
    ...     image_size=96, local_size=48, num_local=4
    ... )

    Reference: Caron et al., 2020, https://arxiv.org/abs/2006.09882; DINO:
        Caron et al., 2021, https://arxiv.org/abs/2104.14294.
    """
    check_integer("num_global", num_global, 1, MAX_VIEWS)
    check_integer("num_local", num_local, 0, MAX_VIEWS)
    sides_of(local_size, "local_size")
    sizes = [(image_size, scale)] * num_global
    sizes += [(local_size, local_scale)] * num_local
    pipelines = [
        photo_pipeline(size, area, (0.8, 0.8, 0.8, 0.2), blur=0.5)
        for size, area in sizes
    ]
    return MultiView(pipelines, seed=seed)
