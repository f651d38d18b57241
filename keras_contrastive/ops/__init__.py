from keras_contrastive.ops._l2_normalize import l2_normalize
from keras_contrastive.ops._replicas import (
    gather,
    global_rows,
    mean_over_replicas,
    num_replicas,
)
from keras_contrastive.ops._unit_range import unit_range
from keras_contrastive.ops._wide_float import wide_float

__all__ = [
    "gather",
    "global_rows",
    "l2_normalize",
    "mean_over_replicas",
    "num_replicas",
    "unit_range",
    "wide_float",
]
