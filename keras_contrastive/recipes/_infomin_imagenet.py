"""InfoMin on ImageNet, as in the release of PyContrast."""

import math

from keras_contrastive import encoders, views
from keras_contrastive.layers import JigsawHead, ProjectionHead
from keras_contrastive.methods import InfoMin
from keras_contrastive.optimizers import SGD
from keras_contrastive.recipes._constants import (
    IMAGENET,
    IMAGENET_NOTE,
    MOMENTUM_NOTE,
    PER_STEP_NOTE,
)
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run


def make_model(run: Run) -> InfoMin:
    model = InfoMin(
        encoders.ResNet50(
            (None, None, 3),  # views of 224 pixels, pieces of 64
            stem="imagenet",
            normalization=IMAGENET,
            zero_init_residual=False,
        ),
        views.infomin(224, jigsaw_size=255, patch_size=64, seed=run.seed),
        ProjectionHead(128, num_layers=2, use_batch_norm=False),
        JigsawHead(128, hidden_units=2048),
        queue_size=65536,
        momentum=0.999,
        temperature=0.15,
        term_weights={"instance": 0.5, "jigsaw": 0.5},
        batch_norm_splits=math.gcd(8, run.batch_size),
        seed=run.seed,
    )
    rate = run.cosine(0.03 * run.batch_size / 256)
    model.compile(SGD(rate, momentum=0.9, weight_decay=1e-4))
    return model


infomin_imagenet = Recipe(
    name="infomin_imagenet",
    title="InfoMin, ResNet-50",
    settings_of="The authors' release, "
    "https://github.com/HobbitLong/PyContrast, options and readme",
    paper="https://arxiv.org/abs/2005.10243",
    dataset="imagenet2012",
    num_images=1_281_167,
    image_size=256,
    view_size=224,
    batch_size=256,
    epochs=200,
    make_model=make_model,
    evaluation=LinearProtocol(
        epochs=60,
        batch_size=256,
        learning_rate=30.0,
        drops=(30, 40, 50),
        drop=0.2,
        scale=(0.2, 1.0),
    ),
    splits=("train", "train", "validation"),
    reported="70.1 % linear; 67.4 % after 100 epochs, 73.0 % after 800",
    notes=(
        MOMENTUM_NOTE,
        "No warm-up for batches above 256.",
        PER_STEP_NOTE,
        IMAGENET_NOTE,
    ),
)
"""`Recipe` of InfoMin on ImageNet."""
