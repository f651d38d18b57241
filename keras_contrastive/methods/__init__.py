from keras_contrastive.methods.amdim import AMDIM
from keras_contrastive.methods.barlow_twins import BarlowTwins
from keras_contrastive.methods.byol import BYOL
from keras_contrastive.methods.cmc import CMC
from keras_contrastive.methods.cpc import CPC
from keras_contrastive.methods.infomin import InfoMin
from keras_contrastive.methods.inst_dis import InstDis
from keras_contrastive.methods.learned_views import LearnedViews
from keras_contrastive.methods.mio import MIO
from keras_contrastive.methods.moco import MoCo
from keras_contrastive.methods.moco_v3 import MoCoV3
from keras_contrastive.methods.nnclr import NNCLR
from keras_contrastive.methods.pirl import PIRL
from keras_contrastive.methods.sim_siam import SimSiam
from keras_contrastive.methods.simclr import SimCLR
from keras_contrastive.methods.sup_con import SupCon
from keras_contrastive.methods.vicreg import VICReg

__all__ = [
    "AMDIM",
    "BYOL",
    "BarlowTwins",
    "CMC",
    "CPC",
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
]
