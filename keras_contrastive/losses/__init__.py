from keras_contrastive.losses._cosine import COSINE, REGRESSION, regression_loss
from keras_contrastive.losses._dcl_loss import DECOUPLED, dcl_loss
from keras_contrastive.losses._mio_loss import mio_loss
from keras_contrastive.losses._nce import NCE, nce_loss
from keras_contrastive.losses._softmax import SOFTMAX, softmax_loss
from keras_contrastive.losses.barlow_twins import BarlowTwinsLoss
from keras_contrastive.losses.contrast_loss import ContrastLoss
from keras_contrastive.losses.cosine_regression import CosineRegression
from keras_contrastive.losses.dcl import DCL
from keras_contrastive.losses.equivariant_nt_xent import EquivariantNTXent
from keras_contrastive.losses.info_nce import InfoNCE
from keras_contrastive.losses.mio import MIOLoss
from keras_contrastive.losses.nt_xent import NTXent
from keras_contrastive.losses.pair_loss import PairLoss
from keras_contrastive.losses.sup_con import SupConLoss
from keras_contrastive.losses.vicreg import VICRegLoss

__all__ = [
    "COSINE",
    "DECOUPLED",
    "NCE",
    "REGRESSION",
    "SOFTMAX",
    "BarlowTwinsLoss",
    "ContrastLoss",
    "CosineRegression",
    "DCL",
    "EquivariantNTXent",
    "InfoNCE",
    "MIOLoss",
    "NTXent",
    "PairLoss",
    "SupConLoss",
    "VICRegLoss",
    "dcl_loss",
    "mio_loss",
    "nce_loss",
    "regression_loss",
    "softmax_loss",
]
