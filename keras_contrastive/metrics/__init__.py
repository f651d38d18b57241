from keras_contrastive.metrics.alignment import alignment
from keras_contrastive.metrics.dead_dimensions import dead_dimensions
from keras_contrastive.metrics.effective_rank import effective_rank
from keras_contrastive.metrics.equivariance import equivariance
from keras_contrastive.metrics.feature_spread import feature_spread
from keras_contrastive.metrics.lidar import lidar
from keras_contrastive.metrics.mio_gradients import (
    mio_displacements,
    mio_embedding_gradients,
    mio_projector_gradient,
)
from keras_contrastive.metrics.momentum_drift import momentum_drift
from keras_contrastive.metrics.mutual_information import mutual_information
from keras_contrastive.metrics.pair_weights import pair_weights
from keras_contrastive.metrics.score_statistics import score_statistics
from keras_contrastive.metrics.uniformity import uniformity

__all__ = [
    "alignment",
    "dead_dimensions",
    "effective_rank",
    "equivariance",
    "feature_spread",
    "lidar",
    "mio_displacements",
    "mio_embedding_gradients",
    "mio_projector_gradient",
    "momentum_drift",
    "mutual_information",
    "pair_weights",
    "score_statistics",
    "uniformity",
]
