"""SimCLR on ImageNet, as in the paper."""

from keras_contrastive import encoders, views
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods import SimCLR
from keras_contrastive.optimizers import LARS
from keras_contrastive.recipes._constants import IMAGENET_NOTE, SIMCLR_NOTES
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run


def make_model(run: Run) -> SimCLR:
    model = SimCLR(
        encoders.ResNet50((224, 224, 3), stem="imagenet"),
        views.simclr(224, seed=run.seed),
        ProjectionHead(128, num_layers=2),
        temperature=0.1,
    )
    rate = run.warmup_cosine(0.3 * run.batch_size / 256)
    model.compile(LARS(rate, weight_decay=1e-6))
    return model


simclr_imagenet = Recipe(
    name="simclr_imagenet",
    title="SimCLR, ResNet-50",
    settings_of="The paper, section 2.3 and appendix B; the authors' first "
    "release, https://github.com/google-research/simclr, readme",
    paper="https://arxiv.org/abs/2002.05709",
    dataset="imagenet2012",
    num_images=1_281_167,
    image_size=256,
    view_size=224,
    batch_size=4096,
    epochs=100,
    make_model=make_model,
    evaluation=LinearProtocol(
        epochs=90,
        batch_size=4096,
        learning_rate=1.6,
        nesterov=True,
        interpolation="bicubic",
    ),
    splits=("train", "train", "validation"),
    reported="about 64.5 % linear, 69.3 % after 1000 epochs",
    notes=(
        "Their later release takes two hidden layers, the rate "
        "`0.075 * sqrt(batch)` and weight decay 1e-4.",
        "The blur mirrors borders and draws its width for each image.",
        IMAGENET_NOTE,
        *SIMCLR_NOTES,
    ),
)
"""`Recipe` of SimCLR on ImageNet."""
