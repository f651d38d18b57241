import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.losses._pairs import (
    batch_scores,
    check_pair,
    same_image,
)
from keras_contrastive.losses._scores import Scores
from keras_contrastive.losses._temperature import check_temperature
from keras_contrastive.ops import gather, l2_normalize
from keras_contrastive.ops._mean import mean


@export
class MIO(keras.losses.Loss):
    """Contrast as binary classification: is this pair one image or two?

    Cross entropy of the logits `cosine / temperature`, with the mean over
    positive pairs and the mean over negative pairs added, so that both weigh
    the same however many negatives there are; plus a regulariser that pulls
    the views of an image together. As in the authors' code, which belongs to
    the first version of the paper: negatives are all pairs of different
    images, in the same view and across views.

    Terms, with `softplus(x) = log(1 + exp x)` and unit vectors `z`:

    * positive: mean of `softplus(-s / positive_temperature)`;
    * negative: mean of `softplus(s / negative_temperature)`;
    * regularizer: mean, over images and features, of `(z1 - z2)^2`.

    Args:
        positive_temperature: Positive float. Defaults to 0.5.
        negative_temperature: Positive float, or None for the same.
        regularizer_weight: Float. Defaults to 1, as in the authors' class and
            notebook; their training script sets 0.
        balance: Boolean. False pools all pairs in one mean, in which the
            positives all but vanish: an early variant of the authors, not the
            method.
        positive_repulsion: Boolean. False leaves only `-s /
            positive_temperature` of the positive term, without the part that
            pushes positives apart: our reading of a sentence in the third
            version's abstract, not that version's loss, which we could not
            check.

    Call arguments:
        y_true, y_pred: Projections `(batch, units)` of the two views.

    Returns:
        With `reduction=None`, float32 `(batch,)`.

    Raises:
        ValueError: For temperatures that are not positive, projections that
            are not two equal matrices, or a batch of one.

    Example:

    >>> loss = keras_contrastive.losses.MIO()
    >>> float(loss(projections_1, projections_2))

    Reference: Manna et al., 2021, https://arxiv.org/abs/2111.12664v1, and the
        release https://github.com/miossl/miossl.
    """

    def __init__(
        self,
        positive_temperature=0.5,
        negative_temperature=None,
        regularizer_weight=1.0,
        balance=True,
        positive_repulsion=True,
        name="mio",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.positive_temperature = check_temperature(positive_temperature)
        if negative_temperature is None:
            negative_temperature = positive_temperature
        self.negative_temperature = check_temperature(negative_temperature)
        self.regularizer_weight = regularizer_weight
        self.balance, self.positive_repulsion = balance, positive_repulsion

    def call(self, y_true, y_pred):
        terms = self.terms(y_true, y_pred)
        total = terms["positive"] + terms["negative"]
        return total + self.regularizer_weight * terms["regularizer"]

    def terms(self, z1, z2):
        """The three terms, each `(batch,)`; the regulariser has no weight."""
        z1, z2 = l2_normalize(z1), l2_normalize(z2)
        check_pair(z1, z2)
        scores = ops.sum(z1 * z2, axis=1) / self.positive_temperature
        attract = ops.softplus(-scores) if self.positive_repulsion else -scores
        repel = self.mean_over_negatives(z1, z2)
        if not self.balance:
            # Each image has two ordered positives and 4 (N - 1) negatives.
            others = 2 * (ops.cast(ops.shape(gather(z1))[0], z1.dtype) - 1)
            attract, repel = attract / (1 + others), repel * others
            repel = repel / (1 + others)
        return {
            "positive": attract,
            "negative": repel,
            "regularizer": mean((z1 - z2) ** 2, axis=1),
        }

    def scores(self, z1, z2):
        """`Scores` of both directions, for `callbacks.ScoreRecorder`.

        Of the released loss; pull without the regulariser's.
        """
        positives, negatives = batch_scores(l2_normalize(z1), l2_normalize(z2))
        others = ops.cast(ops.shape(negatives)[1], positives.dtype)
        tp, tn = self.positive_temperature, self.negative_temperature
        return Scores(
            positives,
            negatives,
            pull=ops.sigmoid(-positives / tp) / tp,
            push=ops.sigmoid(negatives / tn) / (tn * others),
            temperature=tp,
            negative_temperature=tn,
        )

    def mean_over_negatives(self, z1, z2):
        keys = ops.concatenate([gather(z1), gather(z2)], axis=0)
        own = same_image(z1, gather(z1))
        own = ops.concatenate([own, own], axis=1)
        total = 0.0
        for anchors in (z1, z2):
            scores = ops.matmul(anchors, ops.transpose(keys))
            values = ops.softplus(scores / self.negative_temperature)
            total += ops.sum(ops.where(own, 0.0, values), axis=1)
        others = ops.cast(ops.shape(keys)[0] - 2, z1.dtype)
        return total / (2 * others)

    def get_config(self):
        return {
            **super().get_config(),
            "positive_temperature": self.positive_temperature,
            "negative_temperature": self.negative_temperature,
            "regularizer_weight": self.regularizer_weight,
            "balance": self.balance,
            "positive_repulsion": self.positive_repulsion,
        }
