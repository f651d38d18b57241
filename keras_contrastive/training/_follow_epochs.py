import keras

from keras_contrastive._check_encoder import check_pixels, warn_of_classifier
from keras_contrastive._keras_internals import layers_of
from keras_contrastive.data import Batches
from keras_contrastive.layers._feature_transformation import (
    FeatureTransformation,
)
from keras_contrastive.training._check_length import check_steps
from keras_contrastive.training._check_processes import check_same_seeds

ENCODERS = ("encoder", "second_encoder")


class FollowEpochs(keras.callbacks.Callback):
    """Counts the epochs of a model, and tells data and layers which one begins.

    The order of the data depends on nothing else.

    Args:
        trained: `ContrastiveModel`.
        data: What it trains on.
        is_numbered: Boolean, whether Keras counts from an `initial_epoch` of
            the user's. Otherwise training goes on after `trained_epochs`, as
            they are once callbacks have restored what they saved.
        may_not_end_early: Boolean, see `check_length`.
    """

    async_safe = True

    def __init__(self, trained, data, is_numbered, may_not_end_early=False):
        super().__init__()
        self.trained, self.is_numbered = trained, is_numbered
        self.counted = data if may_not_end_early else None
        self.data = data if isinstance(data, Batches) else None
        # Where the first epoch goes on.
        self.first_batch = 0
        # One with a graph was looked at when the model was made.
        encoders = {name: getattr(trained, name, None) for name in ENCODERS}
        self.unseen = {
            name: encoder
            for name, encoder in encoders.items()
            if encoder is not None and not getattr(encoder, "inputs", None)
        }
        self.waiting = [
            layer
            for layer in layers_of(trained)
            if isinstance(layer, FeatureTransformation)
        ]

    def on_train_begin(self, logs=None):
        check_same_seeds(self.trained)
        self.look()

    # On TensorFlow the first step builds the model. The hook at its end runs
    # in another thread, beside the next step.
    def on_train_batch_begin(self, batch, logs=None):
        self.look()

    def look(self):
        for name, encoder in list(self.unseen.items()):
            if encoder.built:
                check_pixels(self.unseen.pop(name), name)
                warn_of_classifier(encoder, name)

    def on_epoch_begin(self, epoch, logs=None):
        if self.is_numbered:
            self.trained.trained_epochs = epoch
        now = self.trained.trained_epochs
        if self.data is not None:
            if self.first_batch or self.data.epoch != now:
                self.data.seek(now, self.first_batch)
            self.first_batch = 0
        for layer in self.waiting:
            layer.epoch.assign(now)
        self.steps = 0

    def on_train_batch_end(self, batch, logs=None):
        # Keras may call it from several threads, the last batch first.
        self.steps = max(self.steps, batch + 1)

    def on_epoch_end(self, epoch, logs=None):
        if self.counted is not None and not self.trained.stop_training:
            expected = (self.params or {}).get("steps")
            check_steps(self.counted, self.steps, expected)
        self.look()
        self.trained.trained_epochs += 1
