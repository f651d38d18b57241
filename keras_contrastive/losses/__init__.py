from keras_contrastive.losses.info_nce import InfoNCE
from keras_contrastive.losses.nt_xent import NTXent

__all__ = ["InfoNCE", "NTXent"]
