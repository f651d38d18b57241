from keras_contrastive._checked import checked
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.recipes._photo_pipeline import photo_pipeline


@checked
def byol(
    image_size: int | tuple[int, int],
    *,
    scale: tuple[float, float] = (0.08, 1.0),
    seed: int | None = None,
) -> MultiView:
    """Views of BYOL: one always blurred, the other sometimes solarized.

    Bicubic random resized crop, mirrored half of the time; color jitter
    (0.4, 0.4, 0.2, 0.1) with probability 0.8; grayscale with probability 0.2.
    Blur, sigma 0.1 to 2 pixels and a kernel of a tenth of the image, with
    probability 1 in the first view and 0.1 in the second; solarization at 0.5
    with probability 0.2 in the second. Barlow Twins, VICReg and MoCo v3 use
    these views too; MoCo v3 with `scale=(0.2, 1.0)` for its ResNet.

    Brightness multiplies, as in torchvision; the authors' code adds. They then
    normalize with ImageNet's mean and deviation: give them to the encoder,
    `normalization=...`.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views; 224 in
            the paper.
        scale: Pair, smallest and largest share of the area that a crop
            keeps. Defaults to `(0.08, 1.0)`.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer of two views, with equal columns of parameters.

    Example:

    >>> views = keras_contrastive.views.byol(image_size=224)

    Reference: Grill et al., 2020, https://arxiv.org/abs/2006.07733,
        appendix B.
    """
    pipelines = [
        photo_pipeline(
            image_size,
            scale,
            (0.4, 0.4, 0.2, 0.1),
            blur=blur,
            solarize=solarize,
            interpolation="bicubic",
        )
        for blur, solarize in ((1.0, 0.0), (0.1, 0.2))
    ]
    return MultiView(pipelines, seed=seed)
