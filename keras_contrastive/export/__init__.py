from keras_contrastive.export._export_encoder import export_encoder
from keras_contrastive.export._feature_pyramid import feature_pyramid
from keras_contrastive.export._segmenter import segmenter

__all__ = [
    "export_encoder",
    "feature_pyramid",
    "segmenter",
]
