import numpy as np
import pytest

from keras_contrastive.views import QuarterTurns
from tests.views.samples import (
    arrays,
    draw_from,
    images,
    replay,
    tensors,
    uniforms,
)

FOUR = tensors({"turns": [0, 1, 2, 3]})


@pytest.mark.parametrize("channels", [1, 3, 4, 13])
def test_turns_by_pixel(channels):
    pixels = images(4, 5, 5, channels)
    found = replay(QuarterTurns(), pixels, FOUR)
    for turns in range(4):
        for i, j in np.ndindex(5, 5):
            # What is seen at (i, j) came from there by one turn clockwise.
            row, column = i, j
            for _ in range(turns):
                row, column = column, 4 - row
            np.testing.assert_array_equal(
                found[turns, i, j], pixels[turns, row, column]
            )
        np.testing.assert_array_equal(
            found[turns], np.rot90(pixels[turns], turns)
        )


def test_bytes():
    pixels = np.arange(64, dtype="uint8").reshape(4, 4, 4, 1)
    found = replay(QuarterTurns(), pixels, FOUR)
    expected = [np.rot90(x, turns) for turns, x in enumerate(pixels)]
    np.testing.assert_allclose(found, np.array(expected) / 255, rtol=1e-6)


def test_draws():
    turn = QuarterTurns(probability=0.6)
    numbers = uniforms(turn, 4000)
    draws = arrays(draw_from(turn, numbers, (5, 5, 3)))
    applied = numbers[:, 0] < 0.6
    np.testing.assert_array_equal(draws["applied"], applied)
    expected = np.where(applied, np.floor(4 * numbers[:, 1]), 0)
    np.testing.assert_array_equal(draws["turns"], expected)
    counts = np.bincount(draws["turns"][applied].astype(int))
    share = applied.sum() / 4
    np.testing.assert_allclose(counts, [share] * 4, atol=5 * share**0.5)
    assert turn.parameter_names == [
        "quarter_turns/applied",
        "quarter_turns/turns",
    ]


def test_identity():
    turn, pixels = QuarterTurns(), images(4, 5, 5)
    found = replay(turn, pixels, turn.identity(4, (5, 5, 3)))
    np.testing.assert_array_equal(found, pixels)


def test_needs_square_images():
    QuarterTurns().check((8, 8, 13))
    message = r"`QuarterTurns` needs square images.*\(8, 9, 3\)"
    with pytest.raises(ValueError, match=message):
        QuarterTurns().check((8, 9, 3))
