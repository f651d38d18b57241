import functools
from typing import Any

import keras
from keras import ops

from keras_contrastive._check_equal_widths import check_equal_widths
from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.losses import EquivariantNTXent
from keras_contrastive.modules._check import check_heads
from keras_contrastive.modules.module import Module
from keras_contrastive.ops._in_one_call import in_one_call


@export
class EquiMod(Module):
    """Equivariance on any method: predict how an augmentation moves an image.

    Beside the method's own head a second one embeds the untouched image and
    its views. From the embedding of the untouched image and the parameters of
    an augmentation a linear predictor is to say where the augmented image
    lies. Untouched image and views pass the encoder in one call, so batch
    normalization sees them together; nothing is detached.

    It departs from the authors' code in this: moments of the parameters are
    measured on the views, and saved with the model, where theirs are written
    down and on BYOL are not those of their views; the untouched image is
    resized to the size of the views, where theirs is cut on ImageNet; and
    negatives of other devices carry their gradient, where theirs do not and
    the loss is multiplied to make up for it. On BYOL, whose own authors pass
    each view by itself, they pass both views together through projector,
    predictor and momentum branch too; here these stay as the method has them,
    and their batch normalization sees one view at a time.

    The method keeps its own state and terms. With weight 0, and an encoder
    without batch normalization, it learns what it learns alone.

    Args:
        projector: Layer, features to embeddings. Defaults to the authors',
            twice through 2048 units to 128.
        parameter_projector: Layer, parameters to a vector. Defaults to a
            linear layer to 128 with batch normalization.
        predictor: Layer, both of them side by side to the embedding of the
            view. Defaults to a linear layer to 128 with batch normalization;
            give one of the projector's width with a projector of your own.
        weight: Float, weight of the term beside the method's. Defaults to 1.
        temperature: Positive float. Defaults to 0.2.
        sibling_negatives: Boolean, whether the other views of an image are
            negatives, as in the authors' code, or left out, as others
            read the paper's equation. Defaults to True, which alone makes
            invariance costly; see `keras_contrastive.losses.EquivariantNTXent`.

    Adds to the outputs `original`, the embedding of the untouched image,
    `(batch, units)`, and `embeddings` of the views and `predicted` ones,
    `(batch, views, units)`; and the term `equivariance`.

    It goes with `SimCLR`, `BYOL` or any other method of one or two views that
    a `MultiView` makes, such as `keras_contrastive.views.equimod(...)`, whose
    pipelines have the same parameters.

    Example:

    >>> views = keras_contrastive.views.equimod(32, dataset="cifar10")
    >>> model = keras_contrastive.SimCLR(
    ...     encoder,
    ...     views,
    ...     temperature=0.5,
    ...     modules=[keras_contrastive.EquiMod()],
    ... )
    >>> model.compile("sgd")
    >>> history = model.fit(images, batch_size=256, epochs=1)

    Reference: Devillers and Lefort, 2022, https://arxiv.org/abs/2211.01244.
    """

    needs_parameters = True
    needs_original = True

    def __init__(
        self,
        projector: keras.layers.Layer | None = None,
        parameter_projector: keras.layers.Layer | None = None,
        predictor: keras.layers.Layer | None = None,
        *,
        weight: float = 1.0,
        temperature: float = 0.2,
        sibling_negatives: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.projector = projector or ProjectionHead(
            128, num_layers=3, hidden_units=2048, ending="standardize"
        )
        self.parameter_projector = parameter_projector or ProjectionHead(
            128, num_layers=1, ending="affine"
        )
        self.predictor = predictor or ProjectionHead(
            128, num_layers=1, ending="standardize"
        )
        check_heads(
            projector=self.projector,
            parameter_projector=self.parameter_projector,
            predictor=self.predictor,
        )
        self.weight, self.temperature = weight, temperature
        self.sibling_negatives = sibling_negatives
        self.term_weights = {"equivariance": weight}
        self.equivariant_nt_xent = EquivariantNTXent(
            temperature, sibling_negatives=sibling_negatives, reduction=None
        )

    def prepare(self, views: Any, image_shape: tuple[int, int, int]) -> None:
        views.check(keras.KerasTensor((None, *image_shape)))
        moments = functools.cache(lambda: views.moments(image_shape))
        count = len(views.pipelines[0].parameter_names)
        self.parameter_mean, self.parameter_std = (
            self.add_weight(
                name=f"parameter_{name}",
                shape=(count,),
                initializer=lambda shape, dtype, i=i: moments()[i],
                trainable=False,
            )
            for i, name in enumerate(("mean", "std"))
        )

    def embed(
        self, features, *, original, parameters, training=False, **further
    ):
        original, *embeddings = in_one_call(
            self.projector, [original, *features], training
        )
        scaled = [
            (vector - self.parameter_mean) / self.parameter_std
            for vector in parameters
        ]
        moves = in_one_call(self.parameter_projector, scaled, training)
        starts = [ops.concatenate([original, m], axis=1) for m in moves]
        predicted = in_one_call(self.predictor, starts, training)
        check_equal_widths(original, predicted[0], "predictor")
        return {
            "original": original,
            "embeddings": ops.stack(embeddings, axis=1),
            "predicted": ops.stack(predicted, axis=1),
        }

    def objectives(self, outputs):
        pair = outputs["embeddings"], outputs["predicted"]
        return {"equivariance": self.equivariant_nt_xent(*pair)}
