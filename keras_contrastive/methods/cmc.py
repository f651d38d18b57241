from typing import Any

import keras

from keras_contrastive._check_equal_widths import check_equal_widths
from keras_contrastive._export import export
from keras_contrastive.methods._joint_encoder import JointEncoder, linear_head
from keras_contrastive.methods._remembered import Remembered
from keras_contrastive.training._check_parts import (
    check_features,
    check_second_encoder,
)


@export
class CMC(Remembered):
    """Contrastive multiview coding: channels of an image find each other.

    One encoder sees the luminance, another the colors of the same pixels.
    The projection of one is to pick its image among the remembered
    projections of the other.

    Args:
        encoder: `keras.Model`, the first channels to features `(batch,
            features)`.
        second_encoder: `keras.Model`, the other channels to features.
        views: Layer that splits the channels, such as
            `keras_contrastive.views.cmc(...)`, or None for ready views.
        projector: Layer, features of the first encoder to projections.
            Defaults to the authors', one linear layer to 128.
        second_projector: The same for the second encoder.
        num_images: Integer, images of the data set.
        num_negatives: Integer, negatives of each image, or None for the exact
            softmax. Defaults to 16384.
        temperature: Positive float. Defaults to 0.07.
        momentum: Float in [0, 1], share of a row of a bank that stays.
            Defaults to 0.5.
        seed: Integer seed of banks and negatives, or None. As in the authors'
            code the banks begin with draws of their own, and the negatives of
            an image have the same numbers in both.
        **kwargs: `modules`, `feature_transform`, `term_weights`: see
            `keras_contrastive.ContrastiveModel`.

    Input: `{"images": ..., "index": ...}`.

    Outputs: `projections`, `own` and `negatives`, each a list with one tensor
        for each encoder, the last two of its bank; `index`, and with sampled
        negatives `log_z`.

    After training, `joint_encoder` makes one encoder of both.

    Raises:
        ValueError: If `second_encoder` is the same as `encoder`.

    Example:

    >>> model = keras_contrastive.CMC(
    ...     keras_contrastive.encoders.ResNet18((32, 32, 1)),
    ...     keras_contrastive.encoders.ResNet18((32, 32, 2)),
    ...     keras_contrastive.views.cmc(image_size=32),
    ...     num_images=50000,
    ... )

    Reference: Tian et al., 2019, https://arxiv.org/abs/1906.05849.
    """

    objective_names = ("first", "second")
    needs_second_encoder = True

    def __init__(
        self,
        encoder: keras.Model,
        second_encoder: keras.Model,
        views: keras.layers.Layer | None = None,
        projector: keras.layers.Layer | None = None,
        second_projector: keras.layers.Layer | None = None,
        *,
        num_negatives: int | None = 16384,
        **kwargs: Any,
    ) -> None:
        check_second_encoder(second_encoder, encoder)
        super().__init__(encoder, views, num_negatives=num_negatives, **kwargs)
        self.second_encoder = second_encoder
        self.projector = projector or linear_head()
        self.second_projector = second_projector or linear_head()
        self.first_bank = self.make_bank()
        self.second_bank = self.make_bank(1)
        self.remember("first", "second")

    def view_features(self, views, training=False):
        (first,) = self.encode(views[:1], training)
        (second,) = self.pass_through(self.second_encoder, views[1:], training)
        check_features(second, "second_encoder")
        return [first, second]

    def embed(self, views, features, training=False, *, index):
        first = self.projector(features[0], training=training)
        second = self.second_projector(features[1], training=training)
        check_equal_widths(first, second, "second_projector")
        rows_1 = self.first_bank(first, index, training=training)
        rows_2 = self.second_bank(second, index, training=training)
        return {
            "projections": [first, second],
            "own": [rows_1[0], rows_2[0]],
            "negatives": [rows_1[1], rows_2[1]],
            "index": index,
        }

    def contrasts(self, outputs):
        first, second = outputs["projections"]
        rows_1, rows_2 = zip(outputs["own"], outputs["negatives"], strict=True)
        return {
            "first": [self.among_images("first", first, rows_2, outputs)],
            "second": [self.among_images("second", second, rows_1, outputs)],
        }

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
