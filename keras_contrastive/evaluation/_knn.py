import dataclasses
import functools
from typing import Any

import keras
import numpy as np

from keras_contrastive._check_class_labels import check_class_labels
from keras_contrastive._check_tensor import check_tensor
from keras_contrastive._checked import checked
from keras_contrastive.data import Batches
from keras_contrastive.evaluation._class_pair import ClassPair, extract_pair
from keras_contrastive.evaluation._classification import classification_report
from keras_contrastive.evaluation._image_classifier import (
    later_classifier,
)
from keras_contrastive.evaluation._vote import (
    check_size,
    check_vote,
    vote,
    vote_head,
)
from keras_contrastive.evaluation.report import Report


@checked
def knn(
    encoder: keras.Model | None,
    train: Any,
    test: Any,
    *,
    k: int | list[int] = 20,
    temperature: float = 0.07,
    max_overlap: float = 0.05,
    verbose: bool = True,
) -> Report:
    """Classifies images by the labels of their nearest neighbors.

    Needs no training: the quickest look at what an encoder has learned. Each
    of the `k` training images that are nearest by cosine similarity votes for
    its class with weight `exp(similarity / temperature)`.

    Args:
        encoder: `keras.Model`, float images in 0..1 to features
            `(batch, dim)`; `None` for raw pixels.
        train: Labeled images to look up. Tuple of arrays `(images, labels)`
            or an iterable of such batches; images `uint8` in 0..255 or float
            in 0..1, labels integer `(batch,)`.
        test: Labeled images to classify, in the same form, none of them in
            `train`.
        k: Integer from 1 to the number of training images, or a list of them,
            all of which vote on the same search. The paper takes 200 of 1.28
            million images. Defaults to 20.
        temperature: Positive float; the lower, the more the nearest count.
            Defaults to 0.07.
        max_overlap: Float in 0..1, share of the images of `test`, or of
            those of `train`, that may be in the other. Defaults to 0.05.
        verbose: Boolean, whether to show a progress bar if it takes more
            than 3 seconds. Defaults to `True`.

    Returns:
        `Report` with the share of `test` classified correctly, `accuracy`,
        the mean of that over classes, `balanced_accuracy`, `recalls` and
        `predictions`. Of several `k` the metrics are `accuracy_k1` and so on,
        the `predictions` `(len(k), num_test)`, and there are no `recalls`.
        Its `model`, for one `k`, is the classifier, with a copy of the
        encoder and the features of all training images: 4 bytes times their
        number and `dim`. Its probabilities are the shares of the votes.

    Raises:
        ValueError: If `k` exceeds the number of training images, labels are
            missing, `test` has a class that `train` lacks, or they share more
            images than allowed.

    Example:

    >>> train, test = keras.datasets.cifar10.load_data()
    >>> train, test = [(x, y[:, 0]) for x, y in (train, test)]
    >>> print(knn(model.encoder, train, test))

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, section 3.4.
    """
    ks = np.atleast_1d(k).tolist()
    check_vote(ks, temperature)
    check_known_size(ks, train)
    pair = extract_pair(
        encoder, train, test, max_overlap=max_overlap, verbose=verbose
    )
    return knn_report(encoder, pair, k, temperature)


def knn_report(
    encoder: keras.Model | None,
    pair: ClassPair,
    k: int | list[int],
    temperature: float,
) -> Report:
    """`knn` of features that `encoder` gave."""
    several = np.ndim(k) > 0
    ks = np.atleast_1d(k).tolist()
    predicted = vote(pair.train, pair.train_labels, pair.test, ks, temperature)
    settings = {"k": ks if several else k, "temperature": temperature}
    head = functools.partial(
        vote_head, pair.train, pair.train_labels, ks[0], temperature
    )
    make_model = later_classifier(encoder, head, pair)
    reports = [
        classification_report(
            "k-NN", pair, each, settings=settings, make_model=make_model
        )
        for each in predicted
    ]
    if not several:
        return reports[0]
    return dataclasses.replace(
        reports[0],
        metrics={
            f"{name}_k{each}": report.metrics[name]
            for name in reports[0].metrics
            for each, report in zip(ks, reports, strict=True)
        },
        recalls={},
        predictions=predicted,
        make_model=None,
    )


@checked
def knn_predict(
    train: Any,
    labels: Any,
    test: Any,
    *,
    k: int = 20,
    temperature: float = 0.07,
) -> np.ndarray:
    """Predicts classes by a weighted vote of the nearest features.

    The vote of `knn`, on features that were computed before. Memory is
    bounded: the features of `test` are compared with those of `train` a chunk
    at a time.

    Args:
        train: Array `(num_train, dim)`, features to look up.
        labels: Integer array `(num_train,)` from 0, their labels. A row with
            -1, which is none, has no vote.
        test: Array `(num_test, dim)`, features to classify.
        k: Integer from 1 to the number of labeled rows. Defaults to 20.
        temperature: Positive float. Defaults to 0.07.

    Returns:
        Array `(num_test,)`, one of `labels` for each row of `test`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> train, labels = [[1.0, 0.0], [0.0, 1.0]], [3, 5]
    >>> knn_predict(train, labels, [[0.9, 0.1]], k=1)
    [3]
    """
    labels = check_class_labels(labels, "labels")
    for name, rows in (("train", train), ("test", test)):
        check_tensor(name, rows)
        if np.ndim(rows) != 2 or not np.isfinite(rows).all():
            raise ValueError(
                f"`{name}` must be features (rows, dim), finite. "
                f"Received: shape {np.shape(rows)}"
            )
    if len(labels) != len(train):
        raise ValueError(
            "`labels` must have one label for each row of `train`. "
            f"Received: {len(labels)} labels and {len(train)} rows"
        )
    known = labels >= 0
    train, labels = np.asarray(train)[known], labels[known]
    (predicted,) = vote(train, labels, test, [k], temperature)
    return predicted


def check_known_size(ks: list[int], train: Any) -> None:
    """Compares k with images not yet read, where their number is known."""
    if isinstance(train, tuple) and train and hasattr(train[0], "__len__"):
        check_size(ks, len(train[0]))
    elif isinstance(train, Batches):
        check_size(ks, train.num_images)
