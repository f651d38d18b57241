"""Contrasts whose candidates are the other images of the global batch."""

from typing import Any

from keras import ops

from keras_contrastive._check_tensor import check_tensor
from keras_contrastive._checked import checked
from keras_contrastive.contrasts.contrast import Contrast
from keras_contrastive.ops import gather, global_rows, l2_normalize


@checked
def in_batch(queries: Any, keys: Any, *, temperature: float = 1.0) -> Contrast:
    """Each query among the keys of all images of the global batch.

    One direction, with the `N - 1` negatives of the other view alone.

    Args:
        queries: `(batch, units)`, of any length.
        keys: `(batch, units)`, row by row the positives of the queries.
        temperature: Positive float.

    Returns:
        `Contrast` of unit vectors.

    Raises:
        ValueError: For embeddings that are not two equal matrices, or a batch
            of one image.

    Example:

    >>> contrast = kc.contrasts.in_batch(queries, keys, temperature=0.1)

    Reference: van den Oord et al., 2018, https://arxiv.org/abs/1807.03748,
        equation 4, with the similarity of normalized vectors.
    """
    queries, keys = unit_pair(queries=queries, keys=keys)
    check_batch(queries)
    own = global_rows(ops.shape(queries)[0])
    return Contrast(queries, keys, gather(keys), own, temperature=temperature)


class BothDirections(list):
    """Two contrasts, of each view with all projections of a batch.

    Similarities of the second are those of the first, transposed.
    """


@checked
def both_directions(
    z1: Any,
    z2: Any,
    *,
    temperature: float = 1.0,
    negative_temperature: float | None = None,
) -> BothDirections:
    """Each of the `2N` projections of a batch among all others.

    Args:
        z1: `(batch, units)`, projections of the first view, of any length.
        z2: The same of the second view.
        temperature: Positive float.
        negative_temperature: Positive float, or None for the same.

    Returns:
        List of two `Contrast`s of unit vectors: queries of the first view,
        then of the second.

    Raises:
        ValueError: As `in_batch`.

    Example:

    >>> first, second = kc.contrasts.both_directions(z1, z2, temperature=0.5)

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, equation 1.
    """
    z1, z2 = unit_pair(z1=z1, z2=z2)
    check_batch(z1, "`z1` and `z2`")
    all_1, all_2 = gather(z1), gather(z2)
    own = global_rows(ops.shape(z1)[0])
    itself = own + ops.shape(all_1)[0]
    return BothDirections(
        Contrast(
            queries,
            keys,
            ops.concatenate([other_view, same_view], axis=0),
            own,
            (itself,),
            temperature,
            negative_temperature,
        )
        for queries, keys, other_view, same_view in (
            (z1, z2, all_2, all_1),
            (z2, z1, all_1, all_2),
        )
    )


def pairs(queries: Any, keys: Any) -> Contrast:
    """Each query with its key alone, for a loss without negatives.

    Args:
        queries: `(batch, units)`, of any length.
        keys: `(batch, units)`, row by row the positives of the queries.

    Returns:
        `Contrast` of unit vectors.

    Raises:
        ValueError: For embeddings that are not two equal matrices.

    Example:

    >>> kc.contrasts.pairs(predictions, targets)
    """
    queries, keys = unit_pair(queries=queries, keys=keys)
    return Contrast(queries, keys)


def unit_pair(**pair: Any) -> tuple[Any, Any]:
    """Two arguments as unit vectors, if they are embeddings of one shape."""
    for name, value in pair.items():
        check_tensor(name, value)
    first, second = map(ops.convert_to_tensor, pair.values())
    check_pair(first, second, " and ".join(f"`{name}`" for name in pair))
    return l2_normalize(first), l2_normalize(second)


def check_pair(
    first: Any, second: Any, names: str = "`queries` and `keys`"
) -> None:
    """Two embeddings of the same images, row by row."""
    shapes = tuple(first.shape), tuple(second.shape)
    if len(shapes[0]) != 2 or shapes[0] != shapes[1]:
        raise ValueError(
            f"{names} must be projections of the same shape (batch, units). "
            f"Received: shapes {shapes[0]} and {shapes[1]}"
        )


def check_batch(embeddings: Any, names: str = "`queries` and `keys`") -> None:
    """A batch in which each image has another one as its negative."""
    if embeddings.shape[0] == 1:
        raise ValueError(
            f"{names} must have at least 2 rows: one image alone has no "
            f"negatives. Received: shape {tuple(embeddings.shape)}"
        )
