from keras_contrastive.modules.aug_self import AugSelf
from keras_contrastive.modules.equimod import EquiMod
from keras_contrastive.modules.essl import ESSL
from keras_contrastive.modules.module import Module

__all__ = ["AugSelf", "ESSL", "EquiMod", "Module"]
