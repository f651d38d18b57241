from keras_contrastive.layers.color_flow import ColorFlow
from keras_contrastive.layers.color_views import ColorViews
from keras_contrastive.layers.feature_queue import FeatureQueue
from keras_contrastive.layers.jigsaw_head import JigsawHead
from keras_contrastive.layers.map_head import MapHead
from keras_contrastive.layers.memory_bank import MemoryBank
from keras_contrastive.layers.momentum_branch import MomentumBranch
from keras_contrastive.layers.negative_interpolation import (
    NegativeInterpolation,
)
from keras_contrastive.layers.noise_constant import NoiseConstant
from keras_contrastive.layers.patch_context import PatchContext
from keras_contrastive.layers.positive_extrapolation import (
    PositiveExtrapolation,
)
from keras_contrastive.layers.projection_head import ProjectionHead

__all__ = [
    "ColorFlow",
    "ColorViews",
    "FeatureQueue",
    "JigsawHead",
    "MapHead",
    "MemoryBank",
    "MomentumBranch",
    "NegativeInterpolation",
    "NoiseConstant",
    "PatchContext",
    "PositiveExtrapolation",
    "ProjectionHead",
]
