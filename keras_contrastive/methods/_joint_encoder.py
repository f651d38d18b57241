from typing import Any

import keras
from keras import ops

from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive._keras_internals import layers_of
from keras_contrastive.layers import ProjectionHead
from keras_contrastive.layers._batch_statistics import use_batch_statistics


@export
class JointEncoder(Configured, keras.Model):
    """Features of two encoders, each of its own channels, side by side."""

    def __init__(
        self,
        split: keras.layers.Layer,
        encoder: keras.Model,
        second_encoder: keras.Model,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.split = split
        self.encoder, self.second_encoder = encoder, second_encoder
        # Loaded, it computes as before, to the last bit.
        use_batch_statistics(layers_of(self))

    def call(self, images, training=False):
        first, second = self.split(images)
        features = [
            self.encoder(first, training=training),
            self.second_encoder(second, training=training),
        ]
        return ops.concatenate(features, axis=1)


def linear_head() -> ProjectionHead:
    """The head that the authors of CMC put on each encoder."""
    return ProjectionHead(128, num_layers=1, use_batch_norm=False)
