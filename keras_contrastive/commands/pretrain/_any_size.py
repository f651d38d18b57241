import keras


def of_any_size(model: keras.Model, size: int) -> keras.Model:
    """The same model behind layers that resize pictures as `from_folder`.

    Args:
        model: `keras.Model` of images `(batch, size, size, 3)`.
        size: Integer, pixels.

    Returns:
        `keras.Model` of images `(batch, height, width, 3)`, of which the
        longer side is cut.
    """
    resize = keras.layers.Resizing(
        size,
        size,
        crop_to_aspect_ratio=True,
        antialias=True,
        data_format="channels_last",
        dtype="float32",
    )
    return keras.Sequential([keras.Input((None, None, 3)), resize, model])
