import numpy as np
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive.data import Batches
from keras_contrastive.evaluation._features import check_classes, extract_pair
from keras_contrastive.evaluation._linear_probe import share_right
from keras_contrastive.evaluation.report import Report
from keras_contrastive.losses._temperature import check_temperature
from keras_contrastive.ops import l2_normalize

# Similarities held at a time: 64 MiB in float32.
CHUNK = 2**24


def knn(encoder, bank, queries, k=20, temperature=0.07):
    """Classifies images by the labels of their nearest neighbors.

    Needs no training: the quickest look at what an encoder has learned. Each
    of the `k` images of the bank that are nearest by cosine similarity votes
    for its class with weight `exp(similarity / temperature)`.

    Args:
        encoder: `keras.Model`, float images in 0..1 to features
            `(batch, dim)`; `None` for raw pixels.
        bank: Labeled images to look up, usually the training set. Tuple of
            arrays `(images, labels)` or an iterable of such batches; images
            `uint8` in 0..255 or float in 0..1, labels integer `(batch,)`.
        queries: Labeled images to classify, in the same form. None of them
            should be in the bank.
        k: Integer from 1 to the size of the bank, or a list of them, all of
            which vote on the same search. The paper takes 200 of 1.28 million
            images. Defaults to 20.
        temperature: Positive float; the lower, the more the nearest count.
            Defaults to 0.07.

    Returns:
        `Report` with the share of queries classified right, `accuracy`; of
        several `k`, `accuracy_k1` and so on.

    Raises:
        ValueError: If `k` exceeds the bank, labels are missing, or images of
            `queries` are in `bank`.

    Example:

    >>> bank, queries = keras.datasets.cifar10.load_data()
    >>> bank, queries = [(x, y[:, 0]) for x, y in (bank, queries)]
    >>> print(knn(model.encoder, bank, queries))

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, section 3.4.
    """
    several = np.ndim(k) > 0
    ks = list(k) if several else [k]
    check_vote(ks, temperature)
    check_bank(ks, bank)
    (bank, bank_labels), (queries, labels) = extract_pair(
        encoder, bank, queries, ("bank", "queries")
    )
    check_classes(bank_labels, labels, ("bank", "queries"))
    predicted = vote(bank, bank_labels, queries, ks, temperature)
    shares = [share_right(each, labels) for each in predicted]
    names = [f"accuracy_k{each}" for each in ks] if several else ["accuracy"]
    return Report(
        "k-NN",
        metrics=dict(zip(names, shares, strict=True)),
        settings={
            "k": ks if several else k,
            "temperature": temperature,
            "bank": len(bank),
            "queries": len(queries),
            "dim": bank.shape[1],
        },
    )


def knn_predict(bank, bank_labels, queries, k=20, temperature=0.07):
    """Predicts classes by a weighted vote of the nearest features.

    The vote of `knn`, on features that were computed before. Memory is
    bounded: queries are compared with the bank a chunk at a time.

    Args:
        bank: Array `(num_bank, dim)`, features to look up.
        bank_labels: Integer array `(num_bank,)`.
        queries: Array `(num_queries, dim)`, features to classify.
        k: Integer from 1 to `num_bank`. Defaults to 20.
        temperature: Positive float. Defaults to 0.07.

    Returns:
        Array `(num_queries,)`, a label of the bank for each query.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> bank, labels = [[1.0, 0.0], [0.0, 1.0]], [3, 5]
    >>> knn_predict(bank, labels, [[0.9, 0.1]], k=1)
    [3]
    """
    (predicted,) = vote(bank, bank_labels, queries, [k], temperature)
    return predicted


def vote(bank, bank_labels, queries, ks, temperature):
    """`knn_predict` for each of several k, `(ks, num_queries)`."""
    check_vote(ks, temperature)
    check_size(ks, len(bank))
    if len(bank_labels) != len(bank):
        raise ValueError(
            "`bank_labels` must have one label for each row of `bank`. "
            f"Received: {len(bank_labels)} labels and {len(bank)} rows"
        )
    asked, known = np.shape(queries), np.shape(bank)
    if len(asked) != 2 or not asked[0] or asked[1:] != known[1:]:
        raise ValueError(
            "`queries` must be features (num_queries, dim) like those of "
            f"`bank`. Received: shapes {asked} and {known}"
        )
    classes, codes = np.unique(bank_labels, return_inverse=True)
    bank = ops.transpose(l2_normalize(bank))
    predicted = []
    rows = max(1, CHUNK // len(codes))
    for start in range(0, len(queries), rows):
        chunk = l2_normalize(queries[start : start + rows])
        nearest = ops.top_k(ops.matmul(chunk, bank), max(ks))
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


def check_vote(ks, temperature):
    for k in ks or [ks]:
        check_integer("k", k, 1)
    check_temperature(temperature)


def check_bank(ks, bank):
    """Compares k with images not yet read, where their number is known."""
    if isinstance(bank, tuple):
        check_size(ks, len(bank[0]))
    elif isinstance(bank, Batches):
        check_size(ks, bank.num_images)


def check_size(ks, size):
    if max(ks) > size:
        raise ValueError(
            f"`k` must be at most the number of images in `bank`, {size}. "
            f"Received: k={max(ks)}"
        )
