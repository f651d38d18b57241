from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._config import Configured
from keras_contrastive._export import export


@export
class PatchContext(Configured, keras.layers.Layer):
    """Sums up, for each patch of a grid, the patches of its row and above.

    The masked convolutions of CPC v2: residual blocks of 1x1 convolution,
    1x3, 2x1 that sees the row and the one above it, and 1x1; ReLU between
    them and at the end. The context of a row knows nothing of the rows below.

    Args:
        num_blocks: Integer, residual blocks. Each sees one row further up.
            Defaults to 5.
        hidden_units: Integer, channels inside a block. Defaults to 256.

    Call arguments:
        inputs: Features of the patches, `(batch, rows, columns, features)`.

    Returns:
        Contexts, of the shape of the inputs.

    Example:

    >>> context = keras_contrastive.layers.PatchContext()
    >>> context(features).shape
    (32, 7, 7, 1024)

    Reference: Henaff et al., 2019, https://arxiv.org/abs/1905.09272.
    """

    def __init__(
        self, *, num_blocks: int = 5, hidden_units: int = 256, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        check_integer("num_blocks", num_blocks, 1)
        check_integer("hidden_units", hidden_units, 1)
        self.num_blocks, self.hidden_units = num_blocks, hidden_units

    def build(self, input_shape):
        _, rows, columns, features = input_shape
        # One flat list: Keras before 3.15 saves no lists within lists.
        self.convolutions = []
        for _ in range(self.num_blocks):
            block = [
                self.convolution(self.hidden_units, (1, 1), activation="relu"),
                self.convolution(self.hidden_units, (1, 3), padding="same"),
                self.convolution(self.hidden_units, (2, 1), activation="relu"),
                self.convolution(features, (1, 1)),
            ]
            channels = features
            for convolution in block:
                convolution.build((None, rows, columns, channels))
                channels = convolution.filters
            self.convolutions.extend(block)

    def convolution(self, filters, size, **kwargs):
        return keras.layers.Conv2D(
            filters,
            size,
            data_format="channels_last",
            dtype=self.dtype_policy,
            **kwargs,
        )

    def call(self, inputs):
        x = inputs
        for start in range(0, len(self.convolutions), 4):
            first, across, down, last = self.convolutions[start : start + 4]
            step = across(first(x))
            step = ops.pad(step, [(0, 0), (1, 0), (0, 0), (0, 0)])
            x = x + last(down(step))
        return ops.relu(x)

    def compute_output_shape(self, input_shape):
        return input_shape
