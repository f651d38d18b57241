import numpy as np

from keras_contrastive._check_integer import check_integer

# Whatever `keras.config.image_data_format()` says.
LAST = "channels_last"


def check_arguments(input_shape, width):
    if np.shape(input_shape) != (3,):
        raise ValueError(
            "`input_shape` must be (height, width, channels), without the "
            f"batch. Received: input_shape={input_shape}"
        )
    check_integer("width", width, 1, meaning=" channels")
