import contextlib
import types

import keras
import numpy as np
from keras import ops

from keras_contrastive.views.adapters._adapted_layer import (
    DRAWING,
    REPLAY,
    AdaptedLayer,
)
from keras_contrastive.views.adapters._keyed_random import DrawsMore, NoRandom
from keras_contrastive.views.adapters._tensorflow_random import (
    TracedRandom,
    redirected,
    refuse_stateful,
)


class AdaptedKerasCV(AdaptedLayer):
    """A keras-cv layer, traced once for each shape of image.

    While it is traced, its `tf.random.Generator` and the functions of
    `tf.random` hand out columns of a table with one row per image, which is
    filled from the keys. On JAX and torch the traced program is called with
    arrays, outside of anything compiled.
    """

    supports_jit = False

    def __init__(self, layer):
        # Both are imported by now: the layer comes from there.
        import tensorflow as tf
        from keras_cv.src.backend.scope import TFDataScope

        self.tf, self.scope, self.programs = tf, TFDataScope, {}
        self.takes_batch = hasattr(layer, "get_random_transformation_batch")
        functions = {"erfinv": tf.math.erfinv, "floor": tf.floor}
        for name in ("cast", "is_tensor", "minimum", "reshape", "where"):
            functions[name] = getattr(tf, name)
        super().__init__(
            layer, types.SimpleNamespace(zeros=tf.zeros, **functions)
        )

    def draw(self, keys, image_shape):
        """Parameters `{name: (batch, ...)}` from int32 keys `(batch, 2)`."""
        if not self.parameters:
            return {}
        program = self.program(self.trace_drawing, image_shape)
        return self.run(program, keys, DRAWING)

    def change(self, images, keys, applied, values):
        """Changes images by their keys and parameters."""
        program = self.program(self.trace_change, tuple(images.shape[1:]))
        return self.run(program, keys, REPLAY, images, applied, values)

    def output_shape(self, image_shape):
        program, _ = self.program(self.trace_change, image_shape)
        shape = tuple(program.structured_outputs.shape[1:])
        if None not in shape:
            return shape
        # Tracing does not tell: try it on two images.
        with self.tf.init_scope():
            keys = np.array([[0, 1], [2, 3]], "int32")
            values = self.draw(keys, image_shape)
            images = self.tf.zeros((2, *image_shape))
            try:
                images = self.change(images, keys, np.ones(2, "f"), values)
            except self.tf.errors.InvalidArgumentError as error:
                raise ValueError(
                    f"`{type(self.layer).__name__}` gives images of different "
                    "sizes, but the views of a batch must be of one size."
                ) from error
        return tuple(images.shape[1:])

    def program(self, trace, image_shape):
        """Traced function, and how many columns of the table it takes."""
        name = (trace.__name__, *image_shape)
        if name not in self.programs:
            with self.tf.init_scope():
                self.programs[name] = trace(image_shape)
        return self.programs[name]

    def trace_drawing(self, image_shape):
        image, used = self.tf.zeros((1, *image_shape)), []

        def draw_one(row):
            random = self.random(row)
            found = self.drawn(image, random)
            used.append(random.num_columns)
            return found

        program = self.traced(
            lambda table: self.tf.vectorized_map(draw_one, table),
            self.tf.TensorSpec((None, None)),
        )
        return program, used[-1]

    def trace_change(self, image_shape):
        names, used = list(self.parameters), []

        def change_one(rows):
            row, image, applied, *values = rows
            values = {
                name: value[None]
                for name, value in zip(names, values, strict=True)
            }
            random = self.random(row)
            changed = self.changed(image[None], applied, values, random)
            used.append(random.num_columns)
            return changed[0]

        def change_each(table, images, applied, values):
            rows = (table, images, applied, *(values[name] for name in names))
            if getattr(self.layer, "auto_vectorize", True):
                return self.tf.vectorized_map(change_one, rows)
            scope = self.tf.compat.v1.get_variable_scope()
            try:
                return self.tf.map_fn(
                    change_one, rows, fn_output_signature=self.tf.float32
                )
            except Exception:
                # Otherwise TensorFlow cannot open a strategy any more.
                scope.set_caching_device(None)
                raise

        def change_all(table, images, applied, values):
            random = NoRandom(self.layer, self.functions)
            return self.changed(images, applied, values, random)

        signature = (
            self.tf.TensorSpec((None, None)),
            self.tf.TensorSpec((None, *image_shape)),
            self.tf.TensorSpec((None,)),
            {
                name: self.tf.TensorSpec(
                    (None,) if length == 1 else (None, length)
                )
                for name, length in self.parameters.items()
            },
        )
        if self.takes_batch and (self.replays_batch or not self.parameters):
            with contextlib.suppress(DrawsMore):
                return self.traced(change_all, *signature), 0
        return self.traced(change_each, *signature), used[-1]

    def traced(self, function, *signature):
        try:
            program = self.tf.function(function, autograph=False)
            program = program.get_concrete_function(*signature)
        except self.tf.errors.OperatorNotAllowedInGraphError:
            # Autograph traces several times longer, and few layers need it.
            program = self.tf.function(function)
            program = program.get_concrete_function(*signature)
        refuse_stateful(self.layer, program)
        return program

    def run(self, program, keys, stream, *tensors):
        program, num_columns = program
        backend = keras.backend.backend()
        if backend == "jax":
            self.refuse_tracers(keys, *tensors[:1])
        table = self.table(keys, stream, num_columns)
        if backend == "tensorflow":
            return program(table, *tensors)
        found = program(
            *keras.tree.map_structure(
                lambda x: self.tf.constant(ops.convert_to_numpy(x)),
                (table, *tensors),
            )
        )
        return keras.tree.map_structure(
            lambda x: ops.convert_to_tensor(x.numpy()), found
        )

    def refuse_tracers(self, *tensors):
        import jax

        if any(isinstance(x, jax.core.Tracer) for x in tensors):
            raise ValueError(
                f"`{type(self.layer).__name__}` of keras-cv runs in TensorFlow "
                "and cannot be part of a model on JAX. Make the views in "
                "the data pipeline with `keras_contrastive.views.to_dataset`, "
                "or take a layer of `keras.layers`."
            )

    def transformation(self, images):
        if not self.takes_batch:
            return self.layer.get_random_transformation(image=images[0])
        return self.layer.get_random_transformation_batch(
            images.shape[0] or self.tf.shape(images)[0], images=images
        )

    def replay(self, images, transformation):
        if self.takes_batch:
            return self.layer.augment_images(
                images, transformations=transformation
            )
        return self.layer.augment_image(
            images[0], transformation=transformation
        )[None]

    def call(self, images):
        if self.takes_batch:
            return self.layer(images)
        return self.layer(images[0])[None]

    def random(self, row=None):
        return TracedRandom(self.layer, self.functions, row)

    @contextlib.contextmanager
    def redirected(self, random):
        # Inside the scope keras-cv computes in TensorFlow on any backend.
        with self.scope(), redirected(self.parts, random):
            yield
