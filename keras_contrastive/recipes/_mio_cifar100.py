"""MIO on CIFAR-100, as in the first release of the authors."""

from keras_contrastive import encoders, views
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods import MIO
from keras_contrastive.optimizers import LARS
from keras_contrastive.recipes._constants import CIFAR100, MIO_NOTES
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run


def make_model(run: Run) -> MIO:
    model = MIO(
        encoders.ResNet50(
            (32, 32, 3),
            stem="cifar",
            normalization=CIFAR100,
            zero_init_residual=False,
        ),
        views.mio(32, strength=0.5, seed=run.seed),
        ProjectionHead(128, num_layers=3, hidden_units=2048, ending="affine"),
        positive_temperature=0.5,
        term_weights={"regularizer": 1.0},
    )
    # The cosine of 1000 epochs, of which 250 are trained.
    rate = run.warmup_cosine(1.5 * run.batch_size / 128, horizon=4)
    model.compile(LARS(rate, weight_decay=1e-6))
    return model


mio_cifar100 = Recipe(
    name="mio_cifar100",
    title="MIO, ResNet-50",
    settings_of="The authors' release of the first version, "
    "https://github.com/miossl/miossl, notebook",
    paper="https://arxiv.org/abs/2111.12664v1",
    dataset="cifar100",
    num_images=40_000,
    image_size=32,
    view_size=32,
    batch_size=128,
    epochs=250,
    make_model=make_model,
    evaluation=LinearProtocol(
        epochs=100,
        batch_size=32,
        learning_rate=0.01,
        drops=tuple(range(1, 100)),
        drop=0.98,
        scale=(0.8, 1.0),
        flip=0.0,
    ),
    held_out=0.2,
    reported="56.81 % linear",
    notes=(
        "The settings of the notebook are for CIFAR-10; those of the figure on "
        "CIFAR-100 are not known.",
        *MIO_NOTES,
    ),
)
"""`Recipe` of MIO on CIFAR-100."""
