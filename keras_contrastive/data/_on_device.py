import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from keras import tree

from keras_contrastive._checked import checked
from keras_contrastive._processes import num_processes
from keras_contrastive.data._device_batches import DeviceBatches
from keras_contrastive.data._device_images import DeviceImages
from keras_contrastive.data._read_rows import check_form, form_of, read_rows
from keras_contrastive.data.batches import Batches

# Images that are read at once.
BLOCK = 256


@checked
def on_device(data: Any) -> Batches:
    """Puts the images of a data set into the memory of the accelerator.

    They are read once, in blocks, into an array of the host, and as `uint8`
    they go to the first accelerator, or to the CPU where there is none. In
    training a step then sends the numbers of its images, 4 bytes each, and
    labels if there are any; the device gathers the images from its own
    memory. `fit`, `evaluate` and `predict` of any Keras model get tensors of
    the device. A Python loop, and what reads like one, such as a probe, gets
    NumPy arrays: there each batch travels to the host.

    Order, labels and indices are those of `data`, and training ends with the
    same weights, bit for bit; on TensorFlow with `drop_remainder=False` it is
    compiled for batches of known size, which changes rounding. A `Checkpoint`
    of the one goes on with the other. Models and their files hold nothing of
    the images.

    It can save time where a step is shorter than sending its images, with a
    small encoder on a fast device, and where they would be decoded anew in
    each epoch, from a folder. CIFAR-10 takes 154 MB, the unlabelled images of
    STL-10 2.8 GB.

    Under `DataParallel` on JAX the images are on the first device, which
    sends the others their rows. A strategy of `tf.distribute`, and several
    processes, are refused.

    Args:
        data: `Batches` of `uint8` images. To split them by
            `train_test_split`, do so before.

    Returns:
        `Batches`, which begin where `data` would.

    Raises:
        ValueError: If `data` is not `Batches` of `uint8` images of one size,
            if the images do not fit into memory, or if several processes
            train together.

    Example:

    >>> train = kc.data.from_folder("photos", batch_size=128, image_size=96)
    >>> model.fit(kc.data.on_device(train), epochs=100)
    """
    if not isinstance(data, Batches):
        raise ValueError(
            "`data` must be `Batches`, which know their images and come to an "
            "end: of arrays in memory call `kc.data.from_arrays`, of files "
            f"`kc.data.from_folder`. Received: {type(data).__name__}"
        )
    if num_processes() > 1:
        raise ValueError(
            "`on_device` must be left out where several processes train one "
            f"model. Received: {num_processes()} processes"
        )
    images, labels = read_all(data)
    with room_for(images.nbytes):
        source = DeviceImages(images, labels, name=repr(data.source))
    batches = DeviceBatches(
        source,
        data.batch_size,
        shuffle=data.shuffle,
        seed=data.seed,
        drop_remainder=data.drop_remainder,
        labels=data.labels,
        index=data.index,
    )
    batches.class_names = data.class_names
    batches.seek(data.epoch, data._first_batch)
    return batches


def read_all(data: Batches) -> tuple[np.ndarray, Any]:
    """All images, and all labels or `None`."""

    def read(rows):
        return read_rows(
            data.source, rows, data.labels, lambda: data.source.read(rows)
        )

    count = data.num_images
    first, _ = read(np.arange(1))
    if first.dtype != "uint8":
        raise ValueError(
            "`data` must hold `uint8` images, in 0..255, which take a quarter "
            f"of the memory of float32. Received: {first.dtype}"
        )
    with room_for(count * first.nbytes):
        images = np.empty((count, *first.shape[1:]), "uint8")
    labels = []
    for start in range(0, count, BLOCK):
        rows = np.arange(start, min(start + BLOCK, count))
        block, of_block = read(rows)
        check_form(form_of(block), form_of(first))
        images[rows] = block
        labels.append(of_block)
    if not data.labels:
        return images, None
    return images, tree.map_structure(
        lambda *blocks: np.concatenate(blocks), *labels
    )


@contextlib.contextmanager
def room_for(size: int) -> Iterator[None]:
    """Says how many bytes are needed; each framework has its own error."""
    try:
        yield
    except Exception as error:
        raise ValueError(
            "`data` must fit into the memory of the device, and once into that "
            f"of the host: its images take {size:,} bytes. "
            f"Received: {type(error).__name__}: {error}"
        ) from error
