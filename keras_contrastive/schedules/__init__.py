from keras_contrastive.schedules._cosine_momentum import cosine_momentum
from keras_contrastive.schedules._warmup_cosine import warmup_cosine

__all__ = [
    "cosine_momentum",
    "warmup_cosine",
]
