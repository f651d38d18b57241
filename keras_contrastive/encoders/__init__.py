from keras_contrastive.encoders.export_encoder import export_encoder
from keras_contrastive.encoders.feature_pyramid import feature_pyramid
from keras_contrastive.encoders.resnet import ResNet18, ResNet34, ResNet50
from keras_contrastive.encoders.segmenter import segmenter

__all__ = [
    "ResNet18",
    "ResNet34",
    "ResNet50",
    "export_encoder",
    "feature_pyramid",
    "segmenter",
]
