"""Views as published, one function a paper."""

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

__all__ = [
    "byol",
    "cmc",
    "cpc",
    "equimod",
    "infomin",
    "mio",
    "moco_v1",
    "moco_v2",
    "multi_crop",
    "pirl",
    "simclr",
    "simsiam",
]
