import numpy as np
import pytest

from keras_contrastive.views import Grayscale
from tests.views.samples import (
    arrays,
    draw_from,
    images,
    replay,
    tensors,
    uniforms,
)


def test_gray_by_pixel():
    pixels = images(3, 4, 5)
    draws = tensors({"applied": [1, 0, 1]})
    found = replay(Grayscale(), pixels, draws)
    for image in (0, 2):
        for i, j in np.ndindex(4, 5):
            red, green, blue = pixels[image, i, j].astype("float64")
            gray = 0.2989 * red + 0.587 * green + 0.114 * blue
            np.testing.assert_allclose(found[image, i, j], gray, atol=1e-6)
    np.testing.assert_array_equal(found[1], pixels[1])


def test_draws_hold_who_is_gray():
    gray = Grayscale(probability=0.3)
    numbers = uniforms(gray, 50)
    draws = arrays(draw_from(gray, numbers, (4, 5, 3)))
    assert list(draws) == ["applied"]
    np.testing.assert_array_equal(draws["applied"], numbers[:, 0] < 0.3)


@pytest.mark.parametrize("channels", [1, 4])
def test_needs_three_channels(channels):
    message = rf"`Grayscale` needs.*3 channels.*\(8, 8, {channels}\)"
    with pytest.raises(ValueError, match=message):
        Grayscale().check((8, 8, channels))
