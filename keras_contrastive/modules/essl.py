from typing import Any

import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.modules._check import check_heads
from keras_contrastive.modules.module import Module
from keras_contrastive.ops import wide_float
from keras_contrastive.ops._in_one_call import in_one_call
from keras_contrastive.ops._mean import mean
from keras_contrastive.views import BaseTransform
from keras_contrastive.views._check_views import check_views

TURNS = 4


@export
class ESSL(Module):
    """E-SSL on any method: tell how a further view was turned.

    Each image gives one further, smaller view. It is turned by 0, 90, 180 and
    270 degrees; all four pass the encoder in one call, and a predictor is to
    tell the turn of each. So the features keep what the method's own views
    need not tell: which way is up.

    The method is as it is; its encoder must take images of the further view's
    size, as those of `keras_contrastive.encoders` do with
    `input_shape=(None, None, 3)`. In the authors' SimCLR a projection has the
    other views alone as negatives, from each view to the other:
    `SimCLR(loss=keras_contrastive.losses.InfoNCE(0.5))` trains their loss.
    Their two views pass in a call each; those of `SimCLR` pass together.

    Args:
        turned_views: `MultiView` of one pipeline that makes square images. In
            the authors' code they are cut, colored and made gray like the
            others: on CIFAR-10 at half the side,
            `keras_contrastive.views.moco_v2(16, blur=False, num_views=1)`;
            on ImageNet at 96 pixels, from 5 to 14 % of the area, also blurred
            now and then.
        predictor: Layer, features to 4 logits. Defaults to two hidden layers
            of 2048 units with layer normalization and ReLU, as the authors'
            for SimCLR on CIFAR-10; on ImageNet a layer of 128 units with
            normalization follows.
        weight: Float, weight of the term. Defaults to 0.4, as on CIFAR-10 and
            with SimCLR on ImageNet; there it is 0.08 with SimSiam and 8 with
            Barlow Twins.

    Adds to the outputs `turn_logits`, `(batch, 4, 4)`: for each image and turn
    the logits of the turns; and the term `turns`.

    Raises:
        ValueError: In training, for further views that are not square.

    Example:

    >>> views = keras_contrastive.views.moco_v2(32, blur=False)
    >>> turned = keras_contrastive.views.moco_v2(16, blur=False, num_views=1)
    >>> model = keras_contrastive.SimCLR(
    ...     encoder,
    ...     views,
    ...     loss=keras_contrastive.losses.InfoNCE(0.5),
    ...     modules=[keras_contrastive.ESSL(turned)],
    ... )

    Reference: Dangovski et al., 2021, https://arxiv.org/abs/2111.00899, and
        the authors' code, https://github.com/rdangovs/essl.
    """

    def __init__(
        self,
        turned_views: keras.layers.Layer,
        predictor: keras.layers.Layer | None = None,
        *,
        weight: float = 0.4,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.turned_views = turned_views
        self.predictor = predictor or rotation_head()
        check_heads(predictor=self.predictor)
        is_layer = isinstance(turned_views, keras.layers.Layer)
        if not is_layer or isinstance(turned_views, BaseTransform):
            raise ValueError(
                "`turned_views` must be a "
                "`keras_contrastive.views.MultiView` of one pipeline. "
                f"Received: turned_views of type {type(turned_views).__name__}"
            )
        self.weight = weight
        self.term_weights = {"turns": weight}

    def further_views(self, images, training):
        (view,) = check_views(
            self.turned_views(images, training=training), "turned_views", [4]
        )
        if view.shape[1] != view.shape[2]:
            raise ValueError(
                "`turned_views` must make square images, or turns change "
                f"their shape. Received: shape {tuple(view.shape)}"
            )
        return [ops.rot90(view, k, axes=(1, 2)) for k in range(TURNS)]

    def embed(self, features, *, further, training=False, **unused):
        logits = in_one_call(self.predictor, further, training)
        return {"turn_logits": ops.stack(logits, axis=1)}

    def objectives(self, outputs):
        logits = wide_float(outputs["turn_logits"])
        right = ops.diagonal(logits, axis1=1, axis2=2)
        errors = ops.logsumexp(logits, axis=2) - right
        return {"turns": mean(errors, axis=1)}


def rotation_head():
    layers = []
    for _ in range(2):
        layers += [
            keras.layers.Dense(2048),
            keras.layers.LayerNormalization(epsilon=1e-5),
            keras.layers.ReLU(),
        ]
    return keras.Sequential([*layers, keras.layers.Dense(TURNS)])
