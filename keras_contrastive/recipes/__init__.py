"""Published training runs, one a file, with all their settings."""

from keras_contrastive.recipes._barlow_twins_cifar10 import barlow_twins_cifar10
from keras_contrastive.recipes._byol_cifar10 import byol_cifar10
from keras_contrastive.recipes._equimod_byol_cifar10 import equimod_byol_cifar10
from keras_contrastive.recipes._equimod_byol_imagenet import (
    equimod_byol_imagenet,
)
from keras_contrastive.recipes._equimod_simclr_cifar10 import (
    equimod_simclr_cifar10,
)
from keras_contrastive.recipes._equimod_simclr_imagenet import (
    equimod_simclr_imagenet,
)
from keras_contrastive.recipes._infomin_imagenet import infomin_imagenet
from keras_contrastive.recipes._mio_cifar10 import mio_cifar10
from keras_contrastive.recipes._mio_cifar100 import mio_cifar100
from keras_contrastive.recipes._mio_stl10 import mio_stl10
from keras_contrastive.recipes._moco_v1_ft_imagenet100 import (
    moco_v1_ft_imagenet100,
)
from keras_contrastive.recipes._moco_v1_imagenet100 import moco_v1_imagenet100
from keras_contrastive.recipes._moco_v2_ft_imagenet100 import (
    moco_v2_ft_imagenet100,
)
from keras_contrastive.recipes._moco_v2_imagenet100 import moco_v2_imagenet100
from keras_contrastive.recipes._nnclr_cifar10 import nnclr_cifar10
from keras_contrastive.recipes._simclr_cifar10 import simclr_cifar10
from keras_contrastive.recipes._simclr_imagenet import simclr_imagenet
from keras_contrastive.recipes._simsiam_cifar10 import simsiam_cifar10
from keras_contrastive.recipes._supcon_cifar10 import supcon_cifar10
from keras_contrastive.recipes._vicreg_cifar10 import vicreg_cifar10
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run

__all__ = [
    "LinearProtocol",
    "Recipe",
    "Run",
    "barlow_twins_cifar10",
    "byol_cifar10",
    "equimod_byol_cifar10",
    "equimod_byol_imagenet",
    "equimod_simclr_cifar10",
    "equimod_simclr_imagenet",
    "infomin_imagenet",
    "mio_cifar10",
    "mio_cifar100",
    "mio_stl10",
    "moco_v1_ft_imagenet100",
    "moco_v1_imagenet100",
    "moco_v2_ft_imagenet100",
    "moco_v2_imagenet100",
    "nnclr_cifar10",
    "simclr_cifar10",
    "simclr_imagenet",
    "simsiam_cifar10",
    "supcon_cifar10",
    "vicreg_cifar10",
]
