from keras_contrastive.views.adapters.augment import Augment
from keras_contrastive.views.base_transform import BaseTransform
from keras_contrastive.views.host._to_dataset import to_dataset
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.recipes._amdim import amdim
from keras_contrastive.views.recipes._byol import byol
from keras_contrastive.views.recipes._cmc import cmc
from keras_contrastive.views.recipes._cpc import cpc
from keras_contrastive.views.recipes._cpc_v2 import cpc_v2
from keras_contrastive.views.recipes._equimod import equimod
from keras_contrastive.views.recipes._families import (
    ViewFamily,
    color_spaces,
    crop_areas,
    frequency_cuts,
    jitter_strengths,
    patch_distances,
)
from keras_contrastive.views.recipes._infomin import infomin
from keras_contrastive.views.recipes._mio import mio
from keras_contrastive.views.recipes._moco import moco_v1, moco_v2, simsiam
from keras_contrastive.views.recipes._multi_crop import multi_crop
from keras_contrastive.views.recipes._pirl import pirl
from keras_contrastive.views.recipes._simclr import simclr
from keras_contrastive.views.split import Split
from keras_contrastive.views.transform import Transform
from keras_contrastive.views.transforms.channel_split import ChannelSplit
from keras_contrastive.views.transforms.color_drop import ColorDrop
from keras_contrastive.views.transforms.color_jitter import ColorJitter
from keras_contrastive.views.transforms.color_space import ColorSpace
from keras_contrastive.views.transforms.frequency_split import FrequencySplit
from keras_contrastive.views.transforms.gaussian_blur import GaussianBlur
from keras_contrastive.views.transforms.grayscale import Grayscale
from keras_contrastive.views.transforms.jigsaw import Jigsaw
from keras_contrastive.views.transforms.normalize import Normalize
from keras_contrastive.views.transforms.patch_flip import PatchFlip
from keras_contrastive.views.transforms.patch_grid import PatchGrid
from keras_contrastive.views.transforms.patch_pair import PatchPair
from keras_contrastive.views.transforms.quarter_turns import QuarterTurns
from keras_contrastive.views.transforms.rand_augment import RandAugment
from keras_contrastive.views.transforms.random_resized_crop import (
    RandomResizedCrop,
)
from keras_contrastive.views.transforms.solarize import Solarize

__all__ = [
    "Augment",
    "BaseTransform",
    "ChannelSplit",
    "ColorDrop",
    "ColorJitter",
    "ColorSpace",
    "FrequencySplit",
    "GaussianBlur",
    "Grayscale",
    "Jigsaw",
    "MultiView",
    "Normalize",
    "PatchFlip",
    "PatchGrid",
    "PatchPair",
    "Pipeline",
    "QuarterTurns",
    "RandAugment",
    "RandomResizedCrop",
    "Solarize",
    "Split",
    "Transform",
    "ViewFamily",
    "amdim",
    "byol",
    "cmc",
    "color_spaces",
    "cpc",
    "cpc_v2",
    "crop_areas",
    "equimod",
    "frequency_cuts",
    "infomin",
    "jitter_strengths",
    "mio",
    "moco_v1",
    "moco_v2",
    "multi_crop",
    "patch_distances",
    "pirl",
    "simclr",
    "simsiam",
    "to_dataset",
]
