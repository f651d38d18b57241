import keras
from keras import ops

from keras_contrastive.check_integer import check_integer
from keras_contrastive.export import export


@export
class JigsawHead(keras.layers.Layer):
    """Maps the features of the pieces of an image to one projection.

    One dense layer for every piece, the pieces side by side in the order in
    which they come, one more dense layer. Both have a bias.

    Args:
        units: Integer, width of the projection, and of a piece before they
            are joined. Defaults to 128.

    Call arguments:
        inputs: Features `(batch, pieces, features)`.

    Returns:
        Projections `(batch, units)`, not normalised.

    Raises:
        ValueError: For a width below 1, or inputs of another rank.

    Example:

    >>> head = keras_contrastive.layers.JigsawHead(128)
    >>> head(features_of_pieces).shape
    (256, 128)

    Reference: Misra and van der Maaten, 2019,
        https://arxiv.org/abs/1912.01991, section 2.3.
    """

    def __init__(self, units=128, **kwargs):
        super().__init__(**kwargs)
        check_integer("units", units, 1)
        self.units = int(units)
        self.of_piece = keras.layers.Dense(units, dtype=self.dtype_policy)
        self.of_image = keras.layers.Dense(units, dtype=self.dtype_policy)

    def build(self, input_shape):
        if len(input_shape) != 3:
            raise ValueError(
                "`inputs` must be features (batch, pieces, features). "
                f"Received: shape {tuple(input_shape)}"
            )
        _, pieces, features = input_shape
        self.of_piece.build((None, features))
        self.of_image.build((None, pieces * self.units))

    def call(self, inputs):
        _, pieces, features = inputs.shape
        x = self.of_piece(ops.reshape(inputs, (-1, features)))
        return self.of_image(ops.reshape(x, (-1, pieces * self.units)))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
