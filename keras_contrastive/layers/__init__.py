from keras_contrastive.layers.batch_norm import batch_norm
from keras_contrastive.layers.projection_head import ProjectionHead

__all__ = ["ProjectionHead", "batch_norm"]
