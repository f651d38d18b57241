import keras

from keras_contrastive._checked import checked
from keras_contrastive.schedules._steps_per_epoch import steps_per_epoch


@checked
def cosine_momentum(
    momentum: float = 0.996,
    *,
    num_images: int,
    batch_size: int,
    epochs: float,
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Raises the momentum of a branch to 1 along half a cosine.

    At step `k` of `K` it is `1 - (1 - momentum) (cos(pi k / K) + 1) / 2`.

    Args:
        momentum: Float in (0, 1], the momentum at the start. Defaults to
            0.996.
        num_images: Integer, images of the training set.
        batch_size: Integer, images per step, over all devices.
        epochs: Number, passes over the images.

    Returns:
        A Keras schedule, from the number of a step to the momentum, for
        `keras_contrastive.layers.MomentumBranch` and the methods with one.

    Raises:
        ValueError: If `momentum` is out of its range, or a batch is larger
            than the data set.

    Example:

    >>> schedule = keras_contrastive.schedules.cosine_momentum(
    ...     0.99, num_images=50000, batch_size=500, epochs=10
    ... )
    >>> float(schedule(0)), float(schedule(500)), float(schedule(1000))
    (0.99, 0.995, 1.0)

    Reference: Grill et al., 2020, https://arxiv.org/abs/2006.07733, section
        3.3.
    """
    if not 0 < momentum <= 1:
        raise ValueError(
            "`momentum` is the share kept at the first step, above 0 and up "
            f"to 1. Received: momentum={momentum}"
        )
    steps = round(epochs * steps_per_epoch(num_images, batch_size))
    if steps < 1:
        raise ValueError(
            "`epochs` must be positive, and one step at least. "
            f"Received: epochs={epochs}"
        )
    # A cosine decay *up* to momentum * alpha = 1.
    return keras.optimizers.schedules.CosineDecay(
        momentum, steps, alpha=1 / momentum
    )
