from keras_contrastive.optimizers.lars import LARS
from keras_contrastive.optimizers.sgd import SGD

__all__ = ["LARS", "SGD"]
