"""The one data object of the package: what every loader returns."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from keras import tree

# Private in Keras, hence imported in this file alone. `fit` takes a
# `DataAdapter` as it is, whereas it reorders a `PyDataset` by Python's global
# random numbers unless the user remembers `shuffle=False`.
from keras.src.trainers.data_adapters.data_adapter import DataAdapter
from keras.src.trainers.data_adapters.data_adapter_utils import (
    get_torch_dataloader,
)

from keras_contrastive.data.check_integer import check_integer


class Batches(DataAdapter):
    """Batches of images in an order that depends on (seed, epoch) alone.

    Goes into `fit`, `evaluate` and `predict` of any Keras model on any
    backend, and into a Python `for` loop, where it yields NumPy arrays. The
    argument `shuffle` of `fit` has no effect on it. Each full pass moves on to
    the next epoch, and `seek` enters any batch of any epoch without reading
    those before it, so a resumed run sees the data of an uninterrupted one.

    An element is `images`; `{"images": images, "index": index}` with
    `index=True`; and the pair `(that, labels)` with `labels=True`.

    Args:
        source: Where images come from: an object with `__len__`, the number
            of images, and `read(indices)`, which returns the pair
            `(images, labels)` for an int64 array of indices: images
            `(batch, height, width, channels)`, `uint8` in 0..255 or float in
            0..1; labels an array or a dictionary of arrays with `batch` rows,
            or `None`.
        batch_size: Integer from 1 to the number of images: images a step,
            over all replicas together.
        shuffle: Boolean, whether to draw a new order for every epoch. Defaults
            to `not labels`: data with labels serves evaluation, where
            predictions must line up with labels.
        seed: Integer from 0 to 2**64 - 1. Defaults to 0.
        drop_remainder: Boolean, whether to leave out the last images of an
            epoch if they do not fill a batch. Defaults to `shuffle`.
        labels: Boolean, whether to hand out labels. Defaults to `False`.
        index: Boolean, whether to hand out where each image stands in
            `source`, int32 `(batch,)`. Defaults to `False`.

    Attributes:
        epoch: Integer, the epoch which the next pass reads.
        num_images: Integer, number of images in the source.

    `len(batches)` is the number of batches in a full epoch. With
    `fit(steps_per_epoch=...)` Keras keeps one pass open over several epochs;
    a `seek` in between takes effect when the next pass opens.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> images = np.zeros((10, 32, 32, 3), "uint8")
    >>> batches = kc.data.from_arrays(images, batch_size=4)
    >>> len(batches), [batch.shape for batch in batches]
    (2, [(4, 32, 32, 3), (4, 32, 32, 3)])
    """

    def __init__(
        self,
        source,
        batch_size,
        *,
        shuffle=None,
        seed=0,
        drop_remainder=None,
        labels=False,
        index=False,
    ):
        self.source = source
        self.num_images = len(source)
        meaning = ", the number of images"
        check_integer("batch_size", batch_size, 1, self.num_images, meaning)
        check_integer("seed", seed, 0, 2**64 - 1)
        self.shuffle = not labels if shuffle is None else bool(shuffle)
        self.drop_remainder = (
            self.shuffle if drop_remainder is None else bool(drop_remainder)
        )
        self.seed = seed
        self.labels = bool(labels)
        self.index = bool(index)
        self._batch_size = batch_size
        self._within_epoch = False
        self.seek(0)

    def seek(self, epoch, batch=0):
        """Makes the next pass read `epoch`, from `batch` to its end.

        Passes after that one read the following epochs, in full. Keras
        expects a full epoch all the same and warns that data ran out where a
        shorter one ends. On TensorFlow outside XLA the step that finds no
        data still moves counters and seeds, so a callback should end such an
        epoch by itself, after its last batch.

        Args:
            epoch: Integer from 0.
            batch: Integer from 0 to `len(self) - 1`. Defaults to 0.

        Raises:
            ValueError: If `epoch` or `batch` is out of its range.
        """
        check_integer("epoch", epoch, 0)
        meaning = ", the last batch of an epoch"
        check_integer("batch", batch, 0, len(self) - 1, meaning)
        self.epoch = epoch
        self._first_batch = batch

    def order(self, epoch):
        """Returns where the images of `epoch` stand in the source, in order.

        Args:
            epoch: Integer from 0.

        Returns:
            int64 array `(num_images,)`, a permutation.
        """
        if not self.shuffle:
            return np.arange(self.num_images)
        # The raw words of Philox are fixed by its definition, whereas NumPy
        # may change `Generator.permutation` from one release to the next.
        key = np.array([self.seed, epoch], "uint64")
        words = np.random.Philox(key=key).random_raw(self.num_images)
        return np.argsort(words, kind="stable")

    def __len__(self):
        if self.drop_remainder:
            return self.num_images // self._batch_size
        return -(-self.num_images // self._batch_size)

    def __iter__(self):
        epoch = self.epoch
        yield from self._read(epoch, self._first_batch)
        self.seek(epoch + 1)

    def to_tf_dataset(self):
        """Returns the batches as a `tf.data.Dataset`, to go on with `map`.

        Each iterator over the data set reads the next epoch, in full; the
        first one reads `self.epoch`. It states its length.

        Returns:
            `tf.data.Dataset` of batches.

        Example:

        >>> views = batches.to_tf_dataset().map(lambda x: (flip(x), crop(x)))
        """
        import tensorflow as tf

        epochs = itertools.count(self.epoch)
        data = self._tf_dataset(lambda: self._read(next(epochs), 0))
        return data.apply(tf.data.experimental.assert_cardinality(len(self)))

    def _read(self, epoch, first_batch):
        """Yields batches of an epoch; a thread reads one batch ahead."""
        order = self.order(epoch)
        size = self._batch_size
        with ThreadPoolExecutor(1) as reader:
            ahead = None
            for batch in range(first_batch, len(self)):
                rows = order[batch * size : (batch + 1) * size]
                current, ahead = ahead, reader.submit(self._element, rows)
                if current:
                    yield current.result()
            yield ahead.result()

    def _element(self, rows):
        x, labels = self.source.read(rows)
        if self.index:
            x = {"images": x, "index": rows.astype("int32")}
        return (x, labels) if self.labels else x

    def _keras_pass(self):
        # A generator: position is read when the first batch is asked for, not
        # when Keras opens the pass, which it does once too often an epoch.
        yield from self._read(self.epoch, self._first_batch)

    def _tf_dataset(self, generator):
        import tensorflow as tf

        size = self._batch_size if not self.has_partial_batch else None
        signature = tree.map_structure(
            lambda array: tf.TensorSpec((size, *array.shape[1:]), array.dtype),
            self._element(np.arange(1)),
        )
        data = tf.data.Dataset.from_generator(
            generator, output_signature=signature
        )
        return data.prefetch(tf.data.AUTOTUNE)

    # What follows is the interface of Keras' trainers.

    def get_numpy_iterator(self):
        return self._keras_pass()

    def get_jax_iterator(self):
        return self._keras_pass()

    def get_torch_dataloader(self):
        return get_torch_dataloader(self._keras_pass())

    def get_tf_dataset(self):
        # No `assert_cardinality`: it would make an error of the shorter epoch
        # that `seek` allows. Keras counts full epochs by `num_batches`.
        return self._tf_dataset(self._keras_pass)

    @property
    def num_batches(self):
        # Keras asks when a run starts and never within an epoch. What was
        # begun before is no epoch: a run that was stopped, or one batch read
        # only to build the model, which Keras also closes by `on_epoch_end`.
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
        rest = self.num_images % self._batch_size
        return rest if rest and not self.drop_remainder else None

    def on_epoch_begin(self):
        self._within_epoch = True

    def on_epoch_end(self):
        # Not counted by batches read: TensorFlow reads ahead, and reads from
        # passes that Keras opens in vain.
        if self._within_epoch:
            self.seek(self.epoch + 1)
        self._within_epoch = False
