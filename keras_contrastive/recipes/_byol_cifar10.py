"""BYOL on CIFAR-10, the baseline of EquiMod."""

from keras_contrastive import encoders, views
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods import BYOL
from keras_contrastive.optimizers import LARS
from keras_contrastive.recipes._constants import CIFAR10
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run


def make_model(run: Run) -> BYOL:
    model = BYOL(
        encoders.ResNet18((32, 32, 3), stem="cifar", normalization=CIFAR10),
        views.equimod(32, dataset="cifar10", base="byol", seed=run.seed),
        ProjectionHead(256, hidden_units=4096, ending="bias"),
        ProjectionHead(256, hidden_units=4096, ending="bias"),
        momentum=run.cosine_momentum(0.996),
    )
    rate = run.warmup_cosine(2.0 * run.batch_size / 512)
    model.compile(LARS(rate, weight_decay=1e-6))
    return model


byol_cifar10 = Recipe(
    name="byol_cifar10",
    title="BYOL, ResNet-18",
    settings_of="The baseline of EquiMod, not BYOL's own, which has no run on "
    "CIFAR-10: "
    "https://github.com/ADevillers/EquiMod, branch BYOL+EquiMod",
    paper="https://arxiv.org/abs/2006.07733",
    dataset="cifar10",
    num_images=50_000,
    image_size=32,
    view_size=32,
    batch_size=512,
    epochs=800,
    make_model=make_model,
    evaluation=LinearProtocol(
        epochs=90,
        batch_size=256,
        learning_rate=0.2,
        nesterov=True,
        interpolation="bicubic",
    ),
    reported="90.44 % linear",
    notes=(
        "Images are tested on as they are; theirs are resized to 9/8 of the "
        "side first.",
        "Each view passes by itself, as in BYOL's own code; theirs pass "
        "together.",
    ),
)
"""`Recipe` of BYOL on CIFAR-10."""
