from keras_contrastive.ops.l2_normalize import l2_normalize
from keras_contrastive.ops.replicas import gather, global_rows, num_replicas
from keras_contrastive.ops.unit_range import unit_range

__all__ = [
    "gather",
    "global_rows",
    "l2_normalize",
    "num_replicas",
    "unit_range",
]
