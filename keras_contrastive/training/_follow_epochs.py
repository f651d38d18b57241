import keras

from keras_contrastive._check_encoder import check_pixels
from keras_contrastive._copy_layer import has_graph
from keras_contrastive._keras_internals import layers_of
from keras_contrastive.data import Batches
from keras_contrastive.layers._feature_transformation import (
    FeatureTransformation,
)

ENCODERS = ("encoder", "second_encoder")


class FollowEpochs(keras.callbacks.Callback):
    """Tells the data, and layers that wait for an epoch, which one begins.

    The order of the data depends on nothing else.
    """

    async_safe = True

    def __init__(self, data):
        super().__init__()
        self.data = data if isinstance(data, Batches) else None

    def set_model(self, model):
        super().set_model(model)
        self.waiting = [
            layer
            for layer in layers_of(model)
            if isinstance(layer, FeatureTransformation)
        ]

    def on_train_begin(self, logs=None):
        # One with a graph was looked at before; `fit` builds the others,
        # on TensorFlow in its first step.
        parts = [(n, getattr(self.model, n, None)) for n in ENCODERS]
        self.unseen = {
            n: e for n, e in parts if e is not None and not has_graph(e)
        }
        self.look()

    def on_train_batch_end(self, batch, logs=None):
        if self.unseen:
            self.look()

    def look(self):
        for name, encoder in list(self.unseen.items()):
            if encoder.built:
                check_pixels(self.unseen.pop(name), name)

    def on_epoch_begin(self, epoch, logs=None):
        if self.data is not None and self.data.epoch != epoch:
            self.data.seek(epoch)
        for layer in self.waiting:
            layer.epoch.assign(epoch)
