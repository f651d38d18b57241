"""The weighted vote of the nearest features."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._check_temperature import check_temperature
from keras_contrastive.evaluation._ahead import ahead
from keras_contrastive.evaluation._image_classifier import dense
from keras_contrastive.ops import l2_normalize

# Similarities of a chunk: 64 MiB in float32. Three chunks are under way.
CHUNK = 2**24


def vote(
    train: Any, labels: Any, test: Any, ks: list[int], temperature: float
) -> np.ndarray:
    """`knn_predict` for each of several k, `(ks, num_test)`."""
    check_vote(ks, temperature)
    check_size(ks, len(train))
    asked, known = np.shape(test), np.shape(train)
    if len(asked) != 2 or not asked[0] or asked[1:] != known[1:]:
        raise ValueError(
            "`test` must be features (num_test, dim) like those of `train`. "
            f"Received: shapes {asked} and {known}"
        )
    classes, codes = np.unique(labels, return_inverse=True)
    train = ops.transpose(l2_normalize(train))
    rows = max(1, CHUNK // len(codes))

    def searched() -> Iterator[Any]:
        for start in range(0, len(test), rows):
            chunk = l2_normalize(test[start : start + rows])
            yield ops.top_k(ops.matmul(chunk, train), max(ks))

    predicted = []
    for nearest in ahead(searched()):
        similarities, indices = map(ops.convert_to_numpy, nearest)
        # Relative to the nearest: the same winner, and no overflow.
        weights = np.exp((similarities - similarities[:, :1]) / temperature)
        voters = np.arange(len(indices))[:, None]
        winners = []
        for k in ks:
            votes = np.zeros((len(indices), len(classes)))
            np.add.at(votes, (voters, codes[indices[:, :k]]), weights[:, :k])
            winners.append(classes[votes.argmax(axis=1)])
        predicted.append(winners)
    return np.concatenate(predicted, axis=1)


def vote_head(
    train: np.ndarray,
    labels: np.ndarray,
    k: int,
    temperature: float,
    features: Any,
) -> Any:
    """Shares of the votes for each class, of features."""
    classes, codes = np.unique(labels, return_inverse=True)
    unit = keras.layers.UnitNormalization(dtype="float32")
    bank = ops.convert_to_numpy(l2_normalize(train))
    nearest, rows = ops.top_k(dense(unit(features), bank.T), k)
    code_of = keras.layers.Embedding(
        len(codes), 1, dtype="float32", trainable=False
    )
    voters = code_of(rows)
    code_of.set_weights([codes[:, None]])
    voters = ops.one_hot(ops.cast(voters[..., 0], "int32"), len(classes))
    weights = ops.softmax(nearest / temperature)
    return ops.sum(weights[..., None] * voters, axis=1)


def check_vote(ks: list[Any], temperature: float) -> None:
    for k in ks or [ks]:
        check_integer("k", k, 1)
    check_temperature(temperature)


def check_size(ks: list[int], size: int) -> None:
    if max(ks) > size:
        raise ValueError(
            "`k` must be at most the number of labeled images in `train`, "
            f"{size}. "
            f"Received: k={max(ks)}"
        )
