"""Whatever comes for an argument: success, or an error that names it.

`python -m tests.fuzz 2000` makes more calls and tells how they ended.
"""

import inspect

import hypothesis
import numpy as np
import pytest

import keras_contrastive as kc
from tests.fuzz import odd, outcome, valid
from tests.recipes.narrow import RECIPES

NOT_CALLED = {
    "losses.ContrastLoss",  # has no arguments of its own
    "losses.PairLoss",  # is made of any functions
    "ops.num_replicas",  # has no arguments
    # Make a ResNet each; one of them is called.
    *(f"recipes.{name}" for name in RECIPES if name != "simclr_cifar10"),
}
ROOMS = [name for name in kc.__all__ if inspect.ismodule(getattr(kc, name))]
PUBLIC = {
    f"{room}.{name}" for room in ROOMS for name in getattr(kc, room).__all__
}
NAMES = sorted(valid.VALID)
CALLS = 200
# On JAX each call compiles; arguments are checked before.
pytestmark = [
    pytest.mark.backends("tensorflow", "torch"),
    pytest.mark.usefixtures("short_probe"),
]


def test_every_public_name_has_valid_arguments():
    assert PUBLIC - set(valid.VALID) == NOT_CALLED


@hypothesis.settings(
    max_examples=CALLS,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
@hypothesis.given(odd.calls(NAMES))
def test_odd_arguments_are_taken_or_named(call):
    name, replaced = call
    found = outcome.outcome_of(name, replaced)
    assert found.kind in outcome.ALLOWED, found


@pytest.mark.parametrize(
    "name, arguments, message",
    [
        ("SimCLR", {"temperature": "0.1"}, "`temperature` must be a finite n"),
        ("MoCo", {"temperature": None}, "`temperature` must be a finite numb"),
        ("SupCon", {"temperature": np.nan}, "`temperature` .* positive"),
        (
            "SimCLR",
            {"term_weights": {"nt_xent": np.nan}},
            "`term_weights` must",
        ),
        ("PIRL", {"term_weights": {"image": "0.1"}}, "`term_weights` must"),
        (
            "VICReg",
            {"term_weights": 1.0},
            "`term_weights` must be a dictionary",
        ),
        ("InstDis", {"seed": -1}, "`seed` must be an integer from 0"),
        ("NNCLR", {"projector": "head"}, "`projector` must be a Keras"),
    ],
)
def test_arguments_of_methods_are_named(name, arguments, message):
    valid_arguments = valid.VALID[f"methods.{name}"]()
    with pytest.raises(ValueError, match=message):
        getattr(kc, name)(**{**valid_arguments, **arguments})


def test_numbers_of_numpy_are_numbers():
    kinds = {float: np.float32, int: np.int64}
    for name in set(NAMES) - set(valid.REFUSED):
        numbers = {
            argument: kinds[type(value)](value)
            for argument, value in valid.VALID[name]().items()
            if type(value) in kinds
        }
        if numbers:
            found = outcome.outcome_of(name, numbers)
            is_missing = found.message.startswith("ImportError")
            assert found.kind == "success" or is_missing, (name, found)


@pytest.mark.parametrize(
    "name, arguments, message",
    [
        ("contrasts.Mixing", {"order": np.arange(1, 9)}, "`order` must be int"),
        ("contrasts.Scores", {"pull": valid.Z1[:4, 0]}, "`pull` must be as l"),
        ("contrasts.Scores", {"push": valid.Z1[:, :4]}, "`push` must be as l"),
        ("methods.SimCLR", {"views": valid.head()}, "`views` must be a layer"),
        ("methods.SimCLR", {"encoder": kc.AugSelf()}, "`encoder` must be a K"),
        ("optimizers.LARS", {"learning_rate": np.nan}, "`learning_rate` must"),
        ("optimizers.LARS", {"momentum": "0.9"}, "`momentum` must be a fini"),
        ("views.cpc", {"image_size": 2}, "`patch_size` must not .*image_size"),
        ("views.mio", {"image_size": "32"}, "`image_size` must be an integer"),
        ("views.patch_distances", {"patch_size": (8, 12)}, "`patch_size` must"),
        ("views.simclr", {"image_size": True}, "`image_size` must be an int"),
    ],
)
def test_what_is_wrong_is_said_at_once(name, arguments, message):
    room, public = name.split(".")
    call = getattr(getattr(kc, room), public)
    with pytest.raises(ValueError, match=message):
        call(**{**valid.VALID[name](), **arguments})


def test_a_function_with_a_wrong_argument_does_not_run(tmp_path):
    read = []

    class Source:
        def __len__(self):
            return 4

        def read(self, indices):
            read.append(indices)

    data = kc.data.Batches(Source(), 2, labels=True)
    with pytest.raises(ValueError, match="`temperature` must be a finite"):
        kc.evaluation.knn(None, data, data, temperature="0.1")
    assert not read
