"""Batches that the devices of a model cannot share evenly."""

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.training._check_arguments import check_batch_size
from tests.replicas import two_replicas
from tests.training.test_contrastive_model import Twice, tiny_encoder

IMAGES = np.random.default_rng(0).integers(0, 256, (66, 8, 8, 3), "uint8")
LABELS = np.arange(66) % 3
on_devices = pytest.mark.backends("tensorflow", "jax")


@pytest.mark.parametrize(
    ("count", "batch_size", "devices", "message"),
    [
        (66, 33, 2, "`batch_size` must be a multiple of 2.*such as 32 or 34"),
        (66, 3, 8, "multiple of 8.*such as 8. Received: 66 images"),
        (33, None, 2, "one image"),
        (35, 8, 2, "3 images, which 2 devices cannot share.*drop 1 of"),
        (38, 8, 4, "6 images, which 4 devices cannot share.*drop 2 of"),
        (36, 8, 4, None),
        (35, 8, 1, None),
    ],
)
def test_arrays(count, batch_size, devices, message):
    def check():
        check_batch_size(IMAGES[:count], batch_size, devices)

    if message is None:
        check()
        return
    with pytest.raises(ValueError, match=message):
        check()


def test_data_of_this_package_leaves_out_what_is_over():
    data = kc.data.from_arrays(
        IMAGES[:35], batch_size=8, shuffle=False, drop_remainder=False
    )
    with data.shared_by(2):
        check_batch_size(data, None, 2)
        sizes = [len(batch) for batch in data]
    assert sizes == [8, 8, 8, 8, 2]
    with data.shared_by(4):
        assert len(data) == len(list(data)) == 4
        assert not data.has_partial_batch
    assert len(data) == 5
    assert data.partial_batch_size == 3
    few = kc.data.from_arrays(
        IMAGES[:3], batch_size=8, shuffle=False, drop_remainder=False
    )
    with few.shared_by(4), pytest.raises(ValueError, match="at least 4 images"):
        check_batch_size(few, None, 4)


def make():
    keras.utils.set_random_seed(0)
    model = kc.SimCLR(tiny_encoder(), Twice())
    model.compile(keras.optimizers.SGD(0.01))
    return model


def labeled(count):
    return kc.data.from_arrays(IMAGES[:count], LABELS[:count], batch_size=8)


@on_devices
def test_two_devices_train_on_what_they_can_share():
    bank, queries = (IMAGES[:33], LABELS[:33]), (IMAGES[33:], LABELS[33:])

    def train(count):
        model, data, held = make(), labeled(count), labeled(count - 8)
        probe = kc.callbacks.KNNProbe(bank, queries, every=1, k=5)
        history = model.fit(
            data, validation_data=held, verbose=0, callbacks=[probe]
        ).history
        return model.get_weights(), [*history.values()]

    alone, expected = train(34)
    with two_replicas() as scope, scope():
        shared, found = train(35)
    for first, second in zip(
        [*alone, *expected], [*shared, *found], strict=True
    ):
        np.testing.assert_allclose(first, second, 1e-5, 1e-5)


def a_generator(*sizes):
    for size in sizes:
        yield (IMAGES[:size],)


class Sequence(keras.utils.PyDataset):
    def __init__(self, *sizes):
        super().__init__()
        self.sizes = sizes

    def __len__(self):
        return len(self.sizes)

    def __getitem__(self, i):
        return (IMAGES[: self.sizes[i]],)


@on_devices
def test_what_cannot_be_shared_is_refused():
    odd = kc.data.from_arrays(IMAGES, batch_size=33)
    even = {"x": IMAGES[:32], "batch_size": 8, "verbose": 0}
    with two_replicas() as scope, scope():
        model = make()
        for refused in (
            lambda: model.fit(IMAGES, batch_size=33),
            lambda: model.fit(odd),
            lambda: model.fit(a_generator(33), steps_per_epoch=1),
            lambda: model.fit(Sequence(33, 32)),
            lambda: model.fit(**even, validation_data=odd),
            lambda: model.evaluate(Sequence(33)),
        ):
            with pytest.raises(ValueError, match="must be a multiple of 2"):
                refused()
        for refused in (
            lambda: model.fit(IMAGES[:35], batch_size=8),
            lambda: model.fit(**even, validation_data=(IMAGES[:35],)),
            lambda: model.fit(IMAGES[:60], batch_size=8, validation_split=0.25),
            lambda: model.evaluate(IMAGES[:35], batch_size=8),
        ):
            with pytest.raises(ValueError, match="cannot share evenly: drop"):
                refused()
        assert not model.built
        # Seen only when it comes; silently wrong on TensorFlow otherwise.
        with pytest.raises(ValueError, match="2 devices can share evenly"):
            model.fit(Sequence(8, 3), verbose=0, shuffle=False)
