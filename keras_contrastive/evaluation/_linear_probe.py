import functools
import itertools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.evaluation._class_pair import ClassPair, extract_pair
from keras_contrastive.evaluation._classification import classification_report
from keras_contrastive.evaluation._hold_out import hold_out
from keras_contrastive.evaluation._image_classifier import (
    centered,
    dense,
    later_classifier,
)
from keras_contrastive.evaluation._linear_heads import train_heads
from keras_contrastive.evaluation._share_right import share_right
from keras_contrastive.evaluation._standardize import (
    mean_and_deviation,
    standardize,
)
from keras_contrastive.evaluation.report import Report


@checked
def linear_probe(
    encoder: keras.Model | None,
    train: Any,
    test: Any,
    *,
    learning_rate: float | list[float] | None = None,
    weight_decay: float | list[float] = 0.0,
    validation: float = 0.2,
    epochs: int = 90,
    batch_size: int = 512,
    seed: int = 0,
    max_overlap: float = 0.05,
    verbose: bool = True,
) -> Report:
    """Trains a linear classifier on frozen features.

    The features are extracted once, from images as they are. The paper crops
    and flips them at random in every epoch instead, as `linear_evaluation`
    does, which takes as long as training the encoder and scores a little
    differently: say so next to the figures. Its other settings are the
    defaults here: SGD with Nesterov momentum 0.9, learning rate `0.1 *
    batch_size / 256`, 90 epochs, no warm-up and no weight decay; cosine decay
    and logits that start at zero are as in its code. Features are standardized
    by mean and deviation of the training set, so that one learning rate suits
    encoders of any scale.

    Where several learning rates or weight decays are given, all pairs are
    trained at once on one part of the training set, the rest of it chooses the
    best pair, and that pair is trained again on the whole training set. The
    test set chooses nothing, and the accuracy is that of the last epoch.

    Args:
        encoder: `keras.Model`, float images in 0..1 to features
            `(batch, dim)`; `None` for raw pixels.
        train: Labeled images to train on. Tuple of arrays
            `(images, labels)` or an iterable of such batches; images `uint8`
            in 0..255 or float in 0..1, labels integer `(batch,)`.
        test: Labeled images to test on, in the same form, none of them in
            `train`.
        learning_rate: Positive float, at the first step, or a list of them to
            choose from. Defaults to `0.1 * batch_size / 256`.
        weight_decay: Float from 0, or a list of them to choose from. The
            gradient of `weight_decay / 2 * |kernel|^2` is added to that of
            the loss; the bias is left alone. Defaults to 0.
        validation: Float between 0 and 1, share of the training set that
            chooses. Defaults to 0.2.
        epochs: Integer, passes over the features. Defaults to 90.
        batch_size: Integer, features per step. At most the number of training
            images is used. Defaults to 512.
        seed: Integer, seed of the order of the features and of what is held
            out. Defaults to 0.
        max_overlap: Float in 0..1, share of the images of `test`, or of
            those of `train`, that may be in the other. Defaults to 0.05.
        verbose: Boolean, whether to show a progress bar if it takes more
            than 3 seconds. Defaults to `True`.

    Returns:
        `Report` with `accuracy` on `test` and `train_accuracy`, shares of the
        images classified correctly, `balanced_accuracy`, their mean over the
        classes of `test`, `recalls` and `predictions`. Its `tried` holds the
        `validation_accuracy` of each pair, if there are several; 0 where
        training diverged. Its `model` is the classifier of the chosen pair,
        with a copy of the encoder.

    Raises:
        ValueError: If labels are missing, an argument is out of its range,
            `test` has a class that `train` lacks, or they share more images
            than allowed.

    Example:

    >>> report = linear_probe(
    ...     model.encoder,
    ...     (images, labels),
    ...     test,
    ...     learning_rate=[0.02, 0.2, 2.0],
    ...     weight_decay=[0.0, 1e-4],
    ... )
    >>> report.model.save("classifier.keras")

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709,
    appendix B.5, and https://github.com/google-research/simclr.
    """
    check_integer("epochs", epochs, 1)
    check_integer("batch_size", batch_size, 1)
    check_integer("seed", seed, 0)
    rates = np.atleast_1d([] if learning_rate is None else learning_rate)
    decays = np.atleast_1d(weight_decay)
    if learning_rate is not None and (not len(rates) or not rates.min() > 0):
        raise ValueError(
            "`learning_rate` must be positive, or a list of such. "
            f"Received: learning_rate={learning_rate}"
        )
    if not len(decays) or not decays.min() >= 0:
        raise ValueError(
            "`weight_decay` must be 0 or above, or a list of such. "
            f"Received: weight_decay={weight_decay}"
        )
    pair = extract_pair(
        encoder, train, test, max_overlap=max_overlap, verbose=verbose
    )
    return linear_report(
        encoder,
        pair,
        rates,
        decays,
        validation=validation,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        verbose=verbose,
    )


def linear_report(
    encoder: keras.Model | None,
    pair: ClassPair,
    rates: np.ndarray | Sequence[float] = (),
    decays: np.ndarray | Sequence[float] = (0.0,),
    *,
    validation: float = 0.2,
    epochs: int = 90,
    batch_size: int = 512,
    seed: int = 0,
    verbose: bool = True,
) -> Report:
    """`linear_probe` of features that `encoder` gave.

    Without `rates` the default learning rate is taken.
    """
    train, test = pair.train, pair.test
    classes, targets = np.unique(pair.train_labels, return_inverse=True)
    batch_size = min(batch_size, len(train))
    if not len(rates):
        rates = [0.1 * batch_size / 256]
    settings: dict[str, Any] = {
        "epochs": epochs,
        "batch_size": batch_size,
        "seed": seed,
        "verbose": verbose,
    }
    candidates = list(itertools.product(map(float, rates), map(float, decays)))
    kept, held = hold_out(len(train), validation, seed)
    tried = []
    if len(candidates) > 1:
        fitted, chooses = standardize(train[kept], train[held])
        heads = train_heads(fitted, targets[kept], candidates, **settings)
        shares = (heads.predict(chooses) == targets[held]).mean(axis=1)
        shares *= np.isfinite(heads.kernels).all(axis=(1, 2))
        tried = [
            {
                "learning_rate": rate,
                "weight_decay": decay,
                "validation_accuracy": float(share),
            }
            for (rate, decay), share in zip(candidates, shares, strict=True)
        ]
        candidates = [candidates[shares.argmax()]]
    mean, deviation = mean_and_deviation(train)
    fitted, tested = ((each - mean) / deviation for each in (train, test))
    head = train_heads(fitted, targets, candidates, **settings)
    if not np.isfinite(head.kernels).all():
        raise ValueError(
            "`learning_rate` must be lower: the classifier has diverged. "
            f"Received: learning_rate={candidates[0][0]}"
        )
    chosen = functools.partial(
        softmax_head, mean, head.kernels[0] / deviation[:, None], head.biases[0]
    )
    return classification_report(
        "linear probe",
        pair,
        classes[head.predict(tested)[0]],
        metrics={
            "train_accuracy": share_right(head.predict(fitted)[0], targets),
        },
        settings={
            "epochs": epochs,
            "batch_size": batch_size,
            "learning_rate": candidates[0][0],
            "weight_decay": candidates[0][1],
            "seed": seed,
        },
        make_model=later_classifier(encoder, chosen, pair),
        tried=tried,
    )


def softmax_head(
    mean: np.ndarray, kernel: np.ndarray, bias: np.ndarray, features: Any
) -> Any:
    """Probabilities of features."""
    logits = dense(centered(features, mean), kernel, bias)
    return keras.layers.Softmax(dtype="float32")(logits)
