import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._export import export
from keras_contrastive.layers.batch_norm import BatchNorm
from keras_contrastive.ops import num_replicas
from keras_contrastive.ops._replicas import mean_over_replicas


@export
class SplitBatchNorm(BatchNorm):
    """Batch normalisation of each part of a batch by its own statistics.

    What batch normalisation without synchronisation does on several GPUs, on
    any number of devices: the global batch falls into `splits` equal parts,
    one after the other. MoCo needs it, with shuffled keys: where queries and
    their keys share statistics, the model can tell by them which belong
    together. Moving statistics are the mean over the parts; inference is that
    of `BatchNorm`.

    Args:
        splits: Integer, parts of the global batch; the number of replicas
            must divide it.
        **kwargs: Further arguments of `BatchNorm`.

    Raises:
        ValueError: For a batch that does not fall into equal parts.

    Example:

    >>> x = keras_contrastive.layers.SplitBatchNorm(splits=8)(x)

    Reference: He et al., 2019, https://arxiv.org/abs/1911.05722, section 3.3,
        and the authors' demonstration on CIFAR-10.
    """

    def __init__(self, splits=8, **kwargs):
        super().__init__(**kwargs)
        check_integer("splits", splits, 1)
        self.splits = int(splits)

    def call(self, inputs, training=None, mask=None):
        if not (training and self.trainable):
            return super().call(inputs, training=False, mask=mask)
        if self.splits % num_replicas():
            raise ValueError(
                "`splits` must be a multiple of the number of replicas. "
                f"Received: splits={self.splits}, {num_replicas()} replicas"
            )
        splits = self.splits // num_replicas()
        batch = inputs.shape[0]
        if batch is not None and batch % splits:
            raise ValueError(
                "`splits` must divide the batch; leave out a smaller last "
                "batch with `drop_remainder`. "
                f"Received: splits={splits}, batch of {batch}"
            )
        wide = keras.backend.result_type(inputs.dtype, "float32")
        shape = ops.shape(inputs)
        x = ops.cast(inputs, wide)
        x = ops.reshape(x, (splits, -1, *shape[1:]))
        axes = tuple(range(1, len(inputs.shape)))
        mean, variance = ops.moments(x, axes=axes, keepdims=True)
        x = (x - mean) * ops.rsqrt(variance + self.epsilon)
        if self.scale:
            x = x * ops.cast(self.gamma, wide)
        if self.center:
            x = x + ops.cast(self.beta, wide)
        self.move(self.moving_mean, mean)
        self.move(self.moving_variance, variance)
        return ops.cast(ops.reshape(x, shape), inputs.dtype)

    def move(self, moving, of_parts):
        new = ops.mean(ops.reshape(of_parts, (-1, of_parts.shape[-1])), axis=0)
        new = mean_over_replicas(new)
        moving.assign(self.momentum * moving + (1 - self.momentum) * new)

    def get_config(self):
        return {**super().get_config(), "splits": self.splits}
