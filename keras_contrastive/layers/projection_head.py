from typing import Any

import keras

from keras_contrastive._check_integer import check_integer
from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive.layers._batch_norm import batch_norm

# What the batch normalization after the last layer has, if there is one.
ENDINGS = {
    "scale": {"scale": True, "center": False},
    "affine": {"scale": True, "center": True},
    "standardize": {"scale": False, "center": False},
    "bias": None,
    "none": None,
}


@export
class ProjectionHead(Configured, keras.layers.Layer):
    """Maps features to the space in which views are compared.

    `num_layers` dense layers with ReLU between them: 1 is the linear head, 2
    is SimCLR v1's, 3 is SimCLR v2's. It is also the predictor of BYOL and its
    relatives. With batch normalization each hidden layer is followed by one
    and has no bias, which it would take away. What follows the last layer is
    the choice of the method:

    * `"scale"`: batch normalization with a scale but no offset (SimCLR);
    * `"affine"`: with both (NNCLR, MIO);
    * `"standardize"`: with neither (SimSiam, MoCo v3);
    * `"bias"`: no batch normalization but a bias (MoCo);
    * `"none"`: nothing (BYOL, Barlow Twins, VICReg).

    Kernels start by Keras' default, Glorot's; SimCLR's are normal with
    standard deviation 0.01.

    Args:
        units: Integer, width of the projection. Defaults to 128.
        num_layers: Integer >= 1. Defaults to 2.
        hidden_units: Integer, width of the hidden layers. Defaults to the
            width of the features.
        use_batch_norm: Boolean, for the hidden layers. Defaults to True.
        ending: What follows the last layer. Defaults to `"scale"`, and to
            `"bias"` without batch normalization.

    Call arguments:
        inputs: Features `(batch, features)`.

    Returns:
        Projections `(batch, units)`, not normalized.

    Raises:
        ValueError: For widths or depths below 1, an unknown ending, or inputs
            that are not `(batch, features)`.

    Example:

    >>> head = keras_contrastive.layers.ProjectionHead(128, num_layers=3)
    >>> head(features).shape
    (256, 128)

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, section
        4.2; SimCLR v2, https://arxiv.org/abs/2006.10029, section 2.
    """

    def __init__(
        self,
        units: int = 128,
        *,
        num_layers: int = 2,
        hidden_units: int | None = None,
        use_batch_norm: bool = True,
        ending: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if ending is None:
            ending = "scale" if use_batch_norm else "bias"
        if ending not in ENDINGS:
            raise ValueError(
                f"`ending` must be one of {tuple(ENDINGS)}. "
                f"Received: ending={ending!r}"
            )
        for name, value in (
            ("units", units),
            ("num_layers", num_layers),
            ("hidden_units", hidden_units),
        ):
            if value is not None:
                check_integer(name, value, 1)
        self.units, self.num_layers = units, num_layers
        self.hidden_units, self.use_batch_norm = hidden_units, use_batch_norm
        self.ending = ending

    def build(self, input_shape):
        if len(input_shape) != 2:
            raise ValueError(
                "`inputs` must be features (batch, features). "
                f"Received: shape {tuple(input_shape)}"
            )
        hidden_units = self.hidden_units or input_shape[-1]
        self.blocks = []
        for _ in range(self.num_layers - 1):
            normalize = {} if self.use_batch_norm else None
            self.add_block(hidden_units, not self.use_batch_norm, normalize)
            self.blocks.append(keras.layers.ReLU(dtype=self.dtype_policy))
        self.add_block(self.units, self.ending == "bias", ENDINGS[self.ending])
        shape = input_shape
        for block in self.blocks:
            block.build(shape)
            shape = block.compute_output_shape(shape)

    def add_block(self, units, use_bias, normalize):
        dense = keras.layers.Dense(
            units, use_bias=use_bias, dtype=self.dtype_policy
        )
        self.blocks.append(dense)
        if normalize is not None:
            self.blocks.append(batch_norm(dtype=self.dtype_policy, **normalize))

    def call(self, inputs, training=False):
        x = inputs
        for block in self.blocks:
            if isinstance(block, keras.layers.BatchNormalization):
                x = block(x, training=training)
            else:
                x = block(x)
        return x

    def first(self, num_layers: int) -> keras.Sequential:
        """The first hidden layers, each with its ReLU, as a model.

        They are the very layers of this head, to evaluate or fine-tune from:
        SimCLR v2 fine-tunes from the first.

        Args:
            num_layers: Integer from 1, below the number of layers.

        Returns:
            `keras.Sequential`, features to hidden units.

        Raises:
            ValueError: If the head is not built or has not as many.
        """
        if not self.built:
            raise ValueError(
                "The head must be built: call it, or a model that owns it, "
                "on features first. Received: a head that is not built"
            )
        if not 1 <= num_layers < self.num_layers:
            raise ValueError(
                "`num_layers` must be from 1 to the number of hidden layers, "
                f"{self.num_layers - 1}. Received: num_layers={num_layers}"
            )
        ends = [
            index
            for index, block in enumerate(self.blocks, start=1)
            if isinstance(block, keras.layers.ReLU)
        ]
        width = self.blocks[0].kernel.shape[0]
        blocks = self.blocks[: ends[num_layers - 1]]
        return keras.Sequential([keras.Input((width,)), *blocks])

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)
