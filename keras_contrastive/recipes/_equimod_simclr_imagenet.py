"""EquiMod on SimCLR, ImageNet, as in the authors' release."""

from keras_contrastive import encoders, views
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods import SimCLR
from keras_contrastive.modules import EquiMod
from keras_contrastive.optimizers import LARS
from keras_contrastive.recipes._constants import (
    EQUIMOD_IMAGENET_NOTE,
    EQUIMOD_NOTES,
    IMAGENET,
    IMAGENET_NOTE,
)
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run


def make_model(run: Run) -> SimCLR:
    model = SimCLR(
        encoders.ResNet50(
            (224, 224, 3), stem="imagenet", normalization=IMAGENET
        ),
        views.equimod(224, dataset="imagenet", base="simclr", seed=run.seed),
        ProjectionHead(
            128, num_layers=3, hidden_units=2048, ending="standardize"
        ),
        temperature=0.2,
        modules=[EquiMod(weight=1.0, temperature=0.2)],
    )
    rate = run.warmup_cosine(2.4 * run.batch_size / 4096)
    model.compile(LARS(rate, weight_decay=1e-6))
    return model


equimod_simclr_imagenet = Recipe(
    name="equimod_simclr_imagenet",
    title="EquiMod on SimCLR, ResNet-50",
    settings_of="The authors' release, "
    "https://github.com/ADevillers/EquiMod, branch SimCLR+EquiMod",
    paper="https://arxiv.org/abs/2211.01244",
    dataset="imagenet2012",
    num_images=1_281_167,
    image_size=256,
    view_size=224,
    batch_size=4096,
    epochs=800,
    make_model=make_model,
    evaluation=LinearProtocol(
        epochs=90,
        batch_size=256,
        learning_rate=0.2,
        nesterov=True,
        interpolation="bicubic",
    ),
    splits=("train", "train", "validation"),
    reported="72.30 % linear",
    notes=(*EQUIMOD_NOTES, EQUIMOD_IMAGENET_NOTE, IMAGENET_NOTE),
)
"""`Recipe` of EquiMod on SimCLR, ImageNet."""
