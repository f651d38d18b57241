import numpy as np
import pytest
from keras import ops

from keras_contrastive.schedules import warmup_cosine

ARGUMENTS = {"num_images": 105, "batch_size": 10, "epochs": 11}


def rate(schedule, step):
    return float(ops.convert_to_numpy(schedule(step)))


def test_warms_up_linearly_then_falls_as_a_cosine():
    schedule = warmup_cosine(2.0, warmup_epochs=1, **ARGUMENTS)
    # 10 steps an epoch: 10 of warm-up, 100 of cosine.
    for step in range(10):
        assert rate(schedule, step) == pytest.approx(2.0 * step / 10)
    for step in range(0, 101, 10):
        expected = 2.0 * (1 + np.cos(np.pi * step / 100)) / 2
        assert rate(schedule, 10 + step) == pytest.approx(expected, abs=1e-6)


def test_without_warm_up_it_starts_at_the_peak():
    schedule = warmup_cosine(2.0, warmup_epochs=0, **ARGUMENTS)
    assert rate(schedule, 0) == pytest.approx(2.0)
    assert rate(schedule, 110) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    "argument, value",
    [
        ("learning_rate", 0),
        ("batch_size", 200),
        ("batch_size", 0),
        ("warmup_epochs", 11),
        ("warmup_epochs", -1),
    ],
)
def test_arguments_are_checked(argument, value):
    arguments = {"learning_rate": 1.0, **ARGUMENTS, argument: value}
    with pytest.raises(ValueError, match=f"`{argument}` must be"):
        warmup_cosine(**arguments)
