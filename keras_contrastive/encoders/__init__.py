from keras_contrastive.encoders._resnet import ResNet18, ResNet34, ResNet50
from keras_contrastive.encoders._small_cnn import SmallCNN

__all__ = [
    "ResNet18",
    "ResNet34",
    "ResNet50",
    "SmallCNN",
]
