import random

import keras
from keras import ops
from keras.saving import deserialize_keras_object as deserialize
from keras.saving import serialize_keras_object as serialize

from keras_contrastive._export import export
from keras_contrastive.layers import (
    MemoryBank,
    MemoryContrast,
    ProjectionHead,
)
from keras_contrastive.losses._scores import join
from keras_contrastive.training._check_parts import (
    check_features,
    check_second_encoder,
)
from keras_contrastive.training._method_card import MethodCard
from keras_contrastive.training.contrastive_model import ContrastiveModel


@export
class CMC(ContrastiveModel):
    """Contrastive multiview coding: channels of an image find each other.

    One encoder sees the luminance, another the colours of the same pixels.
    The projection of one is to pick its image among the remembered
    projections of the other.

    Args:
        encoder: `keras.Model`, the first channels to features `(batch,
            features)`.
        views: Layer that splits the channels, such as
            `keras_contrastive.views.cmc(...)`, or None for ready views.
        second_encoder: `keras.Model`, the other channels to features.
        projector: Layer, features of the first encoder to projections.
            Defaults to the authors', one linear layer to 128.
        second_projector: The same for the second encoder.
        num_images: Integer, images of the data set.
        num_negatives: Integer, negatives of each image, or None for the exact
            softmax. Defaults to 16384.
        temperature: Positive float. Defaults to 0.07.
        momentum: Float in [0, 1], share of a row of a bank that stays.
            Defaults to 0.5.
        seed: Integer seed of banks and negatives, or None.

    Input: `{"images": ..., "index": ...}`.

    Outputs: `index`, and `first` and `second`, the cosines of each with the
        other's bank: `positives`, `(batch,)`, `negatives`, `(batch, number)`,
        and with sampled negatives `log_z`, `(batch,)`.

    After training, `joint_encoder` makes one encoder of both.

    Raises:
        ValueError: If `second_encoder` is missing or the same as `encoder`.

    Example:

    >>> model = keras_contrastive.CMC(
    ...     encoder=keras_contrastive.encoders.ResNet18((32, 32, 1)),
    ...     views=keras_contrastive.views.cmc(image_size=32),
    ...     second_encoder=keras_contrastive.encoders.ResNet18((32, 32, 2)),
    ...     num_images=50000,
    ... )

    Reference: Tian et al., 2019, https://arxiv.org/abs/1906.05849.
    """

    card = MethodCard(
        paper="Tian et al., 2019",
        url="https://arxiv.org/abs/1906.05849",
        idea="Luminance and colours of an image, each seen by an encoder of "
        "its own, find each other.",
        negatives="banks",
        loss="nce, memory_softmax",
        views="cmc",
        memory="bank",
        heads="two projectors",
    )
    objective_names = ("first", "second")

    def __init__(
        self,
        encoder,
        views=None,
        second_encoder=None,
        projector=None,
        second_projector=None,
        *,
        num_images,
        num_negatives=16384,
        temperature=0.07,
        momentum=0.5,
        seed=None,
        **kwargs,
    ):
        super().__init__(encoder, views, **kwargs)
        self.num_images = num_images
        check_second_encoder(second_encoder, encoder)
        self.second_encoder = second_encoder
        self.projector = projector or linear_head()
        self.second_projector = second_projector or linear_head()
        # One seed: both directions are compared with the same images.
        seed = random.randint(0, 2**31 - 1) if seed is None else seed
        arguments = (num_images, num_negatives, momentum, seed)
        self.first_bank = MemoryBank(*arguments)
        self.second_bank = MemoryBank(*arguments)
        arguments = (num_images, num_negatives, temperature)
        self.first_contrast = MemoryContrast(*arguments)
        self.second_contrast = MemoryContrast(*arguments)

    def embed(self, views, index, training=False):
        (features,) = self.encode(views[:1], training)
        first = self.projector(features, training=training)
        features = self.second_encoder(views[1], training=training)
        check_features(features.shape)
        second = self.second_projector(features, training=training)
        first_rows = self.first_bank(first, index, training=training)
        second_rows = self.second_bank(second, index, training=training)
        return {
            "first": self.first_contrast(
                first, *second_rows, training=training
            ),
            "second": self.second_contrast(
                second, *first_rows, training=training
            ),
            "index": index,
        }

    def objectives(self, outputs):
        return {
            "first": self.first_contrast.loss(outputs["first"]),
            "second": self.second_contrast.loss(outputs["second"]),
        }

    def scores(self, outputs):
        index = outputs["index"]
        return join(
            [
                self.first_contrast.scores(outputs["first"], index),
                self.second_contrast.scores(outputs["second"], index),
            ]
        )

    def joint_encoder(self, split):
        """Both encoders as one, for evaluation.

        Args:
            split: Layer that splits channels as in training but without a
                random crop, such as `keras_contrastive.views.cmc(None)`.

        Returns:
            `keras.Model`, images to the features of both, side by side.

        Example:

        >>> encoder = model.joint_encoder(keras_contrastive.views.cmc(None))
        """
        return JointEncoder(split, self.encoder, self.second_encoder)

    def get_config(self):
        return {
            **super().get_config(),
            "second_encoder": serialize(self.second_encoder),
            "projector": serialize(self.projector),
            "second_projector": serialize(self.second_projector),
            "num_images": self.num_images,
            "num_negatives": self.first_bank.num_negatives,
            "temperature": self.first_contrast.temperature,
            "momentum": self.first_bank.momentum,
            "seed": self.first_bank.first_rows.seed,
        }


@export
class JointEncoder(keras.Model):
    """Features of two encoders, each of its own channels, side by side."""

    def __init__(self, split, encoder, second_encoder, **kwargs):
        super().__init__(**kwargs)
        self.split = split
        self.encoder, self.second_encoder = encoder, second_encoder

    def call(self, images, training=False):
        first, second = self.split(images)
        features = [
            self.encoder(first, training=training),
            self.second_encoder(second, training=training),
        ]
        return ops.concatenate(features, axis=1)

    def get_config(self):
        return {
            **super().get_config(),
            "split": serialize(self.split),
            "encoder": serialize(self.encoder),
            "second_encoder": serialize(self.second_encoder),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{name: deserialize(part) for name, part in config.items()})


def linear_head():
    return ProjectionHead(128, num_layers=1, use_batch_norm=False)
