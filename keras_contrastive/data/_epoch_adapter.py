import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from keras import tree

from keras_contrastive._keras_internals import (
    DataAdapter,
    get_torch_dataloader,
)


class EpochAdapter(DataAdapter):
    """What the trainers of Keras ask of `Batches`: one epoch after another.

    `Batches` knows the elements and their order; this class knows when Keras
    begins an epoch, when it has ended one, and when it only reads a sample.
    """

    # Devices that share each batch while a model trains.
    _devices = 1
    _within_epoch = False
    _error: Exception | None = None

    def get_numpy_iterator(self):
        return self._keras_pass()

    def get_jax_iterator(self):
        return self._keras_pass()

    def get_torch_dataloader(self):
        import torch

        loader = get_torch_dataloader(self._keras_pass())
        # Each pass draws a number that nothing uses; not from the generator
        # of dropout, whose numbers would then depend on how often it is read.
        loader.generator = torch.Generator()
        return loader

    def get_tf_dataset(self):
        # Without `assert_cardinality`, which would refuse the shorter epoch
        # that `seek` allows. Keras counts full epochs by `num_batches`.
        return self._tf_dataset(self._keras_pass)

    @property
    def num_batches(self):
        # Keras asks for it when a run starts and never within an epoch. What
        # began before is no epoch: a run that was stopped, or one batch read
        # only to build the model, which Keras also ends by `on_epoch_end`.
        self._within_epoch = False
        return len(self)

    @property
    def batch_size(self):
        return self._batch_size

    @property
    def has_partial_batch(self):
        return self.partial_batch_size is not None

    @property
    def partial_batch_size(self):
        if self.drop_remainder:
            return None
        rest = self.num_images % self._batch_size
        return rest - rest % self._devices or None

    @contextlib.contextmanager
    def shared_by(self, devices: int) -> Iterator[None]:
        """Leaves rows of the last batch out that devices could not share."""
        before, self._devices = self._devices, devices
        try:
            yield
        finally:
            self._devices = before

    def on_epoch_begin(self):
        self._within_epoch = True

    def on_epoch_end(self):
        # Batches read are no measure: TensorFlow reads ahead, also from passes
        # that Keras opens and never uses.
        if self._within_epoch:
            self.seek(self.epoch + 1)
        self._within_epoch = False

    def _keras_pass(self) -> Iterator[Any]:
        # A generator takes the position when the first batch is asked for, not
        # when Keras opens the pass: it opens more passes than it reads.
        try:
            yield from self._read(self.epoch, self._first_batch, own=True)
        except Exception as error:
            self._error = error
            raise

    def raise_own(self, error: Exception) -> None:
        """Raises what went wrong in reading if TensorFlow has wrapped it."""
        own, self._error = self._error, None
        if own is not None and own is not error and str(own) in str(error):
            raise own from None

    def _tf_dataset(self, generator: Callable[[], Iterator[Any]]) -> Any:
        import tensorflow as tf

        first = np.arange(1)
        size = self._batch_size if not self.has_partial_batch else None
        signature = tree.map_structure(
            lambda array: tf.TensorSpec((size, *array.shape[1:]), array.dtype),
            self._element(first, lambda: self.source.read(first)),
        )
        data = tf.data.Dataset.from_generator(
            generator, output_signature=signature
        )
        return data.prefetch(tf.data.AUTOTUNE)
