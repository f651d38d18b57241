from keras_contrastive.optimizers.lars import LARS
from keras_contrastive.optimizers.warmup_cosine import warmup_cosine

__all__ = ["LARS", "warmup_cosine"]
