import json

import numpy as np
import pytest

from keras_contrastive.evaluation import ViewSweep


def sweep(accuracy, values="abcde"):
    accuracy = np.array(accuracy, "float64")
    information = np.linspace(4, 1, accuracy.size).reshape(accuracy.shape)
    return ViewSweep(
        "strength",
        list(values),
        information,
        accuracy,
        np.full(accuracy.shape[1], 0.3),
        {"cap": 5.545},
    )


# Mean 0 and standard deviation 1.
UNIT = np.array([1, 1, -1, -1]) * np.sqrt(3 / 4)
RISE_AND_FALL = [
    [0.50, 0.52, 0.51],
    [0.70, 0.73, 0.70],
    [0.71, 0.72, 0.73],
    [0.60, 0.63, 0.61],
    [0.40, 0.40, 0.41],
]


def test_sweet_spot_and_what_may_be_as_good():
    found = sweep(RISE_AND_FALL)
    assert found.sweet_spot() == ("c", ("b", "c"))
    assert found.is_interior()
    # At the level of noise that is asked for, all are as good.
    assert found.sweet_spot(1000) == ("c", ("a", "e"))
    assert not found.is_interior(1000)


def test_differences_are_those_of_a_seed():
    """Seeds differ more than values do, and all of them agree."""
    base = np.array([[0.2, 0.5, 0.8]])
    found = sweep(base + [[0.0], [0.01], [0.02], [0.01], [0.0]])
    assert found.sweet_spot() == ("c", ("c", "c"))


def test_errors_are_those_of_the_mean():
    """1.5 standard deviations of the differences, 3 errors of their mean."""
    worse = np.array([0.5, 0.5, 0.5, 0.5]) - (0.015 + 0.01 * UNIT)
    found = sweep([worse, [0.5] * 4, worse], "abc")
    assert found.sweet_spot() == ("b", ("b", "b"))
    assert found.sweet_spot(3.1) == ("b", ("a", "c"))


def test_a_value_beyond_a_worse_one_is_not_near_the_best():
    found = sweep([[0.7, 0.9], [0.1, 0.1], [0.8, 0.81], [0.1, 0.1], [0.1, 0.1]])
    assert found.sweet_spot() == ("c", ("c", "c"))


def test_a_maximum_at_an_end_is_not_interior():
    found = sweep(np.array(RISE_AND_FALL)[2:], "cde")
    assert found.sweet_spot() == ("c", ("c", "c"))
    assert not found.is_interior()


def test_a_worse_value_on_the_way_does_not_make_a_maximum_interior():
    found = sweep(
        [[0.9, 0.91], [0.1, 0.1], [0.91, 0.91], [0.1, 0.1], [0.91, 0.9]]
    )
    assert found.sweet_spot() == ("c", ("c", "c"))
    assert not found.is_interior()


def test_values_of_any_kind_go_to_json():
    found = sweep(RISE_AND_FALL, np.arange(5))
    assert json.loads(json.dumps(found.to_dict()))["values"] == [0, 1, 2, 3, 4]


def test_one_seed_tells_nothing_of_the_spread():
    found = sweep(np.array(RISE_AND_FALL)[:, :1])
    assert found.sweet_spot() == ("c", ("a", "e"))
    assert "±" not in str(found)


def test_prints_as_a_table():
    lines = str(sweep(RISE_AND_FALL)).split("\n")
    assert len(lines) == 7
    assert lines[0].split() == ["strength", "I_NCE,", "nats", "accuracy,", "%"]
    assert lines[2].split()[0] == "b"
    assert lines[2].endswith("71.00 ± 1.73")
    assert lines[6].split() == ["untrained", "30.00", "±", "0.00"]


def test_goes_to_json_and_back():
    kept = json.loads(json.dumps(sweep(RISE_AND_FALL).to_dict()))
    assert kept["accuracy"] == RISE_AND_FALL
    assert kept["values"] == list("abcde")
    assert np.shape(kept["mutual_information"]) == (5, 3)
    assert kept["settings"] == {"cap": pytest.approx(5.545)}
