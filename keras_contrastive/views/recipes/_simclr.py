from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.views.multi_view import MAX_VIEWS, MultiView
from keras_contrastive.views.recipes._photo_pipeline import photo_pipeline


@checked
def simclr(
    image_size: int | tuple[int, int],
    *,
    strength: float = 1.0,
    blur: bool = True,
    channels: int = 3,
    num_views: int = 2,
    seed: int | None = None,
) -> MultiView:
    """Views of SimCLR: crop, flip, color jitter, grayscale and blur.

    Random resized crop of 8 to 100% of the area, mirrored half of the time;
    color jitter of strength (0.8, 0.8, 0.8, 0.2) times `strength` with
    probability 0.8; grayscale with probability 0.2; Gaussian blur with sigma
    0.1 to 2 pixels and a kernel of a tenth of the image, with probability 0.5.
    The paper uses `strength=0.5, blur=False` on CIFAR.

    Details follow torchvision, as most later papers do. The authors' code
    differs: it draws the aspect ratio uniformly and resizes without
    antialiasing; contrast pivots on the mean of each channel, saturation scales
    that of HSV, a blur darkens the borders, and a batch shares its sigma.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views.
        strength: Float >= 0, `s` of the paper. Defaults to 1.0 (ImageNet).
            The hue turns by half a circle at most.
        blur: Boolean, whether to blur. Defaults to True (ImageNet).
        channels: Positive integer. Unless it is 3 (red, green, blue), there
            is no saturation, hue and grayscale. Defaults to 3.
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
            "`strength` scales the color jitter and must be at least 0. "
            f"Received: strength={strength}"
        )
    check_integer("channels", channels, 1)
    check_integer("num_views", num_views, 2, MAX_VIEWS, ", a pair")

    tone, color = 0.8 * strength, min(0.2 * strength, 0.5)
    pipelines = [
        photo_pipeline(
            image_size,
            (0.08, 1.0),
            (tone, tone, tone, color),
            blur=0.5 if blur else None,
            interpolation="bicubic",
            channels=channels,
        )
        for _ in range(num_views)
    ]
    return MultiView(pipelines, seed=seed)
