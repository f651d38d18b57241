from keras_contrastive.optimizers.lars import LARS

__all__ = ["LARS"]
