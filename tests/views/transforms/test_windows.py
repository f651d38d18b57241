import numpy as np
from keras import ops

from keras_contrastive.views.multi_view import compiled
from keras_contrastive.views.transforms._windows import windows
from tests.ops.gradient import gradient
from tests.views.samples import arrays, tensors

SHAPE = (2, 3, 7, 9)
TOPS = np.array([[0, 5, 2, 2], [1, 0, 5, 3]])
LEFTS = np.array([[0, 5, 3, 3], [5, 2, 0, 1]])
SIZE = (2, 4)


def cut(planes):
    return windows(planes, *tensors([TOPS, LEFTS]), *SIZE)


def test_windows_by_pixel():
    planes = np.random.default_rng(0).random(SHAPE, "float32")
    found = arrays(cut(ops.convert_to_tensor(planes)))
    assert found.shape == (2, 4, 3, 2, 4)
    for image, window, channel, i, j in np.ndindex(found.shape):
        row, column = TOPS[image, window] + i, LEFTS[image, window] + j
        expected = planes[image, channel, row, column]
        assert found[image, window, channel, i, j] == expected


def count_of_windows():
    """How many windows hold each pixel."""
    count = np.zeros(SHAPE)
    for image, window, i, j in np.ndindex(2, 4, *SIZE):
        row, column = TOPS[image, window] + i, LEFTS[image, window] + j
        count[image, :, row, column] += 1
    return count


def test_gradient_counts_the_windows():
    planes = np.ones(SHAPE, "float32")
    found = gradient(compiled(lambda x: ops.sum(cut(x))), planes)
    np.testing.assert_array_equal(found, count_of_windows())
