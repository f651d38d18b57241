import numpy as np
import pytest
from keras import ops

from keras_contrastive.ops._random_bits import threefry_2x32, uniform_rows
from tests.ops.one_program import one_program

PI = (0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344)


def words(*values):
    return [np.array(value, "uint32").view("int32") for value in values]


def uniform(seed=1, step=0, rows=8, columns=6):
    rows = np.arange(rows) if np.ndim(rows) == 0 else np.array(rows)
    draw = one_program(
        lambda step, rows: uniform_rows(seed, step, rows, columns)
    )
    return ops.convert_to_numpy(draw(step, rows))


@pytest.mark.parametrize(
    "key, counter, expected",
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((2**32 - 1,) * 2, (2**32 - 1,) * 2, (0x1CB996FC, 0xBB002BE7)),
        (PI[1], PI[0], (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_known_answers(key, counter, expected):
    """The answers that Salmon et al. publish with Random123."""
    found = one_program(threefry_2x32)(words(*key), words(*counter))
    found = [int(ops.convert_to_numpy(word).view("uint32")) for word in found]
    assert found == list(expected)


def test_uniform_rows_are_the_upper_bits_of_threefry():
    # Words of key 0, 0 and counter 0, 0, without their last eight bits.
    found = uniform(seed=0, step=0, rows=1, columns=2)
    np.testing.assert_array_equal(
        found * 2**24, [[0x6B200159 >> 8, 0x99BA4EFE >> 8]]
    )


def test_recorded_numbers():
    """The same on TensorFlow, JAX and torch."""
    found = uniform(seed=123456789, step=7, rows=[0, 1, 1000000], columns=3)
    np.testing.assert_array_equal(
        found * 2**24,
        [
            [2931386, 13294434, 7021111],
            [10963117, 10920083, 15288909],
            [11647974, 4072425, 4904883],
        ],
    )


def test_rows_do_not_depend_on_their_batch():
    everything = uniform(rows=16)
    np.testing.assert_array_equal(uniform(rows=range(4, 8)), everything[4:8])
    np.testing.assert_array_equal(uniform(rows=[9, 2]), everything[[9, 2]])


def test_step_may_be_a_tensor():
    step = ops.convert_to_tensor(3, "int32")
    np.testing.assert_array_equal(uniform(step=step), uniform(step=3))


def test_seed_step_row_and_column_all_count():
    draws = [uniform(), uniform(seed=2), uniform(step=1)]
    # Seed 1 at step 2 must not be seed 2 at step 1.
    draws += [uniform(seed=1, step=2), uniform(seed=2, step=1)]
    numbers = np.concatenate(draws, axis=None)
    assert len(np.unique(numbers)) == len(numbers)


@pytest.mark.parametrize("columns", [1, 2, 7])
def test_number_of_columns(columns):
    found = uniform(rows=5, columns=columns)
    assert found.shape == (5, columns) and found.dtype == "float32"


def test_numbers_are_uniform_and_independent():
    rows = 20000
    numbers = np.concatenate(
        [uniform(rows=rows, columns=5), uniform(step=1, rows=rows, columns=4)],
        axis=1,
    )
    assert numbers.min() >= 0 and numbers.max() < 1
    error = 5 / np.sqrt(rows)
    np.testing.assert_allclose(numbers.mean(0), 1 / 2, atol=error * 0.29)
    np.testing.assert_allclose(numbers.var(0), 1 / 12, atol=error * 0.075)
    counts = [np.histogram(c, 16, (0, 1))[0] for c in numbers.T]
    np.testing.assert_allclose(counts, rows / 16, atol=5 * (rows / 16) ** 0.5)
    # Columns, steps and neighboring rows know nothing of each other.
    both = np.concatenate([numbers[:-1], numbers[1:]], axis=1)
    correlation = np.corrcoef(both, rowvar=False) - np.eye(both.shape[1])
    assert np.abs(correlation).max() < error
