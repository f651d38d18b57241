from keras_contrastive.encoders._resnet import ResNet18, ResNet34, ResNet50

__all__ = [
    "ResNet18",
    "ResNet34",
    "ResNet50",
]
