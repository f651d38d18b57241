import contextlib
import threading

import keras
from keras import ops

from keras_contrastive.views.adapters._adapted_layer import (
    DRAWING,
    REPLAY,
    AdaptedLayer,
)

LOCK = threading.RLock()


class AdaptedKeras(AdaptedLayer):
    """A Keras image layer: `get_random_transformation`, `transform_images`.

    These layers draw through `self.backend.random`. Another module in its place
    makes them draw our numbers, the same on every backend.
    """

    def __init__(self, layer):
        super().__init__(layer, ops)
        # `Equalization` counts the values of all images of a batch together.
        self.mixes = any(
            isinstance(part, keras.layers.Equalization) for part in self.parts
        )
        # On JAX all layers compile; `supports_jit` speaks of TensorFlow.
        self.supports_jit = keras.backend.backend() == "jax" or (
            all(part.supports_jit for part in self.parts) and not self.mixes
        )
        # What XLA cannot compile can rarely be vectorized either.
        alone = self.mixes or not self.supports_jit
        self.map = ops.map if alone else ops.vectorized_map
        self.columns = {}
        self.draw_each = traced_once(self.draw_each)
        self.change_each = traced_once(self.change_each)

    def draw(self, keys, image_shape):
        """Parameters `{name: (batch, ...)}` from int32 keys `(batch, 2)`."""
        if not self.parameters:
            return {}
        image, random = ops.zeros((1, *image_shape)), self.random()
        self.drawn(image, random)
        table = self.table(keys, DRAWING, random.num_columns)
        return self.draw_each(table, image)

    def draw_each(self, table, image):
        return ops.vectorized_map(
            lambda row: self.drawn(image, self.random(row)), table
        )

    def change(self, images, keys, applied, values):
        """Changes images by their keys and parameters."""
        if self.parameters and self.replays_batch:
            return self.replayed(images, applied, values, self.random())
        num_columns = self.count_columns(tuple(images.shape[1:]))
        if not (self.parameters or num_columns or self.mixes):
            return self.call(images)
        table = self.table(keys, REPLAY, num_columns)
        return self.change_each(table, images, applied, values)

    def change_each(self, table, images, applied, values):
        def change_one(rows):
            row, image, applied, values = rows
            values = {name: value[None] for name, value in values.items()}
            random = self.random(row)
            return self.changed(image[None], applied, values, random)[0]

        return self.map(change_one, (table, images, applied, values))

    def count_columns(self, image_shape):
        """Random numbers that the replay of such an image takes."""
        if self.parameters:
            return 0
        if image_shape not in self.columns:
            random = self.random()
            with self.redirected(random):
                self.call(ops.zeros((1, *image_shape)))
            self.columns[image_shape] = random.num_columns
        return self.columns[image_shape]

    def output_shape(self, image_shape):
        return tuple(self.layer.compute_output_shape((1, *image_shape)))[1:]

    def transformation(self, images):
        return self.layer.get_random_transformation(images, training=True)

    def replay(self, images, transformation):
        return self.layer.transform_images(
            images, transformation, training=True
        )

    def call(self, images):
        return self.layer(images, training=True)

    @contextlib.contextmanager
    def redirected(self, random):
        with LOCK:
            backends = [(part, part.backend) for part in self.parts]
            for part, backend in backends:
                part.backend = RedirectedBackend(backend, random)
            try:
                yield
            finally:
                for part, backend in backends:
                    part.backend = backend


class RedirectedBackend:
    """A backend with random functions of our own."""

    def __init__(self, backend, random):
        self.redirected, self.random = backend, random

    def __getattr__(self, name):
        return getattr(self.redirected, name)


def traced_once(function):
    """The function itself; on TensorFlow as a graph for all eager calls."""
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    return tf.function(function, autograph=False)
