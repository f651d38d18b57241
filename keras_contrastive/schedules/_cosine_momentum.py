import keras


def cosine_momentum(momentum=0.996, *, num_images, batch_size, epochs):
    """Raises the momentum of a branch to 1 along half a cosine.

    At step `k` of `K` it is `1 - (1 - momentum) (cos(pi k / K) + 1) / 2`.

    Args:
        momentum: Float in (0, 1], the momentum at the start. Defaults to
            0.996.
        num_images: Integer, images of the training set.
        batch_size: Integer, images of a step, over all devices.
        epochs: Integer, passes over the images.

    Returns:
        A Keras schedule, number of the step to momentum, for
        `keras_contrastive.layers.MomentumBranch` and the methods with one.

    Raises:
        ValueError: For a momentum out of its range, or a batch larger than
            the data set.

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
    if not 1 <= batch_size <= num_images:
        raise ValueError(
            "`batch_size` must be between 1 and `num_images`. "
            f"Received: batch_size={batch_size}, num_images={num_images}"
        )
    steps = round(epochs * (num_images // batch_size))
    # A cosine decay *up* to momentum * alpha = 1.
    return keras.optimizers.schedules.CosineDecay(
        momentum, steps, alpha=1 / momentum
    )
