"""Published training runs: each is a compiled model, ready for `fit`."""

from keras_contrastive.recipes._simclr_cifar10 import simclr_cifar10
from keras_contrastive.recipes._simclr_imagenet import simclr_imagenet

__all__ = ["simclr_cifar10", "simclr_imagenet"]
