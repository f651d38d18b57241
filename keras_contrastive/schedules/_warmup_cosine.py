import keras


def warmup_cosine(
    learning_rate, *, num_images, batch_size, epochs, warmup_epochs=10
):
    """Linear warm-up from 0, then a cosine to 0, counted in epochs.

    Args:
        learning_rate: Positive float, the peak.
        num_images: Integer, images of the training set.
        batch_size: Integer, images of a step, over all devices.
        epochs: Positive number, passes over the images, warm-up included. An
            epoch has `num_images // batch_size` steps, for data that drop the
            remainder as `keras_contrastive.data` does. `fit` on arrays makes
            one step more each epoch, so the rate comes to 0 up to `epochs`
            steps early and stays there.
        warmup_epochs: Number >= 0 and below `epochs`. Defaults to 10.

    Returns:
        A `keras.optimizers.schedules.CosineDecay`.

    Raises:
        ValueError: For numbers out of range, or a batch larger than the data.

    Example:

    >>> schedule = keras_contrastive.schedules.warmup_cosine(
    ...     0.6, num_images=50000, batch_size=512, epochs=100
    ... )
    >>> float(schedule(0))
    0.0

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, section
        2.3.
    """
    if learning_rate <= 0:
        raise ValueError(
            "`learning_rate` must be positive. "
            f"Received: learning_rate={learning_rate}"
        )
    if not 1 <= batch_size <= num_images:
        raise ValueError(
            "`batch_size` must be between 1 and `num_images`. "
            f"Received: batch_size={batch_size}, num_images={num_images}"
        )
    if not 0 <= warmup_epochs < epochs:
        raise ValueError(
            "`warmup_epochs` must be at least 0 and below `epochs`. "
            f"Received: warmup_epochs={warmup_epochs}, epochs={epochs}"
        )
    steps_per_epoch = num_images // batch_size
    warmup_steps = round(warmup_epochs * steps_per_epoch)
    decay_steps = round(epochs * steps_per_epoch) - warmup_steps
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
