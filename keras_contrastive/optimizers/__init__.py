from keras_contrastive.optimizers.cosine_momentum import cosine_momentum
from keras_contrastive.optimizers.lars import LARS
from keras_contrastive.optimizers.warmup_cosine import warmup_cosine

__all__ = ["LARS", "cosine_momentum", "warmup_cosine"]
