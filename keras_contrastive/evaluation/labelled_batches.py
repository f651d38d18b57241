import keras
import numpy as np

from keras_contrastive.data.arrays import check_images


class LabelledBatches:
    """Reads `(images, labels)` NumPy batches from any kind of data.

    Args:
        data: Tuple of arrays `(images, labels)`, or an iterable of such
            batches: `Batches`, `tf.data.Dataset`, `PyDataset`, list, ...
            Labels may be missing.
        batch_size: Integer, images a batch. Only arrays are cut by it.

    Yields:
        Tuple of images `(batch, height, width, channels)`, `uint8` in 0..255
        or float in 0..1, and labels, or `None` where there are none.
    """

    def __init__(self, data, batch_size):
        if isinstance(data, tuple):
            data = cut(*data, batch_size)
        elif not hasattr(data, "__iter__") or hasattr(data, "shape"):
            raise ValueError(
                "`data` must be a tuple of arrays (images, labels), or an "
                "iterable of such batches: a dataset of `kc.data`, a "
                "`tf.data.Dataset`, ... "
                f"Received: {type(data).__name__}"
            )
        if is_endless(data):
            raise ValueError(
                "`data` must end: leave out `repeat()`. "
                "Received: a dataset of infinite length"
            )
        self.data = data

    def __iter__(self):
        for batch in self.data:
            images, labels, _ = keras.utils.unpack_x_y_sample_weight(batch)
            if isinstance(images, dict):  # with the index of each image
                images = images["images"]
            images = np.asarray(images)
            check_images(images)
            yield images, None if labels is None else np.asarray(labels)

    def num_batches(self):
        """Returns the number of batches, or `None` where it is unknown."""
        try:
            return len(self.data)
        except TypeError:
            return None


def cut(images, labels, batch_size):
    """Cuts arrays into a list of batches, without copying them."""
    images = np.asarray(images)
    starts = range(0, len(images), batch_size)
    if labels is None:
        return [images[i : i + batch_size] for i in starts]
    labels = np.asarray(labels)
    if len(images) != len(labels):
        raise ValueError(
            "`data` must have one label for each image. "
            f"Received: {len(images)} images and {len(labels)} labels"
        )
    return [
        (images[i : i + batch_size], labels[i : i + batch_size]) for i in starts
    ]


def is_endless(data):
    # -1 is TensorFlow's number for an infinite dataset.
    if hasattr(data, "cardinality"):
        return int(data.cardinality()) == -1
    return isinstance(data, keras.utils.PyDataset) and data.num_batches is None
