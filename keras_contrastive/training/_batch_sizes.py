import dataclasses

import keras

from keras_contrastive.data import Batches
from keras_contrastive.training._first_element import (
    arrays_of,
    is_data_loader,
)


@dataclasses.dataclass(frozen=True)
class Sizes:
    """How images fall into batches.

    Args:
        images: Integer, their number, or that of a batch if it is not known.
        batch: Integer, images of a batch.
        rest: Integer, images of a smaller last batch, 0 if there is none.
    """

    images: int
    batch: int
    rest: int


def sizes_of(x, batch_size=None, batch=None):
    """`Sizes`, or None where they are not known.

    Args:
        x: What `fit` got.
        batch_size: Argument of `fit`.
        batch: First batch of x, or None if it is not known.
    """
    if isinstance(x, Batches):
        return Sizes(x.num_images, x.batch_size, x.partial_batch_size or 0)
    if is_data_loader(x) and x.batch_size and hasattr(x.dataset, "__len__"):
        count, batch_size = len(x.dataset), x.batch_size
        rest = 0 if x.drop_last else count % batch_size
        return Sizes(count, batch_size, rest)
    if arrays := arrays_of(x):
        count = len(arrays[0])
        batch_size = batch_size or 32  # as in Keras
        return Sizes(count, batch_size, count % batch_size)
    if batch is not None and not is_data_loader(x):
        count = len(keras.tree.flatten(batch)[0])
        return Sizes(count, count, 0)
    return None
