import functools

import keras
from keras import ops
from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.losses import EquivariantNTXent
from keras_contrastive.modules._auxiliary import image_shape
from keras_contrastive.modules._parametric import Parametric
from keras_contrastive.training._method_card import MethodCard
from keras_contrastive.views.multi_view import check_images


@export
class EquiMod(Parametric):
    """Equivariance on any method: predict how an augmentation moves an image.

    Beside the method's own head a second one embeds the untouched image and
    its views. From the embedding of the untouched image and the parameters of
    an augmentation a linear predictor is to say where the augmented image
    lies. Untouched image and views pass the encoder in one call, so batch
    normalisation sees them together; nothing is detached.

    It departs from the authors' code in this: moments of the parameters are
    measured on the views, and saved with the model, where theirs are written
    down and on BYOL are not those of their views; the untouched image is
    resized to the size of the views, where theirs is cut on ImageNet; and
    negatives of other devices carry their gradient, where theirs do not and
    the loss is multiplied to make up for it.

    The method keeps its own state and terms. With weight 0, and an encoder
    without batch normalisation, it learns what it learns alone.

    Args:
        method: `SimCLR`, `BYOL` or any other `ContrastiveModel` of two views
            (or one), with a `MultiView` such as
            `keras_contrastive.views.equimod(...)`. It is trained in place.
        projector: Layer, features to embeddings. Defaults to the authors',
            twice through 2048 units to 128.
        parameter_projector: Layer, parameters to a vector. Defaults to a
            linear layer to 128 with batch normalisation.
        predictor: Layer, both of them side by side to the embedding of the
            view. Defaults to a linear layer to 128 with batch normalisation;
            give one of the projector's width with a projector of your own.
        weight: Float, weight of the term beside the method's. Defaults to 1.
        temperature: Positive float. Defaults to 0.2.
        sibling_negatives: Boolean, whether the other views of an image are
            negatives, as in the authors' code, or left out, as others
            read the paper's equation. Defaults to True, which alone makes
            invariance costly; see `keras_contrastive.losses.EquivariantNTXent`.

    Outputs: those of the method; `original`, the embedding of the untouched
        image, `(batch, units)`; `embeddings` of the views and `predicted`
        ones, `(batch, views, units)`.

    Raises:
        ValueError: For a method without a `MultiView`, or one whose pipelines
            differ in their parameters, or a negative weight.

    Example:

    >>> views = keras_contrastive.views.equimod(32, dataset="cifar10")
    >>> model = keras_contrastive.EquiMod(
    ...     keras_contrastive.SimCLR(encoder, views, temperature=0.5)
    ... )
    >>> model.compile("sgd")
    >>> history = model.fit(images, batch_size=256, epochs=1)

    Reference: Devillers and Lefort, 2022, https://arxiv.org/abs/2211.01244.
    """

    card = MethodCard(
        paper="Devillers and Lefort, 2022",
        url="https://arxiv.org/abs/2211.01244",
        idea="On any method: from an image and the parameters of an "
        "augmentation, predict the embedding of the augmented image.",
        negatives="batch",
        loss="EquivariantNTXent",
        views="equimod",
        heads="projector, parameter projector, predictor",
    )
    sees_original = True

    def __init__(
        self,
        method,
        projector=None,
        parameter_projector=None,
        predictor=None,
        *,
        weight=1.0,
        temperature=0.2,
        sibling_negatives=True,
        **kwargs,
    ):
        super().__init__(method, {"equivariance": weight}, **kwargs)
        self.projector = projector or ProjectionHead(
            128, num_layers=3, hidden_units=2048, ending="standardize"
        )
        self.parameter_projector = parameter_projector or ProjectionHead(
            128, num_layers=1, ending="affine"
        )
        self.predictor = predictor or ProjectionHead(
            128, num_layers=1, ending="standardize"
        )
        self.equivariant_nt_xent = EquivariantNTXent(
            temperature, sibling_negatives, reduction=None
        )

    def build(self, input_shape):
        placeholder = keras.KerasTensor((None, *image_shape(input_shape)))
        check_images(placeholder, self.views.pipelines)

        @functools.cache
        def moments():
            return self.views.moments(image_shape(input_shape))

        count = (len(self.parameter_names),)
        self.parameter_mean, self.parameter_std = (
            self.add_weight(
                name=f"parameter_{name}",
                shape=count,
                initializer=lambda shape, dtype, i=i: moments()[i],
                trainable=False,
            )
            for i, name in enumerate(("mean", "std"))
        )
        super().build(input_shape)

    def auxiliary_outputs(self, features, parameters, training):
        original, *embeddings = self.in_one_call(
            self.projector, features, training
        )
        scaled = [
            (vector - self.parameter_mean) / self.parameter_std
            for vector in parameters
        ]
        moves = self.in_one_call(self.parameter_projector, scaled, training)
        starts = [ops.concatenate([original, m], axis=1) for m in moves]
        predicted = self.in_one_call(self.predictor, starts, training)
        return {
            "original": original,
            "embeddings": ops.stack(embeddings, axis=1),
            "predicted": ops.stack(predicted, axis=1),
        }

    def auxiliary_objectives(self, outputs):
        pair = outputs["embeddings"], outputs["predicted"]
        return {"equivariance": self.equivariant_nt_xent(*pair)}

    def get_config(self):
        return {
            **super().get_config(),
            "weight": self.term_weights["equivariance"],
            "projector": serialize(self.projector),
            "parameter_projector": serialize(self.parameter_projector),
            "predictor": serialize(self.predictor),
            "temperature": self.equivariant_nt_xent.temperature,
            "sibling_negatives": self.equivariant_nt_xent.sibling_negatives,
        }
