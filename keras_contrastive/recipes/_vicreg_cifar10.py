"""VICReg on CIFAR-10."""

from keras_contrastive import encoders, views
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods import VICReg
from keras_contrastive.optimizers import LARS
from keras_contrastive.recipes._constants import CIFAR10
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run


def view() -> views.Pipeline:
    return views.Pipeline(
        [
            views.RandomResizedCrop(
                32, scale=(0.2, 1.0), interpolation="bicubic"
            ),
            views.ColorJitter(0.4, 0.4, 0.2, 0.1, probability=0.8),
            views.Grayscale(probability=0.2),
            views.Solarize(probability=0.1),
        ]
    )


def make_model(run: Run) -> VICReg:
    model = VICReg(
        encoders.ResNet18((32, 32, 3), stem="cifar", normalization=CIFAR10),
        views.MultiView([view(), view()], seed=run.seed),
        ProjectionHead(2048, num_layers=3, hidden_units=2048, ending="none"),
        term_weights={"invariance": 25.0, "variance": 25.0, "covariance": 1.0},
    )
    rate = run.warmup_cosine(0.3 * run.batch_size / 256)
    model.compile(LARS(rate, weight_decay=1e-6, classic_momentum=False))
    return model


vicreg_cifar10 = Recipe(
    name="vicreg_cifar10",
    title="VICReg, ResNet-18",
    settings_of="Views, head and length of solo-learn, "
    "https://github.com/vturrisi/solo-learn, scripts/pretrain/cifar/"
    "vicreg.yaml; optimizer of the authors' release for ImageNet, "
    "https://github.com/facebookresearch/vicreg; together nobody's",
    paper="https://arxiv.org/abs/2105.04906",
    dataset="cifar10",
    num_images=50_000,
    image_size=32,
    view_size=32,
    batch_size=256,
    epochs=1000,
    make_model=make_model,
    evaluation=LinearProtocol(
        epochs=100,
        batch_size=512,
        learning_rate=0.2,
        nesterov=True,
    ),
    notes=(
        "solo-learn's LARS clips its trust ratio, which that of this package "
        "does not, so that its rate means other steps: 0.3 for 256 images, "
        "weight decay 1e-4, trust 0.02. The authors have no run on CIFAR-10.",
        "The cosine falls to 0; the authors' to a thousandth.",
    ),
)
"""`Recipe` of VICReg on CIFAR-10."""
