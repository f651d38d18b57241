"""The counts and bytes of compiled steps, which are exact."""

import pytest

pytestmark = pytest.mark.backends("jax")


@pytest.fixture(scope="module")
def track(benchmark):
    return benchmark("track")


def test_nothing_is_traced_twice(track):
    assert track.traces() == {"fit": 0, "train_on_batch": 0}


def test_a_queue_is_drawn_once(track):
    assert track.draws("MoCo") == 1


def test_a_step_writes_where_its_state_was(track):
    facts = track.step("MoCo")
    assert facts["donated"] == 1
    assert facts["table_copies"] <= 2


def test_convolutions_of_a_gpu_are_in_half_precision(track):
    assert track.bfloat16("SimCLR") == 1


def test_losses_of_many_images_take_blocks(track):
    # All similarities of 8,192 projections alone would be 256 MiB.
    assert track.temporary_mib("NTXent", 4096) < 128
