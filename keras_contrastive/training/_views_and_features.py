from typing import Any

import keras
from keras import ops

from keras_contrastive._check_input import check_input
from keras_contrastive.ops._in_micro_batches import in_micro_batches
from keras_contrastive.ops._in_one_call import in_one_call
from keras_contrastive.training._check_parts import (
    check_equal_shapes,
    check_features,
)
from keras_contrastive.training._fit import Pretraining
from keras_contrastive.training._views import Views
from keras_contrastive.views._check_views import check_views


class ViewsAndFeatures(Pretraining):
    """The first stations of a batch: images -> views -> features.

    Abstract. `views`, `encoder`, `view_ranks` and the modules, `parts`, are
    those of `ContrastiveModel`.
    """

    views: keras.layers.Layer | None
    encoder: keras.Model
    view_ranks: tuple[int, ...]
    parts: list

    def asks(self, need: str) -> bool:
        """Whether a module declares a need, such as `"needs_original"`."""
        return any(getattr(module, need) for module in self.parts)

    def make_views(self, images: Any, training: bool = False) -> Views:
        """Views of images, or the ready views that came instead, checked."""
        if self.views is None:
            views = check_views(images, "x", self.view_ranks)
            return Views(views, further=[[] for _ in self.parts])
        parameters, original = [], None
        if self.asks("needs_parameters"):
            views, parameters = self.views(
                images, training=training, return_parameters=True
            )
        else:
            views = self.views(images, training=training)
        if self.asks("needs_original"):
            original = self.views.originals(images)
        return Views(
            check_views(views, "views", self.view_ranks),
            parameters,
            original,
            [module.further_views(images, training) for module in self.parts],
        )

    def all_features(self, made: Views, training: bool) -> tuple[Any, list]:
        """Features of the untouched image, if any, and of each view.

        A module that learns from the features of views has all images pass
        the encoder in one call, with the untouched ones first.
        """
        if made.original is not None:
            every = self.encode([made.original, *made.views], training)
            return every[0], every[1:]
        if self.asks("needs_parameters"):
            return None, self.encode(made.views, training)
        return None, self.view_features(made.views, training)

    def view_features(self, views: list, training: bool = False) -> list:
        """Features of each view that the method encodes, in one call."""
        return self.encode(views, training)

    def encode(self, views, training=False):
        """Features of each view, from one call of the encoder.

        Args:
            views: List of `(batch, height, width, channels)` tensors, of one
                shape.
            training: Boolean. In training, batch normalization sees all views
                at once.

        Returns:
            List of `(batch, features)` tensors, one per view.
        """
        check_equal_shapes(views)
        check_input(self.encoder, views[0].shape[1:], "views")
        features = self.pass_through(self.encoder, views, training)
        check_features(features[0])
        return features

    def pass_through(self, network, views, training=False):
        """What a network makes of each view, from one call of it.

        In training with `micro_batch` the views pass in micro-batches.

        Args:
            network: Layer that returns one tensor.
            views: List of tensors of one shape, whose rows are as many for
                each image.
            training: Boolean.

        Returns:
            List of tensors, one per view.
        """
        if training and self.micro_batches > 1:
            return in_micro_batches(network, views, self.micro_batches)
        if len(views) == 1:
            return [network(views[0], training=training)]
        return in_one_call(network, views, training)

    def encode_parts(self, views, training=False):
        """Features of the parts of each image, from one call of the encoder.

        Args:
            views: Pieces `(batch, pieces, height, width, channels)`, or a grid
                of patches `(batch, rows, columns, height, width, channels)`.
            training: Boolean.

        Returns:
            Tensor of features, the last axis in place of height, width and
            channels.
        """
        *parts, height, width, channels = views.shape
        flat = ops.reshape(views, (-1, height, width, channels))
        (features,) = self.encode([flat], training)
        return ops.reshape(features, (-1, *parts[1:], features.shape[-1]))
