"""Barlow Twins on CIFAR-10."""

from keras_contrastive import encoders, views
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods import BarlowTwins
from keras_contrastive.optimizers import SGD
from keras_contrastive.recipes._constants import IMAGENET, LIGHTLY_NOTE
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run


def make_model(run: Run) -> BarlowTwins:
    model = BarlowTwins(
        encoders.ResNet18(
            (32, 32, 3),
            stem="cifar",
            normalization=IMAGENET,
            zero_init_residual=False,
        ),
        views.simclr(32, strength=0.5, blur=False, seed=run.seed),
        ProjectionHead(2048, num_layers=2, hidden_units=2048, ending="none"),
        redundancy=5e-3,
    )
    rate = run.cosine(0.06 * run.batch_size / 128)
    model.compile(SGD(rate, momentum=0.9, weight_decay=5e-4))
    return model


barlow_twins_cifar10 = Recipe(
    name="barlow_twins_cifar10",
    title="Barlow Twins, ResNet-18",
    settings_of="lightly's benchmark, not the authors', who have no run on "
    "CIFAR-10: "
    "https://github.com/lightly-ai/lightly, docs/source/getting_started/"
    "benchmarks/cifar10_benchmark.py",
    paper="https://arxiv.org/abs/2103.03230",
    dataset="cifar10",
    num_images=50_000,
    image_size=32,
    view_size=32,
    batch_size=512,
    epochs=800,
    make_model=make_model,
    evaluation=LinearProtocol(
        epochs=100,
        batch_size=512,
        learning_rate=0.2,
        nesterov=True,
    ),
    reported="85.7 % k-NN, by lightly",
    notes=(
        "Biases and batch normalization have the rate of the kernels, as in "
        "lightly; the authors of Barlow Twins give them one of their own, as "
        "`rates` of `kc.optimizers.LARS` does.",
        LIGHTLY_NOTE,
    ),
)
"""`Recipe` of Barlow Twins on CIFAR-10."""
