"""Images, uniform numbers and draws that the tests of views share."""

import functools

import keras
import numpy as np
from keras import ops

from tests.ops.one_program import one_program


def images(count, height, width, channels=3, seed=0):
    """Random float32 images in 0..1, channels last."""
    shape = (count, height, width, channels)
    return np.random.default_rng(seed).random(shape, "float32")


def uniforms(transform, count, seed=0):
    """What `transform.draw` takes for `count` images, from NumPy."""
    shape = (count, transform.num_columns)
    return np.random.default_rng(seed).random(shape, "float32")


def draw(transform, count, image_shape, seed=0):
    return draw_from(transform, uniforms(transform, count, seed), image_shape)


def draw_from(transform, uniforms, image_shape):
    draw = draw_program(transform, image_shape)
    return draw(ops.convert_to_tensor(uniforms))


@functools.cache
def draw_program(transform, image_shape):
    return one_program(lambda uniforms: transform.draw(uniforms, image_shape))


def draw_views(multi_view, count, image_shape, step):
    draw = draw_views_program(multi_view, count, image_shape)
    return draw(ops.convert_to_tensor(step, "int32"))


@functools.cache
def draw_views_program(multi_view, count, image_shape):
    return one_program(lambda step: multi_view.draw(count, image_shape, step))


def arrays(tensors):
    """The same structure, of NumPy arrays."""
    return keras.tree.map_structure(ops.convert_to_numpy, tensors)


def tensors(arrays):
    """The same structure, of float32 tensors."""
    return keras.tree.map_structure(
        lambda x: ops.convert_to_tensor(x, "float32"), arrays
    )


def replay(transform, images, draws):
    return arrays(one_program(transform.replay)(images, draws))
