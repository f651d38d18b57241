import keras
from keras import ops
from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.modules._auxiliary import Auxiliary
from keras_contrastive.ops import wide_float
from keras_contrastive.ops._mean import mean
from keras_contrastive.training._check_parts import check_views
from keras_contrastive.training._method_card import MethodCard

TURNS = 4


@export
class ESSL(Auxiliary):
    """E-SSL on any method: tell how a further view was turned.

    Each image gives one further, smaller view. It is turned by 0, 90, 180 and
    270 degrees; all four pass the encoder in one call, and a predictor is to
    tell the turn of each. So the features keep what the method's own views
    need not tell: which way is up.

    The method is as it is; in the authors' SimCLR a projection has the other
    views alone as negatives, `SimCLR(loss=keras_contrastive.losses.InfoNCE(
    0.5))`.

    Args:
        method: Any `ContrastiveModel` with views. It is trained in place. Its
            encoder must take images of the further view's size, as those of
            `keras_contrastive.encoders` do with `input_shape=(None, None,
            3)`.
        turned_views: `MultiView` of one pipeline that makes square images: in
            the paper half the side of the others on CIFAR-10, and on ImageNet
            96 pixels with crops of 5 to 14 % of the area.
        predictor: Layer, features to 4 logits. Defaults to two hidden layers
            of 2048 units with layer normalisation and ReLU, as the authors'
            for SimCLR on CIFAR-10; on ImageNet a layer of 128 units with
            normalisation follows.
        weight: Float, weight of the term. Defaults to 0.4, as on CIFAR-10 and
            with SimCLR on ImageNet; there it is 0.08 with SimSiam and 8 with
            Barlow Twins.

    Outputs: those of the method, and `turn_logits`, `(batch, 4, 4)`: for each
        image and turn the logits of the turns.

    Raises:
        ValueError: For a method or further view of another kind, or a negative
            weight.

    Example:

    >>> crop = keras_contrastive.views.RandomResizedCrop(16, scale=(0.2, 1))
    >>> pipeline = keras_contrastive.views.Pipeline([crop])
    >>> model = keras_contrastive.ESSL(
    ...     keras_contrastive.SimCLR(encoder, views),
    ...     keras_contrastive.views.MultiView([pipeline]),
    ... )

    Reference: Dangovski et al., 2021, https://arxiv.org/abs/2111.00899, and
        the authors' code.
    """

    card = MethodCard(
        paper="Dangovski et al., 2021",
        url="https://arxiv.org/abs/2111.00899",
        idea="On any method: tell by which quarter turns a further small view "
        "was turned.",
        negatives="none",
        loss="cross entropy",
        views="simclr",
        heads="predictor",
    )

    def __init__(
        self, method, turned_views, predictor=None, *, weight=0.4, **kwargs
    ):
        super().__init__(method, {"turns": weight}, **kwargs)
        self.turned_views = turned_views
        self.predictor = predictor or rotation_head()

    def make_views(self, images, training):
        views = self.method.make_views(images, training)
        (turned,) = check_views(
            self.turned_views(images, training=training), "turned_views", [4]
        )
        if turned.shape[1] != turned.shape[2]:
            raise ValueError(
                "`turned_views` must make square images, or turns change "
                f"their shape. Received: shape {tuple(turned.shape)}"
            )
        return views, turned

    def embed(self, views, training=False, **extra):
        views, turned = views
        outputs = self.method.embed(views, training=training, **extra)
        turns = [ops.rot90(turned, k, axes=(1, 2)) for k in range(TURNS)]
        features = self.encode(turns, training)
        logits = self.in_one_call(self.predictor, features, training)
        return {**outputs, "turn_logits": ops.stack(logits, axis=1)}

    def auxiliary_objectives(self, outputs):
        logits = wide_float(outputs["turn_logits"])
        right = ops.diagonal(logits, axis1=1, axis2=2)
        errors = ops.logsumexp(logits, axis=2) - right
        return {"turns": mean(errors, axis=1)}

    def get_config(self):
        return {
            **super().get_config(),
            "turned_views": serialize(self.turned_views),
            "predictor": serialize(self.predictor),
            "weight": self.term_weights["turns"],
        }


def rotation_head():
    layers = []
    for _ in range(2):
        layers += [
            keras.layers.Dense(2048),
            keras.layers.LayerNormalization(epsilon=1e-5),
            keras.layers.ReLU(),
        ]
    return keras.Sequential([*layers, keras.layers.Dense(TURNS)])
