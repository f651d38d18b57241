from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._config import Configured
from keras_contrastive._export import export


@export
class JigsawHead(Configured, keras.layers.Layer):
    """Maps the features of the pieces of an image to one projection.

    One dense layer for every piece, or two with a ReLU between them, the
    pieces side by side in the order in which they come, one more dense layer.
    All have a bias.

    Args:
        units: Integer, width of the projection, and of a piece before they
            are joined. Defaults to 128.
        hidden_units: Integer, width of a layer before, as in InfoMin's code,
            or None for none, as in PIRL. Defaults to None.

    Call arguments:
        inputs: Features `(batch, pieces, features)`.

    Returns:
        Projections `(batch, units)`, not normalized.

    Raises:
        ValueError: For a width below 1, or inputs of another rank.

    Example:

    >>> head = keras_contrastive.layers.JigsawHead(128)
    >>> head(features_of_pieces).shape
    (256, 128)

    Reference: Misra and van der Maaten, 2019,
        https://arxiv.org/abs/1912.01991, section 2.3; with hidden units Tian
        et al., 2020, https://arxiv.org/abs/2005.10243, the authors' code.
    """

    def __init__(
        self,
        units: int = 128,
        *,
        hidden_units: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_integer("units", units, 1)
        self.units, self.hidden_units = int(units), hidden_units
        self.hidden = None
        if hidden_units is not None:
            check_integer("hidden_units", hidden_units, 1)
            self.hidden = keras.layers.Dense(
                hidden_units, activation="relu", dtype=self.dtype_policy
            )
        self.of_piece = keras.layers.Dense(units, dtype=self.dtype_policy)
        self.of_image = keras.layers.Dense(units, dtype=self.dtype_policy)

    def build(self, input_shape):
        if len(input_shape) != 3:
            raise ValueError(
                "`inputs` must be features (batch, pieces, features). "
                f"Received: shape {tuple(input_shape)}"
            )
        _, pieces, features = input_shape
        if self.hidden is not None:
            self.hidden.build((None, features))
            features = self.hidden_units
        self.of_piece.build((None, features))
        self.of_image.build((None, pieces * self.units))

    def call(self, inputs):
        _, pieces, features = inputs.shape
        x = ops.reshape(inputs, (-1, features))
        if self.hidden is not None:
            x = self.hidden(x)
        x = self.of_piece(x)
        return self.of_image(ops.reshape(x, (-1, pieces * self.units)))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)
