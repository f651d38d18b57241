from keras_contrastive.views.augment import Augment
from keras_contrastive.views.channel_split import ChannelSplit
from keras_contrastive.views.color_jitter import ColorJitter
from keras_contrastive.views.color_space import ColorSpace
from keras_contrastive.views.families import (
    ViewFamily,
    color_spaces,
    crop_areas,
    frequency_cuts,
    jitter_strengths,
    patch_distances,
)
from keras_contrastive.views.frequency_split import FrequencySplit
from keras_contrastive.views.gaussian_blur import GaussianBlur
from keras_contrastive.views.grayscale import Grayscale
from keras_contrastive.views.jigsaw import Jigsaw
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.normalize import Normalize
from keras_contrastive.views.patch_grid import PatchGrid
from keras_contrastive.views.patch_pair import PatchPair
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.quarter_turns import QuarterTurns
from keras_contrastive.views.random_resized_crop import RandomResizedCrop
from keras_contrastive.views.recipes.byol import byol
from keras_contrastive.views.recipes.cmc import cmc
from keras_contrastive.views.recipes.cpc import cpc
from keras_contrastive.views.recipes.equimod import equimod
from keras_contrastive.views.recipes.infomin import infomin
from keras_contrastive.views.recipes.mio import mio
from keras_contrastive.views.recipes.moco import moco_v1, moco_v2, simsiam
from keras_contrastive.views.recipes.multi_crop import multi_crop
from keras_contrastive.views.recipes.pirl import pirl
from keras_contrastive.views.recipes.simclr import simclr
from keras_contrastive.views.solarize import Solarize
from keras_contrastive.views.to_dataset import to_dataset
from keras_contrastive.views.transform import Split, Transform

__all__ = [
    "Augment",
    "ChannelSplit",
    "ColorJitter",
    "ColorSpace",
    "FrequencySplit",
    "GaussianBlur",
    "Grayscale",
    "Jigsaw",
    "MultiView",
    "Normalize",
    "PatchGrid",
    "PatchPair",
    "Pipeline",
    "QuarterTurns",
    "RandomResizedCrop",
    "Solarize",
    "Split",
    "Transform",
    "ViewFamily",
    "byol",
    "cmc",
    "color_spaces",
    "cpc",
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
