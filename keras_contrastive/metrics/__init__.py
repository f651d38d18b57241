from keras_contrastive.contrasts._statistics import score_statistics
from keras_contrastive.metrics._alignment import alignment
from keras_contrastive.metrics._dead_dimensions import dead_dimensions
from keras_contrastive.metrics._effective_rank import effective_rank
from keras_contrastive.metrics._equivariance import equivariance
from keras_contrastive.metrics._feature_spread import feature_spread
from keras_contrastive.metrics._lidar import lidar
from keras_contrastive.metrics._mio_gradients import (
    mio_displacements,
    mio_embedding_gradients,
    mio_projector_gradient,
)
from keras_contrastive.metrics._momentum_drift import momentum_drift
from keras_contrastive.metrics._mutual_information import mutual_information
from keras_contrastive.metrics._pair_weights import pair_weights
from keras_contrastive.metrics._uniformity import uniformity

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
