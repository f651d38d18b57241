"""SupCon on CIFAR-10."""

from keras_contrastive import encoders, views
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods import SupCon
from keras_contrastive.optimizers import SGD
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run

NORMALIZATION = ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.201))


def make_model(run: Run) -> SupCon:
    model = SupCon(
        encoders.ResNet50(
            (32, 32, 3),
            stem="cifar",
            normalization=NORMALIZATION,
            zero_init_residual=False,
        ),
        views.moco_v2(32, blur=False, seed=run.seed),
        ProjectionHead(128, hidden_units=2048, use_batch_norm=False),
        temperature=0.1,
        # Their loss is multiplied by temperature / 0.07.
        term_weights={"sup_con": 0.1 / 0.07},
    )
    rate = run.warmup_cosine(0.5 * run.batch_size / 1024)
    model.compile(SGD(rate, momentum=0.9, weight_decay=1e-4))
    return model


supcon_cifar10 = Recipe(
    name="supcon_cifar10",
    title="SupCon, ResNet-50",
    settings_of="An author's release, "
    "https://github.com/HobbitLong/SupContrast, readme and options",
    paper="https://arxiv.org/abs/2004.11362",
    dataset="cifar10",
    num_images=50_000,
    image_size=32,
    view_size=32,
    batch_size=1024,
    epochs=1000,
    make_model=make_model,
    evaluation=LinearProtocol(
        epochs=100,
        batch_size=512,
        learning_rate=5.0,
        drops=(60, 75, 90),
        drop=0.2,
        scale=(0.2, 1.0),
    ),
    reported="96.0 % linear",
    notes=(
        "The warm-up begins at 0, theirs at 0.01; the cosine falls to 0 at "
        "each step, theirs to a thousandth at each epoch.",
    ),
)
"""`Recipe` of SupCon on CIFAR-10."""
