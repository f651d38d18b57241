"""MoCo v1 with feature transformation on ImageNet-100."""

import math

from keras_contrastive import encoders, views
from keras_contrastive.layers import (
    NegativeInterpolation,
    PositiveExtrapolation,
    ProjectionHead,
)
from keras_contrastive.methods import MoCo
from keras_contrastive.optimizers import SGD
from keras_contrastive.recipes._constants import (
    FT_NOTES,
    IMAGENET,
    IMAGENET_NOTE,
    MOCO_V1_NOTE,
    PER_STEP_NOTE,
)
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run


def make_model(run: Run) -> MoCo:
    model = MoCo(
        encoders.ResNet50(
            (224, 224, 3),
            stem="imagenet",
            normalization=IMAGENET,
            zero_init_residual=False,
        ),
        views.moco_v1(224, seed=run.seed),
        ProjectionHead(128, num_layers=1, use_batch_norm=False),
        queue_size=65536,
        momentum=0.99,
        temperature=0.07,
        batch_norm_splits=math.gcd(8, run.batch_size),
        seed=run.seed,
        feature_transform=[
            PositiveExtrapolation(2.0, seed=run.seed),
            NegativeInterpolation(1.6, seed=run.seed),
        ],
    )
    rate = run.cosine(0.03 * run.batch_size / 256)
    model.compile(SGD(rate, momentum=0.9, weight_decay=1e-4))
    return model


moco_v1_ft_imagenet100 = Recipe(
    name="moco_v1_ft_imagenet100",
    title="MoCo v1 with feature transformation, ResNet-50",
    settings_of="The authors' release, "
    "https://github.com/DTennant/CL-Visualizing-Feature-Transformation, readme",
    paper="https://arxiv.org/abs/2108.02982",
    dataset="imagenet100",
    num_images=126_689,
    image_size=256,
    view_size=224,
    batch_size=256,
    epochs=200,
    make_model=make_model,
    evaluation=LinearProtocol(
        epochs=60,
        batch_size=256,
        learning_rate=30.0,
        drops=(60, 80),
        scale=(0.2, 1.0),
    ),
    splits=("train", "train", "validation"),
    reported="77.2 % linear",
    notes=(*FT_NOTES, MOCO_V1_NOTE, PER_STEP_NOTE, IMAGENET_NOTE),
)
"""`Recipe` of MoCo v1 with feature transformation on ImageNet-100."""
