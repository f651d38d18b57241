"""SimSiam on CIFAR-10."""

from keras_contrastive import encoders, views
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.methods import SimSiam
from keras_contrastive.optimizers import SGD
from keras_contrastive.recipes._constants import CIFAR10, PER_STEP_NOTE
from keras_contrastive.recipes.linear_protocol import LinearProtocol
from keras_contrastive.recipes.recipe import Recipe
from keras_contrastive.recipes.run import Run


def make_model(run: Run) -> SimSiam:
    model = SimSiam(
        encoders.ResNet18((32, 32, 3), stem="cifar", normalization=CIFAR10),
        views.simsiam(32, blur=False, seed=run.seed),
        ProjectionHead(
            2048, num_layers=2, hidden_units=2048, ending="standardize"
        ),
        ProjectionHead(2048, hidden_units=512, ending="bias", name="predictor"),
    )
    rate = run.cosine(0.03 * run.batch_size / 256)
    model.compile(SGD(rate, momentum=0.9, weight_decay=5e-4))
    return model


simsiam_cifar10 = Recipe(
    name="simsiam_cifar10",
    title="SimSiam, ResNet-18",
    settings_of="The paper, appendix D",
    paper="https://arxiv.org/abs/2011.10566",
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
    reported="91.8 % linear",
    notes=(
        "The paper does not say how it evaluates on CIFAR-10: the classifier "
        "here has the settings of SimCLR.",
        "The rate of the predictor falls with the others. With the authors' "
        "option `--fix-pred-lr`, on ImageNet, it does not; compiled anew with "
        '`kc.optimizers.SGD(..., rates={"predictor": rate})`, it does not fall '
        "here either.",
        "Dense layers start by Glorot's rule, theirs by that of PyTorch.",
        PER_STEP_NOTE,
    ),
)
"""`Recipe` of SimSiam on CIFAR-10."""
