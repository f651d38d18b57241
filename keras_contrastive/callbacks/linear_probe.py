from typing import Any

import keras

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.callbacks._encoder_probe import EncoderProbe
from keras_contrastive.evaluation import Report
from keras_contrastive.evaluation._class_pair import ClassPair
from keras_contrastive.evaluation._linear_probe import linear_report


class LinearProbe(EncoderProbe):
    """Follows the linear probe accuracy of the encoder during training.

    At the end of every `every`-th epoch the features of both sets are
    computed, `kc.evaluation.linear_probe` trains a classifier on them with
    its default settings, and its accuracy goes into the logs, hence into the
    progress bar, `History`, TensorBoard, ... `RidgeProbe` trains nothing and
    takes less time. The training is not affected.

    Args:
        train: Labeled images to train the classifier on. Tuple of arrays
            `(images, labels)`, or an iterable of such batches that can be
            read many times; images `uint8` in 0..255 or float in 0..1, labels
            integer `(batch,)`. Not the very object that `fit` trains on:
            reading `Batches` moves on to their next epoch.
        test: Labeled images to test on, in the same form. To choose anything
            by the curve, take them from the training set, not from the test
            set.
        every: Integer, epochs from one measurement to the next. Defaults to
            every tenth epoch, and the last of each `fit`.
        probe_epochs: Integer, epochs of each classifier over the features.
            Defaults to 90, as in `kc.evaluation.linear_probe`.
        max_overlap: Float in 0..1, share of the images of `test`, or of
            those of `train`, that may be in the other. Defaults to 0.05.
        encoder: `keras.Model` to follow. Defaults to `model.encoder` of the
            model that is trained.
        name: String, key in the logs. Defaults to `"linear_accuracy"`.

    Raises:
        ValueError: If an argument is out of its range; when training starts,
            if labels are missing or there is no encoder; then, or at the
            first measurement for data other than arrays, if `test` has a
            class that `train` lacks or they share more images than allowed.

    Example:

    >>> probe = kc.callbacks.LinearProbe((images, labels), validation, every=10)
    >>> history = model.fit(train, epochs=100, callbacks=[probe])
    >>> history.history["linear_accuracy"]
    """

    @checked
    def __init__(
        self,
        train: Any,
        test: Any,
        *,
        every: int | None = None,
        probe_epochs: int = 90,
        max_overlap: float = 0.05,
        encoder: keras.Model | None = None,
        name: str = "linear_accuracy",
    ) -> None:
        super().__init__(train, test, every, max_overlap, encoder, name)
        check_integer("probe_epochs", probe_epochs, 1)
        self.probe_epochs = probe_epochs

    def evaluate(self, encoder: keras.Model, pair: ClassPair) -> Report:
        return linear_report(
            encoder, pair, epochs=self.probe_epochs, verbose=False
        )
