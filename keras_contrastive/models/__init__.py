from keras_contrastive.models.aug_self import AugSelf
from keras_contrastive.models.barlow_twins import BarlowTwins
from keras_contrastive.models.byol import BYOL
from keras_contrastive.models.cmc import CMC
from keras_contrastive.models.contrastive_model import ContrastiveModel
from keras_contrastive.models.cpc import CPC
from keras_contrastive.models.equimod import EquiMod
from keras_contrastive.models.essl import ESSL
from keras_contrastive.models.infomin import InfoMin
from keras_contrastive.models.inst_dis import InstDis
from keras_contrastive.models.learned_views import LearnedViews
from keras_contrastive.models.methods import methods
from keras_contrastive.models.mio import MIO
from keras_contrastive.models.moco import MoCo
from keras_contrastive.models.moco_v3 import MoCoV3
from keras_contrastive.models.nnclr import NNCLR
from keras_contrastive.models.pirl import PIRL
from keras_contrastive.models.sim_siam import SimSiam
from keras_contrastive.models.simclr import SimCLR
from keras_contrastive.models.sup_con import SupCon
from keras_contrastive.models.vicreg import VICReg

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
    "methods",
]
