"""The one data object of the package: what every loader returns."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive._import_extra import import_extra
from keras_contrastive._processes import own_rows
from keras_contrastive.data._epoch_adapter import EpochAdapter
from keras_contrastive.data._on_demand import Readers, begin_read
from keras_contrastive.data._read_rows import check_form, form_of, read_rows


class Batches(EpochAdapter):
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
            0..1, all of one shape and type; labels an array or a dictionary
            of arrays with `batch` rows, or `None`. An attribute `labels`,
            those of all images, spares `train_test_split` reading the images.
        batch_size: Integer of at least 1, images per step, over all replicas
            together. With `drop_remainder` at most the number of images.
        shuffle: Boolean, whether to draw a new order for every epoch. Defaults
            to `not labels`: data with labels are for evaluation, where
            predictions must be in the order of the labels.
        seed: Integer from 0 to 2**64 - 1. Defaults to 0.
        drop_remainder: Boolean, whether to leave out the last images of an
            epoch if they do not fill a batch. Defaults to `shuffle`.
        labels: Boolean, whether to hand out labels. Defaults to `False`.
        index: Boolean, whether to hand out where each image stands in
            `source`, int32 `(batch,)`. Defaults to `False`.

    Attributes:
        epoch: Integer, the epoch which the next pass reads.
        num_images: Integer, number of images in the source.
        class_names: List of strings, the name of each label; `None` unless
            the loader knows names of the labels that it hands out. May be set.

    `len(batches)` is the number of batches in a full epoch. With
    `fit(steps_per_epoch=...)` Keras keeps one pass open over several epochs;
    a `seek` in between takes effect when the next pass opens.

    Raises:
        ValueError: If an argument is out of its range; while reading, if
            `source` has fewer images than its length, or returns other arrays
            than it should.

    Example:

    >>> images = np.zeros((10, 32, 32, 3), "uint8")
    >>> batches = kc.data.from_arrays(images, batch_size=4)
    >>> len(batches), [batch.shape for batch in batches]
    (2, [(4, 32, 32, 3), (4, 32, 32, 3)])
    """

    @checked
    def __init__(
        self,
        source: Any,
        batch_size: int,
        *,
        shuffle: bool | None = None,
        seed: int = 0,
        drop_remainder: bool | None = None,
        labels: bool = False,
        index: bool = False,
    ) -> None:
        if not (hasattr(source, "__len__") and hasattr(source, "read")):
            raise ValueError(
                "`source` must have `__len__` and `read(indices)`; of images "
                "in memory, call `keras_contrastive.data.from_arrays`. "
                f"Received: {type(source).__name__}"
            )
        self.source = source
        self.num_images = len(source)
        if not self.num_images:
            raise ValueError(
                "`source` must have at least one image. Received: none"
            )
        self.shuffle = not labels if shuffle is None else bool(shuffle)
        self.drop_remainder = (
            self.shuffle if drop_remainder is None else bool(drop_remainder)
        )
        if self.drop_remainder:
            meaning = ", the number of images"
            check_integer("batch_size", batch_size, 1, self.num_images, meaning)
        check_integer("batch_size", batch_size, 1)
        check_integer("seed", seed, 0, 2**64 - 1)
        self.seed = seed
        self.labels = bool(labels)
        self.index = bool(index)
        self.class_names: list[str] | None = None
        self._form: Any = None
        self._batch_size = batch_size
        self.seek(0)

    def seek(self, epoch: int, batch: int = 0) -> None:
        """Makes the next pass read `epoch`, from `batch` to its end.

        Passes after that one read the following epochs, in full. Keras
        expects a full epoch and warns that data ran out at the end of a
        shorter one. On TensorFlow outside XLA the step that finds no data
        still moves counters and seeds, so a callback should end such an epoch
        itself, after its last batch.

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

    def order(self, epoch: int) -> np.ndarray:
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

    def __repr__(self) -> str:
        images = "image" if self.num_images == 1 else "images"
        names = self.class_names
        labels = "labels" if self.labels else "no labels"
        if names:
            dots = ", ..." * (len(names) > 10)
            words = "classes" if len(names) > 1 else "class"
            labels = f"{len(names)} {words} {', '.join(names[:10])}{dots}"
        settings = ", ".join(
            f"{name}={getattr(self, name)}"
            for name in (
                "batch_size",
                "shuffle",
                "seed",
                "drop_remainder",
                "index",
                "epoch",
            )
        )
        return (
            f"<Batches of {self.num_images} {images}: {self.source!r}; "
            f"{labels}; {settings}>"
        )

    def __len__(self) -> int:
        return self.num_images // self._batch_size + self.has_partial_batch

    def __iter__(self) -> Iterator[Any]:
        epoch = self.epoch
        yield from self._read(epoch, self._first_batch)
        self.seek(epoch + 1)

    def to_tf_dataset(self) -> Any:
        """Returns the batches as a `tf.data.Dataset` of known length.

        Each iterator over the data set reads the next epoch, in full; the
        first one reads `self.epoch`.

        Returns:
            `tf.data.Dataset` of batches.

        Raises:
            ImportError: If TensorFlow is missing.

        Example:

        >>> views = batches.to_tf_dataset().map(lambda x: (flip(x), crop(x)))
        """
        tf = import_extra("tensorflow", "tensorflow", "`to_tf_dataset`")
        epochs = itertools.count(self.epoch)
        data = self._tf_dataset(lambda: self._read(next(epochs), 0))
        return data.apply(tf.data.experimental.assert_cardinality(len(self)))

    def _read(
        self, epoch: int, first_batch: int, own: bool = False
    ) -> Iterator[Any]:
        """Yields batches of an epoch; threads read one batch ahead.

        With `own`, of each batch the rows that this process feeds.
        """
        order = self.order(epoch)
        size = self._batch_size
        element = self._element_for_keras if own else self._element
        with ThreadPoolExecutor(1) as reader, Readers() as readers:
            ahead: Any = None
            for batch in range(first_batch, len(self)):
                rows = order[batch * size : (batch + 1) * size]
                rows = rows[: len(rows) - len(rows) % self._devices]
                if own:
                    rows = rows[own_rows(len(rows))]
                current = ahead
                ahead = reader.submit(
                    element, rows, begin_read(self.source, rows, readers)
                )
                if current:
                    yield current.result()
            yield ahead.result()

    def _element(self, rows: np.ndarray, read: Callable[[], Any]) -> Any:
        images, labels = read_rows(self.source, rows, self.labels, read)
        form = form_of((images, labels) if self.labels else images)
        self._form = self._form or form
        check_form(form, self._form)
        return self._with_index(rows, images, labels)

    # What `fit` gets; a subclass may leave images on the device.
    _element_for_keras = _element

    def _with_index(self, rows: np.ndarray, images: Any, labels: Any) -> Any:
        x = images
        if self.index:
            x = {"images": images, "index": rows.astype("int32")}
        return (x, labels) if self.labels else x
