from typing import Any

import keras

from keras_contrastive._check_integer import check_integer
from keras_contrastive.callbacks._shared_pair import (
    forget_pairs,
    shared_pair,
)
from keras_contrastive.callbacks._trained_epochs import trained_epochs
from keras_contrastive.evaluation import Report
from keras_contrastive.evaluation._class_batches import with_labels
from keras_contrastive.evaluation._class_pair import ClassPair, check_pair
from keras_contrastive.evaluation._features import extract_features
from keras_contrastive.evaluation._labeled_batches import LabeledBatches
from keras_contrastive.evaluation._overlap import check_max_overlap
from keras_contrastive.training._callback_order import LogWriter
from keras_contrastive.training._state import kept_random_state

EVERY = 10


class EncoderProbe(LogWriter):
    """Logs the accuracy of the encoder at the end of some epochs.

    A subclass says in `evaluate` which evaluation gives it. Probes of the
    same encoder and the same objects `train` and `test` share the features of
    an epoch. The two sets are compared once in a `fit`.

    Args:
        train: Labeled data to learn from.
        test: Labeled data to test on.
        every: Integer, epochs from one measurement to the next, or None for
            `EVERY` and the last of a `fit`.
        max_overlap: Float in 0..1, share of either set that may be in the
            other.
        encoder: `keras.Model` to follow, or None for `model.encoder`.
        name: String, key in the logs.
    """

    def __init__(
        self,
        train: Any,
        test: Any,
        every: int | None,
        max_overlap: float,
        encoder: keras.Model | None,
        name: str,
    ) -> None:
        super().__init__()
        if every is not None:
            check_integer("every", every, 1, meaning=" epochs")
        check_max_overlap(max_overlap)
        for argument, data in (("train", train), ("test", test)):
            if hasattr(data, "__next__"):
                raise ValueError(
                    f"`{argument}` is read many times: pass arrays or a data "
                    f"set, not an iterator. Received: {type(data).__name__}"
                )
        self.train, self.test, self.every = train, test, every
        self.max_overlap = max_overlap
        self.encoder, self.name = encoder, name

    def evaluate(self, encoder: keras.Model, pair: ClassPair) -> Report:
        raise NotImplementedError

    def on_train_begin(self, logs: Any = None) -> None:
        # Now, so that few mistakes come to light an epoch later.
        for argument, data in (("train", self.train), ("test", self.test)):
            batches = LabeledBatches(data, 256, argument)
            images, labels = next(iter(batches))
            with kept_random_state():
                extract_features(self.followed(), [images], verbose=False)
            with_labels(labels, argument)
        self.tolerated = self.max_overlap
        if isinstance(self.train, tuple) and isinstance(self.test, tuple):
            check_pair(self.train, self.test, max_overlap=self.max_overlap)
            self.tolerated = 1.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        forget_pairs(self.followed())

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if not self.is_due(epoch):
            return
        encoder = self.followed()
        with kept_random_state():
            pair = shared_pair(encoder, self.train, self.test, self.tolerated)
            self.tolerated = 1.0
            logs[self.name] = self.evaluate(encoder, pair).accuracy

    def on_train_end(self, logs: Any = None) -> None:
        forget_pairs(self.followed())

    def is_due(self, epoch: int) -> bool:
        is_last = epoch + 1 == self.params.get("epochs")
        if self.every is None and is_last:
            return True
        return trained_epochs(self.model, epoch) % (self.every or EVERY) == 0

    # Nothing of one measurement enters the next.
    def get_state(self) -> dict[str, Any]:
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        pass

    def followed(self) -> keras.Model:
        model = self.model  # on JAX, brings the weights up to date
        encoder = self.encoder
        if encoder is None:
            encoder = getattr(model, "encoder", None)
        if encoder is None:
            raise ValueError(
                "`encoder` must be given where the model that is trained has "
                f"no attribute `encoder`. Received: {type(model).__name__}"
            )
        return encoder
