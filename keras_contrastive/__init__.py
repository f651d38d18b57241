"""Self-supervised pretraining of image encoders in Keras 3."""

import importlib

from keras_contrastive import (
    _backend,  # noqa: F401  (before all that imports Keras)
    callbacks,
    contrasts,
    data,
    encoders,
    evaluation,
    export,
    layers,
    losses,
    methods,
    metrics,
    modules,
    ops,
    optimizers,
    recipes,
    schedules,
    training,
    views,
)
from keras_contrastive.methods import (
    AMDIM,
    BYOL,
    CMC,
    CPC,
    MIO,
    NNCLR,
    PIRL,
    BarlowTwins,
    InfoMin,
    InstDis,
    LearnedViews,
    MoCo,
    MoCoV3,
    SimCLR,
    SimSiam,
    SupCon,
    VICReg,
)
from keras_contrastive.modules import (
    ESSL,
    AugSelf,
    EquiMod,
)
from keras_contrastive.training import ContrastiveModel
from keras_contrastive.version import __version__

__all__ = [
    "AMDIM",
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
    "contrasts",
    "data",
    "encoders",
    "evaluation",
    "export",
    "layers",
    "losses",
    "methods",
    "metrics",
    "modules",
    "ops",
    "optimizers",
    "recipes",
    "schedules",
    "training",
    "views",
    "visualization",
]


def __getattr__(name):
    # Matplotlib takes a second to import and training does not need it.
    if name == "visualization":
        return importlib.import_module("keras_contrastive.visualization")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
