import math

import keras
from keras import ops

from keras_contrastive._keras_internals import layers_of
from keras_contrastive.ops._random_bits import uniform_rows
from keras_contrastive.views.adapters._keyed_random import KeyedRandom

# The two streams of an image: what is drawn, and what the replay still needs.
DRAWING, REPLAY = 0, 1

# Shapes of two probes: they show which axis is that of the batch, and what
# depends on the size of the image.
PROBES = ((1, 288, 320, 3), (11, 320, 288, 3))


class AdaptedLayer:
    """An image layer of another library, whose random numbers are ours.

    Images are float32, channels last, in the range that the layer wants. The
    adapter of a library derives from it and implements

    * `transformation(images)`: what the layer draws for images;
    * `replay(images, transformation)`: images under what was drawn;
    * `call(images)`: both at once;
    * `redirected(random)`: context in which the layer draws from `random`;
    * `draw`, `change` and `output_shape`, which `Augment` calls.

    Layers of one image at a time take and return batches of one.

    Args:
        layer: The layer, which computes in float32 from now on: under a
            policy of half precision several return NaN.

    Attributes:
        functions: Module or namespace of the library's functions of tensors.
        parameters: Dictionary, name of a drawn parameter that the layer hands
            out to its length for an image. Empty for layers that hand out
            nothing.
        replays_batch: Boolean, whether the layer replays a batch in which
            each image has parameters of its own.
    """

    def __init__(self, layer, functions):
        self.layer, self.functions = layer, functions
        self.parts = layers_of(layer)
        for part in reversed(self.parts):
            part.dtype_policy = "float32"
            # An unbuilt layer is called twice the first time, and draws twice.
            if not part.built:
                part.build(PROBES[0])
        self.parameters, self.replays_batch = compare(
            *(self.handed_out(shape) for shape in PROBES)
        )

    def random(self, row=None):
        return KeyedRandom(self.layer, self.functions, row)

    def table(self, keys, stream, num_columns):
        """Random numbers of the active backend, a row for each key."""
        if not num_columns:
            return ops.cast(keys[:, :0], "float32")
        return uniform_rows(keys[:, :1], keys[:, 1:], [stream], num_columns)

    def handed_out(self, shape):
        """Shapes of what the layer draws for images: `{name: shape}`."""
        random, shapes = self.random(), {}

        def note(name, leaf):
            if self.functions.is_tensor(leaf):
                shapes[name] = tuple(leaf.shape)

        with self.redirected(random):
            transformation = self.transformation(self.functions.zeros(shape))
        map_leaves(note, transformation)
        # What was not drawn is no parameter.
        return shapes if random.num_columns else {}

    def drawn(self, image, random):
        """The parameters of one image, float32: `{name: () or (length,)}`."""
        with self.redirected(random):
            transformation = self.transformation(image)
        found = {}

        def note(name, leaf):
            if name in self.parameters:
                length = self.parameters[name]
                found[name] = self.functions.reshape(
                    self.functions.cast(leaf, "float32"),
                    () if length == 1 else (length,),
                )

        map_leaves(note, transformation)
        return found

    def replayed(self, images, applied, values, random):
        """Images under given parameters, `{name: (batch, ...)}`."""

        def fill(name, leaf):
            if name not in values or not self.functions.is_tensor(leaf):
                return leaf
            # The leaf may lack the batch axis, or share a value on it.
            ones = (1,) * (len(leaf.shape) - 1)
            shape = (-1, *leaf.shape[1:]) if len(leaf.shape) else ()
            value = self.functions.reshape(values[name], shape)
            value = self.functions.cast(
                value, keras.backend.standardize_dtype(leaf.dtype)
            )
            mask = self.functions.reshape(applied, (-1, *ones) if shape else ())
            # Neutral parameters need not be valid ones, unlike the leaf.
            return self.functions.where(mask > 0, value, leaf)

        with self.redirected(self.random()):
            template = self.transformation(images)
        with self.redirected(random):
            return self.replay(images, map_leaves(fill, template))

    def changed(self, image, applied, values, random):
        """A batch of one image, by its parameters as far as they are known."""
        if self.parameters:
            return self.replayed(image, applied, values, random)
        with self.redirected(random):
            return self.call(image)


def compare(one, many):
    """`parameters` and `replays_batch` from what two probes handed out."""
    nothing, lengths, batch = ({}, False), {}, True
    if one.keys() != many.keys():
        return nothing
    for name, shape in one.items():
        if shape == many[name]:
            batch = False
        elif (1, 11) != (*shape[:1], *many[name][:1]):
            return nothing
        elif shape[1:] != many[name][1:]:
            return nothing
        lengths[name] = math.prod(shape)
    return lengths, batch


def map_leaves(function, node, path=()):
    """Rebuilds a structure from `function(name, leaf)`; keeps the order.

    Keras' `tree` sorts dictionaries, and `RandAugment` relies on their order.
    """
    if isinstance(node, dict):
        return {
            key: map_leaves(function, part, (*path, key))
            for key, part in node.items()
        }
    if isinstance(node, (list, tuple)):
        return [
            map_leaves(function, part, (*path, i))
            for i, part in enumerate(node)
        ]
    return function("/".join(map(str, path)) or "value", node)
