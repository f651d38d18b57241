"""Scores of pairs as they enter a loss, and how hard it pulls each."""

import dataclasses
from typing import Any

from keras import ops

from keras_contrastive.ops import wide_float


@dataclasses.dataclass(frozen=True)
class Scores:
    """What a loss compares in one step, one row a query.

    Terms that no score enters, weights of terms and of samples do not count.

    Args:
        positives: `(queries,)`, score of each query with its positive, before
            the temperature.
        negatives: `(queries, number)`, scores with its negatives, or None for
            a loss without any.
        pull: `(queries,)`, how far the loss of a query falls for each unit
            that the score of its positive rises: `-dL / ds`.
        push: `(queries, number)`, how far it rises with each negative.
        temperature: Float that divides the scores.
        negative_temperature: Float, where negatives have another. Defaults
            to the same.
        raw_positives: `(queries,)`, scores of the positives before features
            were transformed. Defaults to `positives`.

    Example:

    >>> class Alignment(keras_contrastive.ContrastiveModel):
    ...     def scores(self, outputs):
    ...         cosines = ops.sum(outputs["z1"] * outputs["z2"], axis=1)
    ...         return Scores(cosines, pull=ops.ones_like(cosines))
    """

    positives: Any
    negatives: Any = None
    pull: Any = None
    push: Any = None
    temperature: float = 1.0
    negative_temperature: float | None = None
    raw_positives: Any = None


def softmax_loss(positives, negatives, temperature):
    """Cross entropy of each positive among its negatives, `(queries,)`."""
    logits = ops.concatenate([positives[:, None], negatives], axis=1)
    logits = logits / temperature
    return ops.logsumexp(logits, axis=1) - logits[:, 0]


def softmax_scores(positives, negatives, temperature):
    """Scores of a cross entropy over the positive and its negatives.

    With the softmax `p`, the loss falls by `(1 - p_positive) / temperature`
    and rises by `p_negative / temperature`.
    """
    positives, negatives = wide_float(positives), wide_float(negatives)
    logits = ops.concatenate([positives[:, None], negatives], axis=1)
    shares = ops.softmax(logits / temperature, axis=1)
    push = shares[:, 1:] / temperature
    # Not 1 - p, of which nothing is left where p is close to 1.
    return Scores(positives, negatives, ops.sum(push, 1), push, temperature)


def join(parts):
    """The queries of several directions or terms, one after the other."""

    def joined(name):
        arrays = [getattr(part, name) for part in parts]
        return None if arrays[0] is None else ops.concatenate(arrays, axis=0)

    names = ("positives", "negatives", "pull", "push")
    return dataclasses.replace(parts[0], **{n: joined(n) for n in names})
