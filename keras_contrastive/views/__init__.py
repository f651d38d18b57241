from keras_contrastive.views.color_jitter import ColorJitter
from keras_contrastive.views.gaussian_blur import GaussianBlur
from keras_contrastive.views.grayscale import Grayscale
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.pipeline import Pipeline
from keras_contrastive.views.random_resized_crop import RandomResizedCrop
from keras_contrastive.views.recipes import simclr
from keras_contrastive.views.transform import Split, Transform

__all__ = [
    "ColorJitter",
    "GaussianBlur",
    "Grayscale",
    "MultiView",
    "Pipeline",
    "RandomResizedCrop",
    "Split",
    "Transform",
    "simclr",
]
