from keras_contrastive.contrasts._in_batch import (
    both_directions,
    in_batch,
    pairs,
)
from keras_contrastive.contrasts._memory import among, in_memory
from keras_contrastive.contrasts.contrast import Contrast, Mixing
from keras_contrastive.contrasts.scores import Scores

__all__ = [
    "Contrast",
    "Mixing",
    "Scores",
    "among",
    "both_directions",
    "in_batch",
    "in_memory",
    "pairs",
]
