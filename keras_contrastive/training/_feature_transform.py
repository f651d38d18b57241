import keras
from keras import ops
from keras.saving import serialize_keras_object as serialize

from keras_contrastive.layers import (
    NegativeInterpolation,
    PositiveExtrapolation,
)
from keras_contrastive.ops import l2_normalize


class FeatureTransform(keras.layers.Layer):
    """The argument `feature_transform` of a method: what acts before scores.

    Args:
        given: `PositiveExtrapolation`, `NegativeInterpolation`, a list of
            both, or None.
        negatives: Boolean, whether the method has negatives to mix.
    """

    def __init__(self, given, negatives=True):
        super().__init__(dtype="float32")
        given = keras.tree.flatten([] if given is None else given)
        kinds = [PositiveExtrapolation, NegativeInterpolation][: 1 + negatives]
        found = [
            [layer for layer in given if isinstance(layer, kind)]
            for kind in kinds
        ]
        if sum(map(len, found)) < len(given) or max(map(len, found)) > 1:
            names = " and ".join(f"one `{kind.__name__}`" for kind in kinds)
            raise ValueError(
                f"`feature_transform` may hold {names} of "
                "`keras_contrastive.layers`. "
                f"Received: {[type(layer).__name__ for layer in given]}"
            )
        self.given = given
        self.extrapolate = found[0][0] if found[0] else None
        self.interpolate = found[1][0] if negatives and found[1] else None
        # It is never called itself, only its parts are.
        self.built = True

    @property
    def is_given(self):
        return bool(self.given)

    def move_pair(self, queries, keys, training):
        """Unit vectors of positive pairs, moved, and their cosines before."""
        queries, keys = l2_normalize(queries), l2_normalize(keys)
        cosines = ops.sum(queries * keys, axis=1)
        if self.extrapolate is not None:
            queries, keys = self.extrapolate(queries, keys, training=training)
        return queries, keys, cosines

    def move_pairs(self, queries, keys, training):
        """Lists of the three that `move_pair` returns."""
        pairs = zip(queries, keys, strict=True)
        moved = [self.move_pair(*pair, training) for pair in pairs]
        return map(list, zip(*moved, strict=True))

    def mix(self, negatives, training):
        """Unit vectors of the negatives, or mixtures of two of them each."""
        negatives = l2_normalize(negatives)
        if self.interpolate is None:
            return negatives
        return self.interpolate(negatives, training=training)

    def config(self):
        """For the config of the method."""
        return serialize(list(self.given) or None)


def move_predictions(transform, outputs, training):
    """Outputs with predictions and targets of the other view moved apart."""
    if not transform.is_given:
        return outputs
    predictions, targets, cosines = transform.move_pairs(
        outputs["predictions"], outputs["targets"][::-1], training
    )
    return {
        **outputs,
        "predictions": predictions,
        "targets": targets[::-1],
        "cosines": cosines,
    }


def raw_positives(outputs):
    """Cosines of positives before a transform, or None without one."""
    cosines = outputs.get("cosines")
    return None if cosines is None else ops.concatenate(cosines)


def check_sampled(transform, num_negatives):
    if transform.is_given and num_negatives is None:
        raise ValueError(
            "`num_negatives` must be a number, e.g. 4096, with "
            "`feature_transform`: all rows of the bank together always hold "
            "the positive, and mixtures with it. Received: num_negatives=None"
        )
