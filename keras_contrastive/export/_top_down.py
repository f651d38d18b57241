import keras

# Whatever `keras.config.image_data_format()` says.
LAST = "channels_last"


def top_down(pyramid, units):
    """Adds the maps of a pyramid up, from the coarsest to the finest.

    The coarsest map is enlarged step by step, each time added to the next finer
    one, of which a convolution of 1 x 1 has made as many channels.

    Args:
        pyramid: `keras.Model`, as `feature_pyramid` returns it.
        units: Integer, channels of the result.

    Returns:
        Symbolic map `(batch, height, width, units)` of the finest level.

    Reference: Lin et al., 2017, https://arxiv.org/abs/1612.03144, section 3.
    """
    maps = sorted(
        pyramid.output.values(), key=lambda features: features.shape[1]
    )
    x = None
    for features in maps:
        lateral = keras.layers.Conv2D(units, 1, data_format=LAST)(features)
        if x is not None:
            enlarged = keras.layers.Resizing(
                *features.shape[1:3], data_format=LAST
            )(x)
            lateral = keras.layers.Add()([lateral, enlarged])
        x = lateral
    return x
