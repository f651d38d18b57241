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
class VICRegLoss(Configured, keras.losses.Loss):
    """Variance, invariance and covariance of the projections of two views.

    * Invariance: squared difference of the views, mean over the features (as
      in the authors' code; the paper writes the sum).
    * Variance: how far the standard deviation of a feature is below 1, mean
      over features and views.
    * Covariance: squared covariances of different features, over the number
      of features, sum over views.

    Variances and covariances are unbiased and those of the global batch under
    `tf.distribute`, with their gradient; these two terms are properties of
    the batch, and each image gets the same value.

    Args:
        invariance: Float, weight of the term. Defaults to 25.
        variance: Float, likewise. Defaults to 25.
        covariance: Float, likewise. Defaults to 1.

    Call arguments:
        y_true, y_pred: Projections `(batch, units)` of the two views.

    Returns:
        With `reduction=None`, float32 `(batch,)`.

    Raises:
        ValueError: For projections that are not two equal matrices, or a
            batch of one.

    Example:

    >>> loss = keras_contrastive.losses.VICRegLoss()
    >>> float(loss(projections_1, projections_2))

    Reference: Bardes et al., 2021, https://arxiv.org/abs/2105.04906,
        equations 1 to 6.
    """

    def __init__(
        self,
        *,
        invariance: float = 25.0,
        variance: float = 25.0,
        covariance: float = 1.0,
        name: str = "vicreg",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.invariance, self.variance = invariance, variance
        self.covariance = covariance

    @property
    def term_weights(self):
        """Weight of each term in the loss."""
        return {
            "invariance": self.invariance,
            "variance": self.variance,
            "covariance": self.covariance,
        }

    def call(self, y_true, y_pred):
        terms = self.terms(y_true, y_pred)
        weights = self.term_weights
        return sum(weights[name] * terms[name] for name in terms)

    def terms(self, z1, z2):
        """The three terms without their weights, each `(batch,)`."""
        check_pair(z1, z2, NAMES)
        check_batch(z1, NAMES)
        z1, z2 = wide_float(z1), wide_float(z2)
        centered = [z - mean(z, 0, True) for z in (gather(z1), gather(z2))]
        batch = ops.shape(z1)[:1]
        variance = sum(map(spread_missing, centered)) / 2
        covariance = sum(map(redundancy, centered))
        return {
            "invariance": mean((z1 - z2) ** 2, axis=1),
            "variance": ops.broadcast_to(variance, batch),
            "covariance": ops.broadcast_to(covariance, batch),
        }


def spread_missing(centered):
    degrees = ops.cast(ops.shape(centered)[0] - 1, centered.dtype)
    variance = ops.sum(centered**2, axis=0) / degrees
    return mean(ops.relu(1 - ops.sqrt(variance + 1e-4)), axis=0)


def redundancy(centered):
    degrees = ops.cast(ops.shape(centered)[0] - 1, centered.dtype)
    covariance = ops.matmul(ops.transpose(centered), centered) / degrees
    diagonal = ops.diagonal(covariance)
    total = ops.sum(covariance**2) - ops.sum(diagonal**2)
    return total / centered.shape[1]
