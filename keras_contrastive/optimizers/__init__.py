from keras_contrastive.optimizers.l2_sgd import L2SGD
from keras_contrastive.optimizers.lars import LARS

__all__ = ["L2SGD", "LARS"]
