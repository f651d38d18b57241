import keras

from keras_contrastive._checked import checked
from keras_contrastive.schedules._steps_per_epoch import steps_per_epoch


@checked
def warmup_cosine(
    learning_rate: float,
    *,
    num_images: int,
    batch_size: int,
    epochs: float,
    warmup_epochs: float = 10,
) -> keras.optimizers.schedules.CosineDecay:
    """Linear warm-up from 0, then a cosine to 0, counted in epochs.

    Args:
        learning_rate: Positive float, the peak.
        num_images: Integer, images of the training set.
        batch_size: Integer, images per step, over all devices.
        epochs: Positive number, passes over the images, warm-up included. An
            epoch has `num_images // batch_size` steps, for data that drop the
            remainder as those of `keras_contrastive.data` do. `fit` on arrays
            may make one more step per epoch, so the rate reaches 0 up to
            `epochs` steps early and stays there.
        warmup_epochs: Number >= 0 and below `epochs`. Defaults to 10.

    Returns:
        A `keras.optimizers.schedules.CosineDecay`.

    Raises:
        ValueError: If a number is out of its range, or a batch is larger than
            the data set.

    Example:

    >>> schedule = keras_contrastive.schedules.warmup_cosine(
    ...     0.6, num_images=50000, batch_size=512, epochs=100
    ... )
    >>> float(schedule(0))
    0.0

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, section
        2.3.
    """
    steps = steps_per_epoch(num_images, batch_size)
    if learning_rate <= 0:
        raise ValueError(
            "`learning_rate` must be positive. "
            f"Received: learning_rate={learning_rate}"
        )
    if not 0 <= warmup_epochs < epochs:
        raise ValueError(
            "`warmup_epochs` must be at least 0 and below `epochs`. "
            f"Received: warmup_epochs={warmup_epochs}, epochs={epochs}"
        )
    warmup_steps = round(warmup_epochs * steps)
    decay_steps = round(epochs * steps) - warmup_steps
    if warmup_steps == 0:
        return keras.optimizers.schedules.CosineDecay(
            learning_rate, decay_steps
        )
    return keras.optimizers.schedules.CosineDecay(
        0.0,
        decay_steps,
        warmup_target=learning_rate,
        warmup_steps=warmup_steps,
    )
