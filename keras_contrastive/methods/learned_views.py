import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_contrastive._check_equal_widths import check_equal_widths
from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._export import export
from keras_contrastive.contrasts import in_batch
from keras_contrastive.layers import ColorViews
from keras_contrastive.losses import SOFTMAX
from keras_contrastive.methods._joint_encoder import JointEncoder, linear_head
from keras_contrastive.ops import gather
from keras_contrastive.ops._mean import mean
from keras_contrastive.training import ContrastiveModel
from keras_contrastive.training._check_parts import (
    check_features,
    check_second_encoder,
)

LABELS = ("first_labels", "second_labels")


@export
class LearnedViews(ContrastiveModel):
    """InfoMin's learned views: a generator hides what two encoders share.

    The generator recolors each pixel; one encoder sees the first channel and
    one the other two. The encoders learn to find each other's view among
    those of the batch, and the generator learns to prevent it: its gradient
    is that of the encoders, reversed. It alone does not know what matters and
    takes too much; with `classifiers` it must leave in each view what tells
    the labels, of those images that have one.

    The paper then freezes the generator and trains new encoders on its views:
    give the trained generator, with `generator.trainable = False`, to another
    `LearnedViews`. Without a generator the channels are compared as they are,
    CMC with the negatives of a batch.

    Which flows, optimisers and schedules the authors used is not published,
    nor whether both sides move in turn. Here they move in one step, with the
    gradient reversed between generator and encoders.

    Args:
        encoder: `keras.Model`, first channel `(batch, height, width, 1)` to
            features `(batch, features)`.
        second_encoder: `keras.Model`, other channels `(batch, height, width,
            2)` to features.
        views: Layer that makes one view of three channels, such as a crop, or
            None for images as they are, float.
        generator: Layer such as `keras_contrastive.layers.ColorFlow`, or None.
        classifiers: Pair of `keras.Model`s, each from its view to logits
            `(batch, classes)`, or None. Needs labels in `fit`: integers
            `(batch,)` from 0 to `classes - 1`, -1 where there is none.
        projector: Layer, features of the first encoder to projections.
            Defaults to one linear layer to 128.
        second_projector: The same for the second encoder.
        temperature: Positive float. Defaults to 0.1.
        **kwargs: `modules`, `feature_transform`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`.

    Outputs: `projections`, a list of two tensors `(batch, width)`; with
        classifiers also `logits`, two tensors `(batch, classes)`.

    After training, `joint_encoder` makes one encoder of both.

    Example:

    >>> flow = keras_contrastive.layers.ColorFlow("vp")
    >>> crop = keras_contrastive.views.RandomResizedCrop(32, scale=(0.2, 1))
    >>> model = keras_contrastive.LearnedViews(
    ...     keras_contrastive.encoders.ResNet18((32, 32, 1)),
    ...     keras_contrastive.encoders.ResNet18((32, 32, 2)),
    ...     keras_contrastive.views.MultiView(
    ...         [keras_contrastive.views.Pipeline([crop])]
    ...     ),
    ...     generator=flow,
    ... )

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, section
        4.2.
    """

    view_ranks = (4,)
    needs_second_encoder = True
    pair_loss = SOFTMAX

    def __init__(
        self,
        encoder: keras.Model,
        second_encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        *,
        generator: keras.layers.Layer | None = None,
        classifiers: Sequence[keras.Model] | None = None,
        projector: keras.layers.Layer | None = None,
        second_projector: keras.layers.Layer | None = None,
        temperature: float = 0.1,
        **kwargs: Any,
    ) -> None:
        self.objective_names = ("info_nce", *(LABELS if classifiers else ()))
        check_second_encoder(second_encoder, encoder)
        super().__init__(encoder, views, **kwargs)
        check_classifiers(classifiers)
        self.second_encoder, self.generator = second_encoder, generator
        self.color_views = ColorViews(generator)
        self.classifiers = list(classifiers or [])
        self.projector = projector or linear_head()
        self.second_projector = second_projector or linear_head()
        self.temperature = check_temperature(temperature)

    @property
    def needs_labels(self):
        return bool(self.classifiers)

    @property
    def num_classes(self):
        shapes = [
            getattr(classifier, "output_shape", None)
            for classifier in self.classifiers
        ]
        return min((shape[-1] for shape in shapes if shape), default=None)

    def make_views(self, images, training=False):
        made = super().make_views(images, training)
        views = self.color_views(made.views[0], training=training)
        return dataclasses.replace(made, views=views)

    def view_features(self, views, training=False):
        if self.generator is not None:
            views = [reverse_gradient(view) for view in views]
        (first,) = self.encode(views[:1], training)
        (second,) = self.pass_through(self.second_encoder, views[1:], training)
        check_features(second, "second_encoder")
        return [first, second]

    def embed(self, views, features, training=False):
        first, second = features
        first = self.projector(first, training=training)
        second = self.second_projector(second, training=training)
        check_equal_widths(first, second, "second_projector")
        outputs = {"projections": [first, second]}
        if self.classifiers:
            pairs = zip(self.classifiers, views, strict=True)
            outputs["logits"] = [
                self.pass_through(classifier, [view], training)[0]
                for classifier, view in pairs
            ]
        return outputs

    def contrasts(self, outputs):
        z1, z2 = outputs["projections"]
        forth = in_batch(z1, z2, temperature=self.temperature)
        back = in_batch(z2, z1, temperature=self.temperature)
        return {"info_nce": [forth, back]}

    def objectives(self, outputs, labels=None):
        logits = zip(LABELS, outputs.get("logits", []), strict=False)
        of_labels = {name: over_labelled(labels, x) for name, x in logits}
        return {**super().objectives(outputs), **of_labels}

    def joint_encoder(self):
        """Both encoders as one, for evaluation.

        Returns:
            `keras.Model`, images as `views` makes them, of three channels, to
            the features of both encoders, side by side.

        Example:

        >>> report = kc.evaluation.knn(model.joint_encoder(), bank, queries)
        """
        return JointEncoder(self.color_views, self.encoder, self.second_encoder)


def reverse_gradient(x):
    """The same values, and the gradient with the other sign."""
    return 2 * ops.stop_gradient(x) - x


def over_labelled(labels, logits):
    """Cross-entropies whose mean is that over images with a label."""
    values = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction=None
    )(ops.maximum(labels, 0), logits)
    known = ops.cast(ops.reshape(labels, (-1,)) >= 0, values.dtype)
    share = mean(gather(known), axis=0)
    return values * known / ops.maximum(share, 1e-9)


def check_classifiers(classifiers):
    is_pair = isinstance(classifiers, list | tuple) and len(classifiers) == 2
    if classifiers and not is_pair:
        raise ValueError(
            "`classifiers` must be a pair of models, one for each view. "
            f"Received: {classifiers}"
        )
