from keras_contrastive.layers.batch_norm import BatchNorm
from keras_contrastive.layers.projection_head import ProjectionHead

__all__ = ["BatchNorm", "ProjectionHead"]
