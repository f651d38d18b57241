from typing import Any

import keras
from keras import ops

from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive.contrasts._in_batch import check_batch, check_pair
from keras_contrastive.losses.contrast_loss import NAMES
from keras_contrastive.ops import gather, wide_float
from keras_contrastive.ops._mean import mean


@export
class BarlowTwinsLoss(Configured, keras.losses.Loss):
    """Makes the cross-correlation of the two views the identity.

    With projections standardized over the batch, `C = Z1^T Z2 / N`, the loss
    is the sum of `(1 - C_ii)^2` plus `redundancy` times the sum of the other
    `C_ij^2`. Mean, deviation and correlation are those of the global batch
    under `tf.distribute`, with their gradient. (The authors' code adds up `C`
    without one, which divides gradients by the number of devices.)

    It is a property of the whole batch: each image gets the same value.

    Args:
        redundancy: Float, weight of the terms off the diagonal. Defaults to
            0.0051.
        epsilon: Positive float, added to the variances. Defaults to 1e-5.

    Call arguments:
        y_true, y_pred: Projections `(batch, units)` of the two views.

    Returns:
        With `reduction=None`, float32 `(batch,)`.

    Raises:
        ValueError: For projections that are not two equal matrices, or a
            batch of one.

    Example:

    >>> loss = keras_contrastive.losses.BarlowTwinsLoss()
    >>> float(loss(projections_1, projections_2))

    Reference: Zbontar et al., 2021, https://arxiv.org/abs/2103.03230,
        equation 1.
    """

    def __init__(
        self,
        redundancy: float = 0.0051,
        *,
        epsilon: float = 1e-5,
        name: str = "barlow_twins",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        if not epsilon > 0:
            raise ValueError(
                "`epsilon` is added to variances and must be positive. "
                f"Received: epsilon={epsilon}"
            )
        self.redundancy, self.epsilon = redundancy, epsilon

    def call(self, y_true, y_pred):
        check_pair(y_true, y_pred, NAMES)
        check_batch(y_true, NAMES)
        z1, z2 = gather(wide_float(y_true)), gather(wide_float(y_pred))
        z1, z2 = self.standardize(z1), self.standardize(z2)
        count = ops.cast(ops.shape(z1)[0], z1.dtype)
        correlation = ops.matmul(ops.transpose(z1), z2) / count
        diagonal = ops.diagonal(correlation)
        on = ops.sum((1 - diagonal) ** 2)
        off = ops.sum(correlation**2) - ops.sum(diagonal**2)
        loss = on + self.redundancy * off
        return ops.broadcast_to(loss, (ops.shape(y_true)[0],))

    def standardize(self, z):
        z = z - mean(z, axis=0, keepdims=True)
        variance = mean(z**2, axis=0, keepdims=True)
        return z * ops.rsqrt(variance + self.epsilon)
