import numpy as np

from keras_contrastive._checked import checked
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.recipes._photo_pipeline import photo_pipeline


@checked
def mio(
    image_size: int | tuple[int, int],
    *,
    strength: float = 0.5,
    seed: int | None = None,
) -> MultiView:
    """Views of MIO: mild crops, color jitter and grayscale.

    Random resized crop of 80 to 100% of the area, far milder than
    elsewhere, mirrored half of the time; color jitter (0.8, 0.8, 0.8, 0.2)
    times `strength` with probability 0.8; grayscale with probability 0.2. As in
    the authors' code, views of more than 32 pixels are also blurred with
    probability 0.5 and solarized at 0.5 with probability 0.2. They then
    normalize with the mean and deviation of the training set: give them to
    the encoder, `normalization=...`.

    Args:
        image_size: Integer or `(height, width)`, pixels of the views; 32 in the
            paper.
        strength: Float in [0, 1]. Defaults to 0.5.
        seed: Integer seed of the draws, or None.

    Returns:
        A `MultiView` layer of two views.

    Example:

    >>> views = keras_contrastive.views.mio(image_size=32)

    Reference: Manna et al., 2021, https://arxiv.org/abs/2111.12664, and the
        authors' code.
    """
    large = np.max(image_size) > 32
    if not 0 <= strength <= 1:
        raise ValueError(
            "`strength` scales the color jitter, from 0 to 1. "
            f"Received: strength={strength}"
        )
    tone, color = 0.8 * strength, 0.2 * strength
    pipelines = [
        photo_pipeline(
            image_size,
            (0.8, 1.0),
            (tone, tone, tone, color),
            blur=0.5 if large else None,
            solarize=0.2 if large else None,
        )
        for _ in range(2)
    ]
    return MultiView(pipelines, seed=seed)
