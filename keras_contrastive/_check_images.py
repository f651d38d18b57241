from typing import Any


def check_image_type(images: Any) -> None:
    """Raises an error unless the rank and the type are those of images.

    Args:
        images: Array or tensor, perhaps symbolic, without known values.
    """
    # A type of NumPy and TensorFlow has a name, one of torch is printed.
    dtype = getattr(images.dtype, "name", str(images.dtype))
    if "uint8" not in dtype and "float" not in dtype:
        raise ValueError(
            "`images` must be uint8 in 0..255 or float in 0..1. Convert other "
            'integers by `images.astype("uint8")`, resize pictures of several '
            "sizes to one, and read files by `keras_contrastive.data."
            f"from_folder`. Received: dtype {dtype}"
        )
    shape = tuple(images.shape)
    if len(shape) != 4:
        raise ValueError(
            "`images` must have shape (batch, height, width, channels). Add "
            "the missing axis to gray images by `images[..., None]`, to one "
            "image by `images[None]`, to a data set of single images by "
            f"`data.batch(256, drop_remainder=True)`. Received: shape {shape}"
        )
    _, second, third, last = (size or 0 for size in shape)
    if second in (1, 3) and third > second and last > 4:
        raise ValueError(
            "`images` must have shape (batch, height, width, channels). Move "
            "the channels from the second axis to the last by "
            "`np.moveaxis(images, 1, -1)`, in torch by "
            f"`images.permute(0, 2, 3, 1)`. Received: shape {shape}"
        )


def check_images(images: Any) -> None:
    """Raises an error unless an array holds images, by its values too."""
    check_image_type(images)
    if 0 in images.shape:
        raise ValueError(
            "`images` must have no axis of length 0. "
            f"Received: shape {images.shape}"
        )
    if images.dtype != "uint8":
        low, high = images.min(), images.max()
        if not (low >= 0 and high <= 1):  # also true of NaN
            raise ValueError(
                "`images` of a float type must lie in 0..1: divide by 255, "
                "undo a normalization, or pass uint8. Divide those of a "
                "`tf.data.Dataset`, such as that of "
                "`keras.utils.image_dataset_from_directory`, by "
                "`data.map(lambda x, *y: (x / 255, *y))`. "
                f"Received: values from {low} to {high}"
            )
