import itertools

import keras

from keras_contrastive._check_integer import check_integer
from keras_contrastive.evaluation._features import check_classes, extract_pair
from keras_contrastive.evaluation._labeled_batches import LabeledBatches


class EncoderProbe(keras.callbacks.Callback):
    """Logs the accuracy of the encoder at the end of every few epochs.

    A subclass says in `score` how a training and a test set give it.

    Args:
        data: Dictionary of two labeled sets by the name of their argument,
            first the one to learn from.
        every: Integer, epochs from one measurement to the next.
        encoder: `keras.Model` to follow, or None for `model.encoder`.
        name: String, key in the logs.
    """

    def __init__(self, data, every, encoder, name):
        super().__init__()
        check_integer("every", every, 1, meaning=" epochs")
        for argument, batches in data.items():
            if hasattr(batches, "__next__"):
                raise ValueError(
                    f"`{argument}` is read many times: pass arrays or a data "
                    f"set, not an iterator. Received: {type(batches).__name__}"
                )
        self.data, self.every = data, every
        self.encoder, self.name = encoder, name

    def score(self, learned, tested):
        """Accuracy, from two tuples of features and labels."""
        raise NotImplementedError

    def on_train_begin(self, logs=None):
        # One batch now, so that few mistakes come to light an epoch later.
        self.features(*(first_batch(*item) for item in self.data.items()))
        if all(isinstance(data, tuple) for data in self.data.values()):
            self.check_classes(*(labels for _, labels in self.data.values()))

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            pair = self.features(*self.data.values())
            self.check_classes(*(labels for _, labels in pair))
            logs[self.name] = self.score(*pair)

    def check_classes(self, learned, tested):
        check_classes(learned, tested, tuple(self.data))

    def features(self, learned, tested):
        model = self.model  # on JAX, brings the weights up to date
        encoder = self.encoder
        if encoder is None:
            encoder = getattr(model, "encoder", None)
        if encoder is None:
            raise ValueError(
                "`encoder` must be given where the model that is trained has "
                f"no attribute `encoder`. Received: {type(model).__name__}"
            )
        # The epoch's own progress bar is on the screen.
        return extract_pair(encoder, learned, tested, tuple(self.data), False)


def first_batch(argument, data):
    return list(itertools.islice(LabeledBatches(data, 256, argument), 1))
