import numbers
from typing import Any

import keras
from keras import ops

from keras_contrastive._config import Configured
from keras_contrastive._copy_layer import copy_layer
from keras_contrastive._export import export
from keras_contrastive.ops._in_micro_batches import one_after_another


@export
class MomentumBranch(Configured, keras.layers.Layer):
    """A slow copy of some layers: the moving average of their weights.

    The copy has the structure of the layers it follows and weights of its
    own, which no optimizer touches. `follow` moves it: the first time it
    copies, later each weight becomes

        momentum * own + (1 - momentum) * followed

    once for each step of the optimizer. Called by a method's
    `follow`, before the copy is used, that is the papers' update
    after the optimizer's step; with gradient accumulation it waits for the
    step that changes weights. Moving averages of batch normalization start as
    copies and then come from the branch's own batches, as in the authors'
    code, and batch normalization keeps using the statistics of the batch.
    Where a followed weight is not finite, the branch keeps its own.

    Args:
        layers: Layer, or list of layers applied one after the other, that the
            branch is a copy of.
        momentum: Float in [0, 1], share that stays at each step; or a
            schedule, number of the step to that share, such as
            `keras_contrastive.schedules.cosine_momentum(...)`.

    Call arguments:
        inputs: What the first layer takes.

    Returns:
        What the last layer returns, behind a stop-gradient.

    Methods:
        follow: Takes the layers that are followed, in training only.

    Raises:
        ValueError: For a momentum outside [0, 1], or layers that cannot be
            made again from their config.

    Example:

    >>> target = keras_contrastive.layers.MomentumBranch([encoder, projector])
    >>> target.follow([encoder, projector])
    >>> target(images).shape
    (256, 128)

    Reference: He et al., 2019, https://arxiv.org/abs/1911.05722, equation 2.
    """

    attribute_of = {"layers": "branch"}

    def __init__(
        self, layers: Any, momentum: Any = 0.996, **kwargs: Any
    ) -> None:
        # Averages in half precision would lose all small changes.
        super().__init__(**{**kwargs, "dtype": "float32"})
        if not is_share(momentum):
            raise ValueError(
                "`momentum` is the share of the branch kept at each step, in "
                f"0..1, or a schedule. Received: momentum={momentum}"
            )
        self.momentum = momentum
        for layer in keras.tree.flatten(layers):
            if not isinstance(layer, keras.layers.Layer):
                raise ValueError(
                    "`layers` must be a Keras layer, or a list of them. "
                    f"Received: {type(layer).__name__}"
                )
        self.branch = [
            copy_layer(layer, "layers") for layer in keras.tree.flatten(layers)
        ]
        # Set by `ContrastiveModel`: calls for one optimizer step, and
        # micro-batches in which inputs pass the first layer in training.
        self.calls_per_step, self.micro_batches = 1, 1

    def build(self, input_shape):
        x = keras.KerasTensor(input_shape)
        for layer in self.branch:
            x = layer(x)
            # Not the layer: that would freeze its batch normalization too.
            for weight in layer.weights:
                weight.trainable = False
        self.calls = self.add_weight(
            name="calls",
            shape=(),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def follow(self, layers):
        """Moves the branch towards the weights of the layers it follows."""
        keep = ops.cast(self.share_kept(), "float32")
        copy = ops.cast(self.calls > 0, "float32")  # 0 the first time
        pairs = zip(self.branch, keras.tree.flatten(layers), strict=True)
        for own, followed in pairs:
            for target, source in zip(
                own.weights, followed.weights, strict=True
            ):
                share = copy * keep if source.trainable else copy
                before, after = map(ops.convert_to_tensor, (target, source))
                share = ops.cast(share, before.dtype)
                moved = share * before + (1 - share) * after
                target.assign(ops.where(ops.isfinite(moved), moved, before))
        self.calls.assign(self.calls + 1)

    def share_kept(self):
        """Momentum of this call: 1 where no optimizer step came before it."""
        step = ops.floor_divide(self.calls, self.calls_per_step)
        momentum = self.momentum
        if callable(momentum):
            momentum = momentum(ops.maximum(step - 1, 0))
        is_due = self.calls == step * self.calls_per_step
        return ops.where(is_due, momentum, 1.0)

    def call(self, inputs, training=False):
        first, *others = self.branch
        if training and self.micro_batches > 1:
            x = one_after_another(first, inputs, self.micro_batches)
        else:
            x = first(inputs, training=training)
        for layer in others:
            x = layer(x, training=training)
        return ops.stop_gradient(x)

    def compute_output_spec(self, inputs, training=False):
        x = inputs
        for layer in self.branch:
            x = layer(x)
        return x


def is_share(momentum: Any) -> bool:
    """Whether it is a number in 0..1, or a schedule of such numbers."""
    if isinstance(momentum, bool | type | keras.layers.Layer):
        return False
    if callable(momentum):
        try:
            momentum = float(momentum(0))
        except (TypeError, ValueError):  # no number, or not of a number
            return False
    is_number = isinstance(momentum, numbers.Real)
    return is_number and 0 <= float(momentum) <= 1
