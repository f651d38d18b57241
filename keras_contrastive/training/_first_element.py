"""The first element of whatever Keras trains on, as the first step gets it."""

import itertools
import types

import keras

from keras_contrastive._keras_internals import DataAdapter
from keras_contrastive.data import Batches

# Those of torch that count images from 0.
SAMPLERS = ("SequentialSampler", "RandomSampler", "DistributedSampler")


def with_first_element(data):
    """The data, and its first element where looking at it costs nothing.

    A generator gives its element away: another comes back in its place, which
    yields it again.

    Args:
        data: What may be `x` of `fit`.

    Returns:
        The data; and the element, for `keras.utils.unpack_x_y_sample_weight`,
        or None of data that cannot be looked at.

    Raises:
        ValueError: If the data is empty, or nothing that Keras trains on.
    """
    if isinstance(data, types.GeneratorType):
        element = first_of(data)
        check_yielded(element)
        return chained(element, data), element
    if arrays_of(data):
        return data, (keras.tree.map_structure(lambda x: x[:256], data),)
    if isinstance(data, Batches):
        return data, first_of(data)
    if isinstance(data, keras.utils.PyDataset):
        batches = [] if data.num_batches == 0 else [data[0]]
        return data, first_of(batches)
    if is_of(("tensorflow",), data) and hasattr(data, "take"):
        return data, first_of(data.take(1))
    if is_data_loader(data):
        return data, first_of_loader(data)
    # Keras takes these, too.
    is_iterator = hasattr(data, "__next__")
    is_set = is_of(("tensorflow", "grain"), data) and not is_iterator
    if is_set or isinstance(data, DataAdapter):
        return data, None
    raise ValueError(
        "`x` must be an array of images, a tuple of ready views, a generator "
        "of tuples, or a data set: of `keras_contrastive.data`, `tf.data`, "
        "`keras.utils.PyDataset`, grain or a torch `DataLoader`. Stack a list "
        "of pictures of one size by `np.stack([np.asarray(picture) for picture "
        "in pictures])`; read files by `keras_contrastive.data.from_folder`. "
        f"Received: x of type {type(data).__name__}"
    )


def arrays_of(x):
    """The arrays in x, or an empty list if it is something else."""
    parts = keras.tree.flatten(x)
    return parts if all(hasattr(part, "shape") for part in parts) else []


def first_of(data):
    for element in data:
        return element
    raise ValueError(
        "`x` must hold at least one batch; a generator gives each once. "
        "Received: an empty data set"
    )


def chained(element, rest):
    # Keras knows a generator by its type, which `itertools.chain` has not; and
    # `yield from` would close the user's, which a further `fit` may read on.
    yield element
    for element in rest:  # noqa: UP028
        yield element


def check_yielded(element):
    if not isinstance(element, tuple):
        raise ValueError(
            "`x` is a generator and must yield tuples: `yield (images,)` or "
            "`yield (images, labels)`. "
            f"Received: one that yields {type(element).__name__}"
        )


def first_of_loader(loader):
    """A batch of at most 2 images, without workers and random samplers.

    None where a sampler of the user's knows the keys, and of a stream, which
    would lose what it gives.
    """
    data = loader.dataset
    if hasattr(data, "__iter__"):
        if iter(data) is data:
            return None
    elif type(loader.sampler).__name__ not in SAMPLERS:
        return None
    if loader.batch_sampler is None:
        return loader.collate_fn(first_of(data))
    images = list(itertools.islice(iter(data), 2))
    return loader.collate_fn(images or first_of([]))


def is_data_loader(data):
    return any(
        kind.__name__ == "DataLoader" and kind.__module__.startswith("torch.")
        for kind in type(data).__mro__
    )


def is_of(packages, data):
    return any(
        kind.__module__.partition(".")[0] in packages
        for kind in type(data).__mro__
    )
