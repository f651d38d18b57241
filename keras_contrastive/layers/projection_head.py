import keras

from keras_contrastive.export import export
from keras_contrastive.layers.batch_norm import BatchNorm


@export
class ProjectionHead(keras.layers.Layer):
    """Maps features to the space in which views are compared.

    `num_layers` dense layers with ReLU between them: 1 is the linear head, 2
    is SimCLR v1's, 3 is SimCLR v2's. With batch normalisation each dense
    layer has no bias and is followed by one; the last has a scale but no
    offset, and no ReLU, as in the authors' code. Kernels start by Keras'
    default, Glorot's; theirs are normal with standard deviation 0.01.

    Args:
        units: Integer, width of the projection. Defaults to 128.
        num_layers: Integer >= 1. Defaults to 2.
        hidden_units: Integer, width of the hidden layers. Defaults to the
            width of the features.
        use_batch_norm: Boolean. Defaults to True.

    Call arguments:
        inputs: Features `(batch, features)`.

    Returns:
        Projections `(batch, units)`, not normalised.

    Raises:
        ValueError: For widths or depths below 1, or inputs that are not
            `(batch, features)`.

    Example:

    >>> head = keras_contrastive.layers.ProjectionHead(128, num_layers=3)
    >>> head(features).shape
    (256, 128)

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, section
        4.2; SimCLR v2, https://arxiv.org/abs/2006.10029, section 2.
    """

    def __init__(
        self,
        units=128,
        *,
        num_layers=2,
        hidden_units=None,
        use_batch_norm=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name, value in (
            ("units", units),
            ("num_layers", num_layers),
            ("hidden_units", hidden_units),
        ):
            if value is not None and value < 1:
                raise ValueError(
                    f"`{name}` must be at least 1. Received: {name}={value}"
                )
        self.units, self.num_layers = units, num_layers
        self.hidden_units, self.use_batch_norm = hidden_units, use_batch_norm

    def build(self, input_shape):
        if len(input_shape) != 2:
            raise ValueError(
                "`inputs` must be features (batch, features). "
                f"Received: shape {tuple(input_shape)}"
            )
        hidden_units = self.hidden_units or input_shape[-1]
        self.blocks = []
        for layer in range(self.num_layers):
            last = layer == self.num_layers - 1
            units = self.units if last else hidden_units
            self.blocks.append(
                keras.layers.Dense(
                    units,
                    use_bias=not self.use_batch_norm,
                    dtype=self.dtype_policy,
                )
            )
            if self.use_batch_norm:
                self.blocks.append(
                    BatchNorm(center=not last, dtype=self.dtype_policy)
                )
            if not last:
                self.blocks.append(keras.layers.ReLU(dtype=self.dtype_policy))
        shape = input_shape
        for block in self.blocks:
            block.build(shape)
            shape = block.compute_output_shape(shape)

    def call(self, inputs, training=False):
        x = inputs
        for block in self.blocks:
            if isinstance(block, keras.layers.BatchNormalization):
                x = block(x, training=training)
            else:
                x = block(x)
        return x

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "num_layers": self.num_layers,
            "hidden_units": self.hidden_units,
            "use_batch_norm": self.use_batch_norm,
        }
