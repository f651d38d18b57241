"""Self-supervised pretraining of image encoders in Keras 3."""

import importlib

from keras_contrastive import (
    callbacks,
    data,
    encoders,
    evaluation,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    recipes,
    views,
)
from keras_contrastive.models import (
    BYOL,
    CMC,
    CPC,
    ESSL,
    MIO,
    NNCLR,
    PIRL,
    AugSelf,
    BarlowTwins,
    ContrastiveModel,
    EquiMod,
    InfoMin,
    InstDis,
    LearnedViews,
    MoCo,
    MoCoV3,
    SimCLR,
    SimSiam,
    SupCon,
    VICReg,
    methods,
)
from keras_contrastive.version import __version__

__all__ = [
    "AugSelf",
    "BYOL",
    "BarlowTwins",
    "CMC",
    "CPC",
    "ContrastiveModel",
    "ESSL",
    "EquiMod",
    "InfoMin",
    "InstDis",
    "LearnedViews",
    "MIO",
    "MoCo",
    "MoCoV3",
    "NNCLR",
    "PIRL",
    "SimCLR",
    "SimSiam",
    "SupCon",
    "VICReg",
    "__version__",
    "callbacks",
    "data",
    "encoders",
    "evaluation",
    "layers",
    "losses",
    "methods",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "recipes",
    "views",
    "visualization",
]


def __getattr__(name):
    # Matplotlib takes a second to import and training does not need it.
    if name == "visualization":
        return importlib.import_module("keras_contrastive.visualization")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
