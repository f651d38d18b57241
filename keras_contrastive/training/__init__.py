from keras_contrastive.training.contrastive_model import ContrastiveModel

__all__ = ["ContrastiveModel"]
