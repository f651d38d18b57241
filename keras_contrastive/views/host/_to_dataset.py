import copy
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive._import_extra import import_extra
from keras_contrastive.data import Batches
from keras_contrastive.views.multi_view import MultiView
from keras_contrastive.views.pipeline import Pipeline


@checked
def to_dataset(
    views: MultiView | Pipeline,
    dataset: Any,
    *,
    initial_epoch: int = 0,
    num_parallel_calls: int | None = None,
    return_parameters: bool = False,
) -> Any:
    """Makes views on the host, in `tf.data`, while the model trains.

    This is for layers that cannot run inside a model, such as those of
    keras-cv on JAX. The model gets `views=None`.

    The views are those that the same `MultiView` makes inside a model, at step
    `epoch * len(dataset) + batch + 1`. They do not depend on
    `num_parallel_calls` or on the number of devices. A pass that reads the
    data set to its last batch ends an epoch; the next pass gets new views. A
    pass that stops earlier does not count.

    Args:
        views: `MultiView`, or a `Pipeline` for one view.
        dataset: `tf.data.Dataset` of batches that knows its length, or what
            the loaders in `keras_contrastive.data` return. An element is
            `images` or `{"images": images, ...}`, alone or in a tuple with
            labels; images are `(batch, height, width, channels)`, `uint8` in
            0..255 or float in 0..1.
        initial_epoch: Integer, the epoch of the first pass, for a training
            that is resumed. Batches of this package are read in the order of
            that epoch, too. Defaults to 0.
        num_parallel_calls: Integer, batches that are worked on at a time.
            Defaults to `tf.data.AUTOTUNE`.
        return_parameters: Boolean, also return the drawn parameters.

    Returns:
        `tf.data.Dataset` of tuples `(x, labels)`, or `(x,)` without labels. x
        is the tuple of the views; with `return_parameters` the pair of that
        tuple and the tuple of the parameters, `(batch, parameters)` for each
        view. Where images came in a dictionary, x is that dictionary, with the
        views as its `"images"` and the parameters as `"parameters"`.

    Raises:
        ImportError: Without TensorFlow, on any backend.
        ValueError: For a data set of unknown length or of other elements.

    Example:

    >>> data = keras_contrastive.data.shapes(num_images=512, batch_size=64)
    >>> views = keras_contrastive.views.simclr(image_size=32)
    >>> train = keras_contrastive.views.to_dataset(views, data)
    >>> model = keras_contrastive.SimCLR(encoder, views=None)
    >>> history = model.fit(train, epochs=10)
    """
    tf = import_extra("tensorflow", "tensorflow", "`to_dataset`")
    if isinstance(views, Pipeline):
        views = MultiView([views])
    if not isinstance(views, MultiView):
        raise ValueError(
            "`views` must be a `keras_contrastive.views.MultiView` or a "
            f"`Pipeline`. Received: views={views}"
        )
    check_integer("initial_epoch", initial_epoch, 0)
    read, spec, length = source_of(dataset)
    images = images_of(spec)
    views.check(images)
    make = maker(views, images)
    epochs = Epochs(initial_epoch, length)

    def one_pass(epoch):
        return read(epoch).enumerate(epoch * length + 1)

    def work(step, element):
        made, parameters = make(images_of(element), tf.cast(step, "int32"))
        parameters = parameters if return_parameters else None
        return step, with_views(element, made, parameters)

    def count(step, element):
        # After all that runs ahead: the model has asked for this batch.
        tf.numpy_function(epochs.read_to, [step], [])
        return element

    data = tf.data.Dataset.from_tensors(0)
    data = data.map(lambda _: tf.numpy_function(epochs.now, [], tf.int64))
    data = data.flat_map(one_pass)
    data = data.map(
        work, num_parallel_calls or tf.data.AUTOTUNE, deterministic=True
    )
    data = data.prefetch(tf.data.AUTOTUNE).map(count)
    return data.apply(tf.data.experimental.assert_cardinality(length))


class Epochs:
    """Counts the passes that were read to their end."""

    def __init__(self, epoch, length):
        self.epoch, self.length = epoch, length

    def now(self):
        return np.int64(self.epoch)

    def read_to(self, step):
        if step % self.length == 0:
            self.epoch = int(step) // self.length


def source_of(dataset):
    """A function of the epoch that reads it, its elements, its length."""
    import tensorflow as tf

    if isinstance(dataset, Batches):
        return batches_source(dataset)
    if not isinstance(dataset, tf.data.Dataset):
        raise ValueError(
            "`dataset` must be a `tf.data.Dataset` of batches or come from "
            f"`keras_contrastive.data`. Received: dataset={dataset}"
        )
    length = int(dataset.cardinality())
    if length < 1:
        raise ValueError(
            "`dataset` must know its length, as views depend on the epoch: "
            "leave out `repeat()`, or state the number of batches by "
            "`dataset.apply(tf.data.experimental.assert_cardinality(n))`. "
            f"Received: cardinality {length}"
        )
    return lambda epoch: dataset, dataset.element_spec, length


def batches_source(batches):
    import tensorflow as tf

    def generate(epoch):
        own = copy.copy(batches)  # The user's own is left as it is.
        own.seek(int(epoch))
        yield from own

    spec = keras.tree.map_structure(
        lambda array: tf.TensorSpec((None, *array.shape[1:]), array.dtype),
        next(generate(batches.epoch)),
    )

    def read(epoch):
        return tf.data.Dataset.from_generator(
            generate, args=[epoch], output_signature=spec
        )

    return read, spec, len(batches)


def images_of(element):
    x = element[0] if isinstance(element, tuple) else element
    if isinstance(x, dict) and "images" in x:
        x = x["images"]
    if not hasattr(x, "shape"):
        raise ValueError(
            '`dataset` must give `images` or `{"images": images, ...}`, alone '
            f"or in a tuple with labels. Received: elements {element}"
        )
    return x


def with_views(element, made, parameters):
    """The element with views, and parameters if any, in place of images."""
    x, *labels = element if isinstance(element, tuple) else (element,)
    if isinstance(x, dict):
        x = {**x, "images": made}
        if parameters is not None:
            x["parameters"] = parameters
    else:
        x = made if parameters is None else (made, parameters)
    return (x, *labels)


def maker(views, images):
    """A function of images and a step, in TensorFlow on any backend."""
    import tensorflow as tf

    specs = views.compute_output_spec(
        keras.KerasTensor(tuple(images.shape)), return_parameters=True
    )
    on_host = host_function(views, images)

    def make(images, step):
        flat = keras.tree.flatten(specs)
        made = tf.numpy_function(
            on_host, [images, step], len(flat) * [tf.float32]
        )
        for tensor, spec in zip(made, flat, strict=True):
            tensor.set_shape((images.shape[0], *spec.shape[1:]))
        count = len(specs[0])
        return tuple(made[:count]), tuple(made[count:])

    return make


def host_function(views, images):
    """A function of arrays of images and a step that runs on the CPU.

    It is called from `tf.data` and compiled here: as a part of the graph of
    the data set it would be instantiated anew for every pass.
    """

    def make(images, step):
        draws = views.draw(ops.shape(images)[0], images.shape[1:], step)
        return [*views.replay(images, draws), *views.encode(draws)]

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        step = tf.TensorSpec((), "int32")
        make = tf.function(make, [images, step], autograph=False)
    elif backend == "jax":
        import jax

        if all(pipeline.supports_jit for pipeline in views.pipelines):
            make = jax.jit(make)

    def on_host(images, step):
        with keras.device("cpu:0"):
            made = make(ops.convert_to_tensor(images), step)
            return [ops.convert_to_numpy(x) for x in made]

    return on_host
