from keras_contrastive.metrics.equivariance import equivariance
from keras_contrastive.metrics.mio_gradients import (
    mio_displacements,
    mio_embedding_gradients,
    mio_projector_gradient,
)
from keras_contrastive.metrics.pair_weights import pair_weights

__all__ = [
    "equivariance",
    "mio_displacements",
    "mio_embedding_gradients",
    "mio_projector_gradient",
    "pair_weights",
]
