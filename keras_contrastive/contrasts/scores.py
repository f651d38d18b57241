import dataclasses
from collections.abc import Callable
from typing import Any

from keras import ops

from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._checked import check_fields
from keras_contrastive.contrasts.contrast import (
    Contrast,
    check_alike,
    take_tensors,
)

# Of the fields of `Scores`.
RANKS = {
    "positives": (1,),
    "negatives": (2,),
    "pull": (1,),
    "push": (2,),
    "raw_positives": (1,),
}


@dataclasses.dataclass(frozen=True)
class Scores:
    """Similarities that a loss compares in one step, one row per query.

    What a record of training reads of contrasts. Terms that no similarity
    enters, weights of terms and of samples do not count.

    Args:
        positives: `(queries,)`, similarity of each query with its positive,
            before the temperature.
        negatives: `(queries, number)`, with its negatives, or None for a loss
            without any.
        pull: `(queries,)`, how far the loss of a query falls for each unit
            that the similarity of its positive rises: `-dL / ds`.
        push: `(queries, number)`, how far it rises with each negative.
        temperature: Float that divides the similarities.
        negative_temperature: Float, where negatives have another. Defaults
            to the same.
        raw_positives: `(queries,)`, similarities of the positives before
            features were transformed. Defaults to `positives`.

    Example:

    >>> scores = model.scores(model(images, training=False))
    >>> scores.negatives.shape
    (512, 510)
    """

    positives: Any
    negatives: Any = None
    pull: Any = None
    push: Any = None
    temperature: float = 1.0
    negative_temperature: float | None = None
    raw_positives: Any = None

    def __post_init__(self) -> None:
        check_fields(self)
        check_temperature(self.temperature)
        take_tensors(self, RANKS)
        for name, value in vars(self).items():
            if name in RANKS and value is not None:
                other = "negatives" if name == "push" else "positives"
                expected = getattr(self, other)
                if expected is not None:
                    check_alike(name, value.shape, other, expected.shape)


def read_scores(contrasts: list[Contrast], slopes: Callable) -> Scores:
    """Scores of several contrasts, the queries of one after the other.

    Args:
        contrasts: Contrasts of one loss.
        slopes: Its derivative, as in `losses.PairLoss`.
    """
    rows = []
    for contrast in contrasts:
        positives, negatives = contrast.scores()
        pull, push = slopes(contrast, positives, negatives)
        raw = contrast.raw_positives
        raw = positives if raw is None else raw
        rows.append((positives, negatives, pull, push, raw))
    positives, negatives, pull, push, raw = (
        None if column[0] is None else ops.concatenate(column, axis=0)
        for column in zip(*rows, strict=True)
    )
    first = contrasts[0]
    return Scores(
        positives,
        negatives,
        pull,
        push,
        first.temperature,
        first.negative_temperature,
        raw,
    )
