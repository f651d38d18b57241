import keras
from keras import ops
from keras.saving import deserialize_keras_object as deserialize
from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.layers import ColorViews
from keras_contrastive.losses import InfoNCE
from keras_contrastive.losses._scores import join
from keras_contrastive.methods.cmc import JointEncoder, linear_head
from keras_contrastive.ops import gather
from keras_contrastive.ops._mean import mean
from keras_contrastive.training._check_parts import (
    check_encoder,
    check_features,
)
from keras_contrastive.training._method_card import MethodCard
from keras_contrastive.training.contrastive_model import ContrastiveModel

LABELS = ("first_labels", "second_labels")


@export
class LearnedViews(ContrastiveModel):
    """InfoMin's learned views: a generator hides what two encoders share.

    The generator recolours each pixel; one encoder sees the first channel and
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
        views: Layer that makes one view of three channels, such as a crop, or
            None for images as they are, float.
        second_encoder: `keras.Model`, other channels `(batch, height, width,
            2)` to features.
        generator: Layer such as `keras_contrastive.layers.ColorFlow`, or None.
        classifiers: Pair of `keras.Model`s, each from its view to logits
            `(batch, classes)`, or None. Needs labels in `fit`: integers
            `(batch,)`, -1 where there is none.
        projector: Layer, features of the first encoder to projections.
            Defaults to one linear layer to 128.
        second_projector: The same for the second encoder.
        temperature: Positive float. Defaults to 0.1.

    Outputs: `projections`, a list of two tensors `(batch, width)`; with
        classifiers also `logits`, two tensors `(batch, classes)`.

    After training, `joint_encoder` makes one encoder of both.

    Example:

    >>> flow = keras_contrastive.layers.ColorFlow("vp")
    >>> crop = keras_contrastive.views.RandomResizedCrop(32, scale=(0.2, 1))
    >>> model = keras_contrastive.LearnedViews(
    ...     keras_contrastive.encoders.ResNet18((32, 32, 1)),
    ...     keras_contrastive.views.MultiView(
    ...         [keras_contrastive.views.Pipeline([crop])]
    ...     ),
    ...     keras_contrastive.encoders.ResNet18((32, 32, 2)),
    ...     generator=flow,
    ... )

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, section
        4.2.
    """

    card = MethodCard(
        paper="Tian et al., 2020",
        url="https://arxiv.org/abs/2005.10243",
        idea="A generator splits the colours of an image into two views that "
        "share as little as possible, or little but the label.",
        negatives="batch, both directions",
        loss="InfoNCE",
        views="RandomResizedCrop",
        heads="two projectors, generator, classifiers",
    )
    view_ranks = (4,)

    def __init__(
        self,
        encoder,
        views=None,
        second_encoder=None,
        generator=None,
        classifiers=None,
        projector=None,
        second_projector=None,
        temperature=0.1,
        **kwargs,
    ):
        labels = LABELS if classifiers else ()
        self.objective_names = ("info_nce", *labels)
        super().__init__(encoder, views, **kwargs)
        check_encoder(second_encoder, "second_encoder")
        if classifiers and not is_pair(classifiers):
            raise ValueError(
                "`classifiers` must be a pair of models, one for each view. "
                f"Received: {classifiers}"
            )
        self.second_encoder = second_encoder
        self.color_views = ColorViews(generator)
        self.classifiers = list(classifiers or [])
        self.projector = projector or linear_head()
        self.second_projector = second_projector or linear_head()
        self.info_nce = InfoNCE(temperature, reduction=None)
        self.cross_entropy = keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction=None
        )

    @property
    def generator(self):
        return self.color_views.generator

    @property
    def needs_labels(self):
        return bool(self.classifiers)

    def embed(self, views, training=False):
        made = self.color_views(views[0], training=training)
        seen = made
        if self.generator is not None:
            seen = [reverse_gradient(view) for view in made]
        (first,) = self.encode(seen[:1], training)
        second = self.second_encoder(seen[1], training=training)
        check_features(second.shape)
        outputs = {
            "projections": [
                self.projector(first, training=training),
                self.second_projector(second, training=training),
            ]
        }
        if self.classifiers:
            outputs["logits"] = [
                classifier(view, training=training)
                for classifier, view in zip(self.classifiers, made, strict=True)
            ]
        return outputs

    def objectives(self, outputs, labels=None):
        z1, z2 = outputs["projections"]
        both = self.info_nce(z2, z1) + self.info_nce(z1, z2)
        terms = {"info_nce": both / 2}
        if self.classifiers:
            for name, logits in zip(LABELS, outputs["logits"], strict=True):
                terms[name] = self.over_labelled(labels, logits)
        return terms

    def over_labelled(self, labels, logits):
        """Cross-entropies whose mean is that over images with a label."""
        values = self.cross_entropy(ops.maximum(labels, 0), logits)
        known = ops.cast(ops.reshape(labels, (-1,)) >= 0, values.dtype)
        share = mean(gather(known), axis=0)
        return values * known / ops.maximum(share, 1e-9)

    def scores(self, outputs):
        z1, z2 = outputs["projections"]
        return join(
            [self.info_nce.scores(z2, z1), self.info_nce.scores(z1, z2)]
        )

    def joint_encoder(self):
        """Both encoders as one, for evaluation.

        Returns:
            `keras.Model`, images as `views` makes them, of three channels, to
            the features of both encoders, side by side.

        Example:

        >>> report = kc.evaluation.knn(model.joint_encoder(), bank, queries)
        """
        return JointEncoder(self.color_views, self.encoder, self.second_encoder)

    def get_config(self):
        return {
            **super().get_config(),
            "second_encoder": serialize(self.second_encoder),
            "generator": serialize(self.generator),
            "classifiers": [serialize(part) for part in self.classifiers],
            "projector": serialize(self.projector),
            "second_projector": serialize(self.second_projector),
            "temperature": self.info_nce.temperature,
        }

    @classmethod
    def from_config(cls, config):
        classifiers = [deserialize(p) for p in config.pop("classifiers")]
        parts = {name: deserialize(part) for name, part in config.items()}
        return cls(**parts, classifiers=classifiers or None)


def reverse_gradient(x):
    """The same values, and the gradient with the other sign."""
    return 2 * ops.stop_gradient(x) - x


def is_pair(models):
    return isinstance(models, list | tuple) and len(models) == 2
