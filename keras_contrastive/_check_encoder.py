"""What can be known of an encoder before it is trained or evaluated.

It takes float images in 0..1, channels last, and returns one vector for each.
"""

import inspect
import warnings
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._copy_layer import has_graph
from keras_contrastive._first_weights import (
    black_and_white,
    has_weights,
    run_to_first_weights,
)
from keras_contrastive.ops import unit_range

# Images from 0 to 1 that arrive with a smaller range were scaled once more.
RANGE = 0.1
HEADS = ("softmax", "logsoftmax", "log_softmax", "sigmoid")
# Names of the last layer of `keras.applications` with `include_top=True`.
TOPS = ("predictions", "head_dense")


def check_input_of(encoder: Any, argument: str = "encoder") -> None:
    """Raises an error for a graph that takes anything but float images."""
    inputs = getattr(encoder, "inputs", None)
    if not inputs:
        return
    if len(inputs) > 1:
        raise ValueError(
            f"`{argument}` must have one input, the images. "
            f"Received: {len(inputs)} inputs, {[x.name for x in inputs]}"
        )
    if "float" not in inputs[0].dtype:
        raise ValueError(
            f"`{argument}` must take float images in 0..1; of a model that "
            "`export_encoder` wrote, take the encoder inside, "
            f"`model.layers[-1]`. Received: input of dtype {inputs[0].dtype}"
        )


def check_one_output(outputs: Any, argument: str = "encoder") -> None:
    """Raises an error unless there is one tensor of features."""
    received = None
    if isinstance(outputs, dict):
        received = f"a dictionary of {sorted(outputs)}"
    elif isinstance(outputs, list | tuple) and len(outputs) != 1:
        received = f"{len(outputs)} outputs"
    if received:
        raise ValueError(
            f"`{argument}` must return one tensor of features; take one of "
            f"several outputs by `keras.Model({argument}.inputs, "
            f'{argument}.output["features"])`. '
            f"Received: {received}"
        )


def check_pixels(encoder: Any, argument: str = "encoder") -> None:
    """Looks at what a built encoder makes of pixels before its first weights.

    Warns if they hardly vary any more, as after a second division by 255.
    What undoes it counts: the encoder is run up to there.

    Raises:
        ValueError: If its first layers take the channels before the height.
    """
    shape = image_shape(encoder)
    if shape is None:
        return
    images = black_and_white(shape)
    seen = run_to_first_weights(encoder, images)
    if not seen or not has_weights(seen[-1][0]):
        return
    for layer, given in seen:
        is_first = getattr(layer, "data_format", None) == "channels_first"
        if is_first and given.shape == images.shape:
            raise ValueError(
                f"`{argument}` must take images (height, width, channels): "
                'make its layers with `data_format="channels_last"`, or put '
                "`keras.layers.Permute((3, 1, 2))` in front. Received: layer "
                f'{layer.name!r} of data_format="channels_first"'
            )
    layer, arrived = seen[-1]
    # Channels may lie apart: each place is compared over the images.
    left = np.ptp(arrived, axis=0).max()
    if left < RANGE:
        warnings.warn(
            f"`{argument}` is given images in 0..1 and scales them again: "
            f"black and white differ by {left:.3g} where they arrive at its "
            f"first weights, in layer {layer.name!r}. If it is made for "
            "0..255, write `keras.Sequential([keras.Input((224, 224, 3)), "
            "keras.layers.Rescaling(255), encoder])`; without pretrained "
            "weights, leave its scaling out (`include_preprocessing=False`).",
            stacklevel=3,
        )


def image_shape(encoder):
    """`(height, width, channels)` of floats it was made for, or None."""
    inputs = getattr(encoder, "inputs", None)
    if inputs and "float" not in inputs[0].dtype:
        return None
    shape = inputs[0].shape if inputs else getattr(encoder.call, "shape", None)
    if shape is None or len(shape) != 4:
        return None
    height, width, channels = shape[1:]
    return height or 64, width or 64, channels or 3


def warn_of_classifier(encoder: Any, argument: str = "encoder") -> None:
    """Warns if the last layer of a graph tells classes apart."""
    last = encoder
    while has_graph(last):
        # The last of a graph has all others before it.
        parts = getattr(last, "operations", last.layers)
        if not parts:
            return
        last = parts[-1]
    activation = getattr(getattr(last, "activation", None), "__name__", "")
    if (
        type(last).__name__.lower() in HEADS
        or activation in HEADS
        or last.name.lower().endswith(TOPS)
    ):
        warnings.warn(
            f"`{argument}` ends in {last.name!r}, which looks like the head of "
            'a classifier. Leave it out (`include_top=False, pooling="avg"` '
            "of `keras.applications`), or end with the layer before, "
            "`keras.Model(encoder.inputs, encoder.layers[-2].output)`.",
            stacklevel=3,
        )


def as_taken(encoder: Any, images: Any) -> Any:
    """Images `uint8` or in 0..1 as an encoder takes them: in 0..1, or `uint8`.

    Args:
        encoder: Layer. Of what `export_encoder` wrote the input is `uint8`.
        images: Array or tensor of either type, perhaps symbolic.
    """
    inputs = getattr(encoder, "inputs", None)
    if not inputs or inputs[0].dtype != "uint8":
        return unit_range(images)
    if keras.backend.standardize_dtype(images.dtype) == "uint8":
        return images
    return ops.cast(ops.round(255 * images), "uint8")


def scale_integers(encoder: Any) -> None:
    """Has an encoder divide `uint8` by 255, where Keras would only cast it.

    It holds in this process: a file loads as plain Keras. No error, since
    Keras on JAX loses the weights of a model whose `predict` raises one.
    """
    if not isinstance(encoder.call, InUnitRange):
        encoder.call = InUnitRange(encoder)


class InUnitRange:
    """The `call` of an encoder, which brings its first argument to 0..1.

    Args:
        encoder: Layer.

    Attributes:
        shape: Of the images that it was called on last, or None.
    """

    def __init__(self, encoder: Any) -> None:
        self.name, self.call = encoder.name, encoder.call
        self.first = next(iter(inspect.signature(encoder.call).parameters))
        self.shape: tuple | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args:
            args = keras.tree.map_structure(self.scaled, args[0]), *args[1:]
        else:
            images = keras.tree.map_structure(self.scaled, kwargs[self.first])
            kwargs = {**kwargs, self.first: images}
        return self.call(*args, **kwargs)

    def scaled(self, images):
        self.shape = tuple(images.shape)
        if "float" in keras.backend.standardize_dtype(images.dtype):
            return images
        warnings.warn(
            f"`{self.name}` takes float images in 0..1 and was given "
            f"{images.dtype}, which is divided by 255 here, but not where a "
            "file that `save` writes is loaded: let `keras_contrastive.export."
            "export_encoder` write a model that takes uint8.",
            stacklevel=2,
        )
        return unit_range(images)
