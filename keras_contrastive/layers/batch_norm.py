import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.ops import num_replicas

FUSED_TYPES = ("float32", "bfloat16", "float16")


@export
class BatchNorm(keras.layers.BatchNormalization):
    """Batch normalisation as the papers use it, and fast on TensorFlow.

    `keras.layers.BatchNormalization` with momentum 0.9 and epsilon 1e-5
    instead of 0.99 and 1e-3. Statistics are those of the global batch: made
    inside the scope of a TensorFlow strategy with several replicas, the layer
    is synchronised. (On JAX they are global on any number of devices.)

    On one TensorFlow device, feature maps go through TensorFlow's fused
    kernel, which computes the same and is much faster on a CPU; in half
    precision it keeps the statistics in float32.

    Args:
        momentum: Float in [0, 1), share of the moving statistics that stays.
        epsilon: Positive float, added to the variance.
        **kwargs: Further arguments of `keras.layers.BatchNormalization`.

    Example:

    >>> x = keras_contrastive.layers.BatchNorm()(x)
    """

    def __init__(self, momentum=0.9, epsilon=1e-5, **kwargs):
        # Not part of the config: a model trained on several TensorFlow
        # devices must load on one, and on other backends.
        kwargs.setdefault("synchronized", num_replicas() > 1)
        super().__init__(momentum=momentum, epsilon=epsilon, **kwargs)

    def call(self, inputs, training=None, mask=None):
        if not self.can_fuse(inputs, mask):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        width = inputs.shape[-1]
        arguments = {
            "scale": self.gamma
            if self.scale
            else ops.ones((width,), "float32"),
            "offset": self.beta
            if self.center
            else ops.zeros((width,), "float32"),
            "epsilon": self.epsilon,
        }
        if not (training and self.trainable):
            outputs, _, _ = tf.compat.v1.nn.fused_batch_norm(
                inputs,
                mean=self.moving_mean,
                variance=self.moving_variance,
                is_training=False,
                **arguments,
            )
            return outputs
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, is_training=True, **arguments
        )
        # The kernel returns the unbiased variance; Keras averages the biased.
        count = ops.cast(ops.size(inputs) // width, "float32")
        variance = variance * (count - 1) / count
        for moving, new in (
            (self.moving_mean, mean),
            (self.moving_variance, variance),
        ):
            moving.assign(self.momentum * moving + (1 - self.momentum) * new)
        return outputs

    def can_fuse(self, inputs, mask):
        dtype = keras.backend.standardize_dtype(inputs.dtype)
        return (
            keras.backend.backend() == "tensorflow"
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and mask is None
            and not self.renorm
            and not self.synchronized
            and dtype in FUSED_TYPES
        )

    def get_config(self):
        config = super().get_config()
        del config["synchronized"]
        return config
