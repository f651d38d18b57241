"""Devices and processes on which training would go wrong are refused."""

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from tests.training.test_contrastive_model import IMAGES, Twice, tiny_encoder

CURE = "`keras.distribution.DataParallel"


def make():
    return kc.SimCLR(tiny_encoder(), Twice())


@pytest.mark.backends("torch")
class TestTorch:
    def test_processes_that_torchrun_has_started(self, monkeypatch):
        model = make()
        model.compile("sgd")
        monkeypatch.setenv("WORLD_SIZE", "2")
        # A number alone is what some machines of one process have.
        model.compile("sgd")
        monkeypatch.setenv("RANK", "0")
        for refused in (
            lambda: model.compile("sgd"),
            lambda: model.fit(IMAGES),
        ):
            with pytest.raises(ValueError, match=f"{CURE}.*2 processes"):
                refused()
        monkeypatch.setenv("WORLD_SIZE", "1")
        model.compile("sgd")

    @pytest.mark.parametrize("count", [1, 2])
    def test_processes_that_have_met(self, monkeypatch, count):
        from torch import distributed

        monkeypatch.setattr(distributed, "is_initialized", lambda: True)
        monkeypatch.setattr(distributed, "get_world_size", lambda: count)
        if count == 1:
            make().compile("sgd")
            return
        with pytest.raises(ValueError, match="On PyTorch .*2 processes"):
            make().compile("sgd")


@pytest.mark.backends("torch", "tensorflow")
def test_a_distribution_of_keras_is_for_jax_alone():
    try:
        distribution = keras.distribution.DataParallel(
            devices=["cpu:0", "cpu:1"]
        )
    except AttributeError:
        pytest.skip("this version of Keras makes none here")
    model = make()
    model.compile("sgd")
    keras.distribution.set_distribution(distribution)
    try:
        for refused in (
            lambda: model.compile("sgd"),
            lambda: model.fit(IMAGES),
        ):
            with pytest.raises(
                ValueError,
                match=rf"`keras.distribution.set_distribution` must .*{CURE}"
                rf".*DataParallel on the {keras.backend.backend()} backend",
            ):
                refused()
    finally:
        keras.distribution.set_distribution(None)


def strategy_of(cluster):
    """A strategy of one device that calls itself one of a cluster."""
    import tensorflow as tf

    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec(cluster)
    )

    class OfCluster(tf.distribute.OneDeviceStrategy):
        cluster_resolver = resolver

    return OfCluster("CPU:0")


@pytest.mark.backends("tensorflow")
class TestTensorFlow:
    @pytest.mark.parametrize(
        ("cluster", "count"),
        [
            ({"worker": ["a:1"]}, 1),
            ({"worker": ["a:1", "b:1"]}, 2),
            ({"chief": ["a:1"], "worker": ["b:1"], "ps": ["c:1", "d:1"]}, 4),
        ],
    )
    def test_strategies_of_several_hosts(self, cluster, count):
        with strategy_of(cluster).scope():
            model = make()
        if count == 1:
            model.compile("sgd")
            return
        message = f"{CURE}.*OfCluster of {count} tasks"
        with pytest.raises(ValueError, match=message):
            model.compile("sgd")

    def test_what_the_model_was_made_for_counts(self):
        from tests.replicas import two_replicas

        with two_replicas() as scope, scope():
            model = make()
        with pytest.raises(ValueError, match="`steps_per_execution` must be 1"):
            model.compile("sgd", steps_per_execution=2)


@pytest.mark.backends("tensorflow", "jax")
def test_a_model_made_before_its_devices_were_known():
    from tests.replicas import two_replicas

    encoder, model = tiny_encoder(), make()
    model.compile("sgd")
    before = [np.array(weight) for weight in model.encoder.get_weights()]
    with two_replicas() as scope, scope():
        for refused in (
            lambda: kc.SimCLR(encoder, Twice()).compile("sgd"),
            lambda: model.fit(IMAGES, batch_size=8),
        ):
            with pytest.raises(ValueError, match="must be made .*conv2d"):
                refused()
    for weight, same in zip(before, model.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, same)
