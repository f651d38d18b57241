"""SimCLR on CIFAR-10, as in the authors' first release."""

from keras_contrastive import encoders, views
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods import SimCLR
from keras_contrastive.optimizers import LARS
from keras_contrastive.recipes._constants import SIMCLR_NOTES
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run


def make_model(run: Run) -> SimCLR:
    model = SimCLR(
        encoders.ResNet18((32, 32, 3), stem="cifar"),
        views.simclr(32, strength=0.5, blur=False, seed=run.seed),
        ProjectionHead(128, num_layers=2),
        temperature=0.5,
    )
    rate = run.warmup_cosine(1.0 * run.batch_size / 256)
    model.compile(LARS(rate, weight_decay=1e-6))
    return model


simclr_cifar10 = Recipe(
    name="simclr_cifar10",
    title="SimCLR, ResNet-18",
    settings_of="The authors' first release, "
    "https://github.com/google-research/simclr, readme; paper, appendix B.9",
    paper="https://arxiv.org/abs/2002.05709",
    dataset="cifar10",
    num_images=50_000,
    image_size=32,
    view_size=32,
    batch_size=512,
    epochs=1000,
    make_model=make_model,
    evaluation=LinearProtocol(
        epochs=100,
        batch_size=512,
        learning_rate=0.2,
        nesterov=True,
        interpolation="bicubic",
    ),
    reported="about 91 % linear",
    notes=(
        "Their later release takes two hidden layers and weight decay 1e-4.",
        *SIMCLR_NOTES,
    ),
)
"""`Recipe` of SimCLR on CIFAR-10."""
