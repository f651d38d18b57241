"""EquiMod on BYOL, ImageNet, as in the authors' release."""

from keras_contrastive import encoders, views
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods import BYOL
from keras_contrastive.modules import EquiMod
from keras_contrastive.optimizers import LARS
from keras_contrastive.recipes._constants import (
    EQUIMOD_BYOL_NOTE,
    EQUIMOD_IMAGENET_NOTE,
    EQUIMOD_NOTES,
    IMAGENET,
    IMAGENET_NOTE,
)
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run


def make_model(run: Run) -> BYOL:
    model = BYOL(
        encoders.ResNet50(
            (224, 224, 3), stem="imagenet", normalization=IMAGENET
        ),
        views.equimod(224, dataset="imagenet", base="byol", seed=run.seed),
        ProjectionHead(256, hidden_units=4096, ending="bias"),
        ProjectionHead(256, hidden_units=4096, ending="bias"),
        momentum=run.cosine_momentum(0.996),
        modules=[EquiMod(weight=1.0, temperature=0.2)],
    )
    rate = run.warmup_cosine(4.8 * run.batch_size / 4096)
    model.compile(LARS(rate, weight_decay=1.5e-6))
    return model


equimod_byol_imagenet = Recipe(
    name="equimod_byol_imagenet",
    title="EquiMod on BYOL, ResNet-50",
    settings_of="The authors' release, "
    "https://github.com/ADevillers/EquiMod, branch BYOL+EquiMod",
    paper="https://arxiv.org/abs/2211.01244",
    dataset="imagenet2012",
    num_images=1_281_167,
    image_size=256,
    view_size=224,
    batch_size=4096,
    epochs=1000,
    make_model=make_model,
    evaluation=LinearProtocol(
        epochs=90,
        batch_size=256,
        learning_rate=0.2,
        nesterov=True,
        interpolation="bicubic",
    ),
    splits=("train", "train", "validation"),
    reported="73.22 % linear",
    notes=(
        *EQUIMOD_NOTES,
        EQUIMOD_BYOL_NOTE,
        EQUIMOD_IMAGENET_NOTE,
        IMAGENET_NOTE,
    ),
)
"""`Recipe` of EquiMod on BYOL, ImageNet."""
