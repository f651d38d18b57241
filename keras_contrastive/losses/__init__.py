from keras_contrastive.losses._nce import memory_softmax, nce
from keras_contrastive.losses._scores import Scores
from keras_contrastive.losses.barlow_twins import BarlowTwins
from keras_contrastive.losses.cosine_regression import CosineRegression
from keras_contrastive.losses.dcl import DCL
from keras_contrastive.losses.equivariant_nt_xent import EquivariantNTXent
from keras_contrastive.losses.info_nce import InfoNCE
from keras_contrastive.losses.mio import MIO
from keras_contrastive.losses.nt_xent import NTXent
from keras_contrastive.losses.queue_info_nce import QueueInfoNCE
from keras_contrastive.losses.sup_con import SupCon
from keras_contrastive.losses.vicreg import VICReg

__all__ = [
    "BarlowTwins",
    "CosineRegression",
    "DCL",
    "EquivariantNTXent",
    "InfoNCE",
    "MIO",
    "NTXent",
    "QueueInfoNCE",
    "Scores",
    "SupCon",
    "VICReg",
    "memory_softmax",
    "nce",
]
