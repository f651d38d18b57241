import importlib.util
import os
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from PIL import Image

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.data._arrays import Arrays
from keras_contrastive.data._on_demand import OnDemand, Readers
from keras_contrastive.data._prepare_tfds import (
    ARRAY_RECORD,
    find,
    import_tfds,
    is_random_access,
    prepare,
    random_access_copy,
)
from keras_contrastive.data._resize import height_and_width, resize
from keras_contrastive.data.batches import Batches

MAX_MEMORY = 4 * 2**30


@checked
def load(
    name: str,
    split: str,
    batch_size: int,
    *,
    labels: bool = False,
    index: bool = False,
    shuffle: bool | None = None,
    seed: int = 0,
    drop_remainder: bool | None = None,
    image_size: int | tuple[int, int] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    manual_dir: str | os.PathLike[str] | None = None,
    download: bool = True,
    max_memory: int = MAX_MEMORY,
) -> Batches:
    """Makes batches of any image data set of TensorFlow Datasets (TFDS).

    Downloads and prepares the data set the first time. Images are decoded
    once and kept in memory if they fit into `max_memory`; if not, they are
    read from disk and decoded whenever they are needed.

    Args:
        name: Name in the catalog of TFDS, e.g. `"cifar10"`, with an
            `"image"` feature.
        split: Split of the data set, or a slice of it in the syntax of TFDS:
            `"train"`, `"unlabelled"`, `"train[:20000]"`, `"train[90%:]"`.
        batch_size: Integer of at least 1, see `Batches`.
        labels: Boolean, whether to hand out the `"label"` feature. Defaults to
            `False`.
        index: Boolean, whether to hand out where each image stands in the
            split. Defaults to `False`.
        shuffle: Boolean, whether to draw a new order for every epoch. Defaults
            to `True` without labels and `False` with labels.
        seed: Integer from 0, seed of the order. Defaults to 0.
        drop_remainder: Boolean, whether to leave out the last images of an
            epoch if they do not fill a batch. Defaults to `shuffle`.
        image_size: Integer or `(height, width)`, in pixels: an image keeps its
            aspect ratio, it is resized until it just covers that size, and the
            center is cut out. Needed if images vary in size. Defaults to
            `None`, the size of the images.
        data_dir: Folder of prepared data sets. Defaults to that of TFDS,
            `~/tensorflow_datasets`.
        manual_dir: Folder with files of the data set that were downloaded by
            hand; TFDS checks their contents. Defaults to `None`.
        download: Boolean. With `False` the data set must be in `data_dir`.
            Defaults to `True`.
        max_memory: Integer, bytes of decoded images to keep in memory. With
            more, or with 0, a copy in the array_record format is made in
            `data_dir`, which can be read in any order. Defaults to 4 GiB.

    Returns:
        `Batches` of `uint8` images `(batch, height, width, channels)`.

    Raises:
        ValueError: If the data set is unknown or lacks what is asked for, or
            an argument is out of its range.
        FileNotFoundError: If the data set is neither on disk nor can be
            downloaded.
        ImportError: If a package that TFDS needs is missing.

    Example:

    >>> train = kc.data.load("cifar10", split="train", batch_size=512)
    >>> test = kc.data.load("cifar10", "test", batch_size=500, labels=True)
    """
    size = None if image_size is None else height_and_width(image_size)
    check_integer("batch_size", batch_size, 1)
    check_integer("seed", seed, 0, 2**64 - 1)
    check_integer("max_memory", max_memory, 0, meaning=" bytes")
    builder = find(name, data_dir)
    shape = image_shape(builder, labels, size)
    # Copies in several formats share the original files.
    downloads = builder.data_dir_root / "downloads"
    source: Any = None
    if max_memory:
        prepare(builder, downloads, download, manual_dir)
        examples = in_order(builder, split)
        if len(examples) * np.prod(shape) <= max_memory:
            source = Arrays(
                *decode(examples, shape, labels), name=f"{name} {split}"
            )
    if source is None:
        if not is_random_access(builder):
            builder = random_access_copy(builder, name)
        prepare(builder, downloads, download, manual_dir)
        source = Stored(builder, split, shape, labels)
    batches = Batches(
        source,
        batch_size,
        shuffle=shuffle,
        seed=seed,
        drop_remainder=drop_remainder,
        labels=labels,
        index=index,
    )
    if labels:
        # A label that is no class has no names.
        label = builder.info.features["label"]
        batches.class_names = getattr(label, "names", None)
    return batches


def image_shape(
    builder: Any, labels: bool, size: tuple[int, int] | None
) -> tuple[int, int, int]:
    """Shape of one image as handed out, checked before any download."""
    tfds = import_tfds()
    features = dict(builder.info.features)
    image = features.get("image")
    if not isinstance(image, tfds.features.Image) or image.np_dtype != np.uint8:
        raise ValueError(
            "`name` must be a data set with a uint8 feature 'image'. "
            f"Received: {builder.name} with features {features}"
        )
    if labels and "label" not in features:
        raise ValueError(
            "`labels=True` needs a feature 'label'. "
            f"Received: {builder.name} with features {features}"
        )
    if size:
        return (*size, image.shape[-1])
    if None in image.shape:
        raise ValueError(
            f"The images of {builder.name} vary in size, shape {image.shape}: "
            "pass `image_size`. Received: image_size=None"
        )
    return image.shape


def in_order(builder: Any, split: str) -> Any:
    """Examples of a split, one after the other, always in the same order."""
    if is_random_access(builder):
        return at_random(builder, split)
    tfds = import_tfds()
    data = builder.as_dataset(
        split=split,
        shuffle_files=False,
        read_config=tfds.ReadConfig(
            interleave_cycle_length=1, try_autocache=False
        ),
    )
    return tfds.as_numpy(data)


def at_random(builder: Any, split: str, **kwargs: Any) -> Sequence[Any]:
    """Examples of a split, as a sequence."""
    if importlib.util.find_spec(ARRAY_RECORD) is None:
        raise ImportError(
            "Reading images from disk in any order needs array_record (Linux "
            "only): `pip install array_record`; or raise `max_memory`."
        )
    return builder.as_data_source(split, **kwargs)


class Stored(OnDemand):
    """Source of images that are read from disk whenever they are needed."""

    def __init__(
        self,
        builder: Any,
        split: str,
        shape: tuple[int, int, int],
        labels: bool,
    ) -> None:
        self.builder, self.split = builder, split
        self.shape, self.has_labels = shape, labels
        self.examples = at_random(builder, split)

    def __len__(self) -> int:
        return len(self.examples)

    def __repr__(self) -> str:
        return f"{self.builder.name} {self.split}, images {self.shape} uint8"

    @property
    def labels(self) -> np.ndarray:
        """Of all images, none of which is decoded."""
        skip = {"image": import_tfds().decode.SkipDecoding()}
        examples = at_random(self.builder, self.split, decoders=skip)
        return np.array([example["label"] for example in examples])

    def gather(
        self, indices: np.ndarray, found: list[tuple[np.ndarray, Any]]
    ) -> tuple[np.ndarray, Any]:
        images, labels = zip(*found, strict=True)
        return np.stack(images), np.array(labels) if self.has_labels else None

    def read_one(self, row: int, readers: Readers) -> tuple[np.ndarray, Any]:
        return read_example(self.examples[row], self.shape, self.has_labels)


def decode(
    examples: Any, shape: tuple[int, int, int], labels: bool
) -> tuple[np.ndarray, list[Any] | None]:
    """Returns all images, and all labels or `None`."""
    images = np.empty((len(examples), *shape), "uint8")
    classes = []
    progress = keras.utils.Progbar(
        len(images), verbose=int(len(images) > 10_000), unit_name="image"
    )
    for row, example in enumerate(examples):
        images[row], label = read_example(example, shape, labels)
        classes.append(label)
        if (row + 1) % 100 == 0 or row + 1 == len(images):
            progress.update(row + 1)
    return images, classes if labels else None


def read_example(
    example: dict[str, Any], shape: tuple[int, int, int], labels: bool
) -> tuple[np.ndarray, Any]:
    """Returns the image in the wanted shape, and the label or `None`."""
    image = example["image"]
    if image.shape != shape:
        pixels = image[..., 0] if image.shape[-1] == 1 else image
        image = resize(Image.fromarray(pixels), shape[:2])
    return image, example["label"] if labels else None
