import dataclasses
from typing import Any

import numpy as np
from keras import ops

from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._check_tensor import check_tensor
from keras_contrastive._checked import check_fields

# Below every logit and finite in float32.
MASKED = -1e9


# Of the fields of a `Contrast`.
RANKS = {
    "queries": (2,),
    "keys": (2,),
    "candidates": (2, 3),
    "own": (1,),
    "log_noise": (1,),
    "raw_positives": (1,),
}


@dataclasses.dataclass(frozen=True)
class Mixing:
    """Each negative in part replaced by another of the same query.

    Args:
        order: Integers `(number,)`, which negative is mixed into each.
        share: Float tensor `(1, 1)`, what stays of each.

    Example:

    >>> order, share = ops.array([1, 2, 0]), ops.array([[0.7]])
    >>> kc.contrasts.Mixing(order, share)(scores).shape
    (256, 3)
    """

    order: Any
    share: Any

    def __post_init__(self) -> None:
        given = self.order
        take_tensors(self, {"order": (1,), "share": (2,)})
        if isinstance(given, list | tuple | np.ndarray):  # known numbers
            check_order(np.asarray(given))
        if tuple(self.share.shape) != (1, 1):
            raise ValueError(
                "`share` must have shape (1, 1). "
                f"Received: shape {tuple(self.share.shape)}"
            )

    def __call__(self, scores: Any) -> Any:
        check_alike("order", self.order.shape, "scores", scores.shape[1:])
        share = ops.cast(self.share, scores.dtype)
        other = ops.take(scores, self.order, axis=1)
        return share * scores + (1 - share) * other


@dataclasses.dataclass(frozen=True)
class Contrast:
    """What each query is compared with, and which of that is its positive.

    A value of embeddings. Similarities, their scalar products, are computed
    where a loss asks for them: for all queries, or for `rows` of them.

    Args:
        queries: `(queries, units)`, as they are compared: of unit length if
            their similarity is the cosine.
        keys: `(queries, units)`, the positive of each query.
        candidates: `(count, units)`, what every query is compared with;
            `(queries, count, units)`, what each is compared with; or None.
        own: Integers `(queries,)`, where the positive of a query stands among
            the candidates, or None if it does not.
        left_out: Tuple of such integers, further places that do not count.
        temperature: Positive float that divides similarities in the loss.
        negative_temperature: The same for negatives, where theirs differs.
        per_image: Integer, queries of each image, which stand next to each
            other.
        log_noise: `(queries,)`, logit of a candidate that is as likely noise,
            for noise contrastive estimation; see `losses.nce_loss`.
        mixing: How negatives are mixed after they are compared, or None.
        raw_positives: `(queries,)`, similarities of the positives before they
            were transformed, or None if they were not.

    Example:

    >>> contrast = kc.contrasts.in_batch(queries, keys, temperature=0.1)
    >>> kc.losses.softmax_loss(contrast).shape
    (256,)
    """

    queries: Any
    keys: Any
    candidates: Any = None
    own: Any = None
    left_out: tuple = ()
    temperature: float = 1.0
    negative_temperature: float | None = None
    per_image: int = 1
    log_noise: Any = None
    mixing: Mixing | None = None
    raw_positives: Any = None

    def __post_init__(self) -> None:
        check_fields(self)
        check_temperature(self.temperature)
        if self.negative_temperature is not None:
            check_temperature(self.negative_temperature, "negative_temperature")
        take_tensors(self, RANKS)

    def similarities(self) -> tuple[Any, Any]:
        """Positives `(queries,)` and candidates `(queries, columns)`.

        A positive that stands among the candidates is read there: computed
        again it could be rounded differently, and a loss fall below 0.
        """
        if self.candidates is None:
            return self.paired(), None
        if len(self.candidates.shape) == 3:
            products = (self.candidates @ self.queries[:, :, None])[..., 0]
        else:
            # Not `ops.matmul`, which turns float64 into float32 on torch.
            products = self.queries @ ops.transpose(self.candidates)
        if self.mixing is not None:
            products = self.mixing(without(products, self.left_out))
        if self.own is None:
            return self.paired(), products
        is_own = places(products, self.own)
        return ops.sum(ops.where(is_own, products, 0.0), axis=1), products

    def paired(self) -> Any:
        """Similarity of each query with its key, `(queries,)`."""
        return ops.sum(self.queries * self.keys, axis=1)

    def scores(self) -> tuple[Any, Any]:
        """Positives `(queries,)` and negatives alone, `(queries, number)`."""
        positives, products = self.similarities()
        if products is not None:
            products = without(products, self.no_negatives)
        return positives, products

    @property
    def uncounted(self) -> tuple:
        """Places `(queries,)` among the columns that do not count."""
        return () if self.mixing is not None else self.left_out

    @property
    def no_negatives(self) -> tuple:
        """Places `(queries,)` among the columns that hold no negative."""
        own = () if self.own is None else (self.own,)
        return own + self.uncounted

    def rows(self, start: int, stop: int) -> "Contrast":
        """The contrast of some of the queries, which needs less memory.

        Args:
            start: Integer, the first query, a multiple of `per_image`.
            stop: Integer, the first that is left out, likewise.
        """

        def part(tensor):
            return None if tensor is None else tensor[start:stop]

        candidates = self.candidates
        if candidates is not None and len(candidates.shape) == 3:
            candidates = part(candidates)
        return dataclasses.replace(
            self,
            queries=part(self.queries),
            keys=part(self.keys),
            candidates=candidates,
            own=part(self.own),
            left_out=tuple(map(part, self.left_out)),
            log_noise=part(self.log_noise),
            raw_positives=part(self.raw_positives),
        )


def check_order(order: np.ndarray) -> None:
    is_integer = order.dtype.kind in "iu"
    if not is_integer or not ((order >= 0) & (order < len(order))).all():
        raise ValueError(
            "`order` must be integers from 0 to below their number. "
            f"Received: order={order.tolist()}"
        )


def check_alike(name: str, shape: Any, other: str, expected: Any) -> None:
    """Checks those axes that two tensors share and whose lengths are known."""
    lengths = zip(shape, expected, strict=False)
    if any(None not in pair and pair[0] != pair[1] for pair in lengths):
        raise ValueError(
            f"`{name}` must be as long as `{other}`. "
            f"Received: {tuple(shape)} and {tuple(expected)}"
        )


def take_tensors(contrast: Any, ranks: dict[str, tuple]) -> None:
    """Makes tensors of arrays in fields, which must be of these ranks."""
    defaults = type(contrast).__dataclass_fields__
    for name, allowed in ranks.items():
        value = getattr(contrast, name)
        if value is not None or defaults[name].default is not None:
            check_tensor(name, value, *allowed)
            # The way of a frozen data class.
            object.__setattr__(contrast, name, ops.convert_to_tensor(value))


def places(scores: Any, columns: Any) -> Any:
    """Where `(queries, columns)` scores are those in one column per query."""
    every = ops.arange(ops.shape(scores)[1], dtype="int32")[None]
    return every == ops.cast(columns, "int32")[:, None]


def hide(scores: Any, hidden: tuple, value: float = MASKED) -> Any:
    """Scores `(queries, columns)` with another value in some places."""
    for columns in hidden:
        value = ops.cast(value, scores.dtype)
        scores = ops.where(places(scores, columns), value, scores)
    return scores


def without(scores: Any, left_out: tuple) -> Any:
    """Scores `(queries, columns)` without some columns of each row."""
    if not left_out:
        return scores
    columns = ops.arange(ops.shape(scores)[1] - len(left_out), dtype="int32")
    columns = original_columns(columns[None], left_out)
    return ops.take_along_axis(scores, columns, axis=1)


def original_columns(columns: Any, left_out: tuple) -> Any:
    """Where columns stood before some of each row were left out.

    Args:
        columns: Integers `(queries, count)` or `(1, count)`.
        left_out: Tuple of integers `(queries,)`, places that do not count.
    """
    if not left_out:
        return columns
    gaps = ops.stack([ops.cast(gap, "int32") for gap in left_out], axis=1)
    gaps = ops.sort(gaps, axis=1)
    columns = ops.cast(columns, "int32")
    for i in range(len(left_out)):
        columns = columns + ops.cast(columns >= gaps[:, i : i + 1], "int32")
    return columns
