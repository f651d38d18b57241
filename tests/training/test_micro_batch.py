"""`compile(micro_batch=...)`: what it takes, and what data may come."""

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.training._batch_sizes import Sizes
from keras_contrastive.training._check_micro_batch import count_micro_batches
from tests.replicas import two_replicas
from tests.training.test_contrastive_model import Twice, tiny_encoder

IMAGES = np.random.default_rng(0).integers(0, 256, (36, 8, 8, 3), "uint8")


def make(micro_batch=4, **kwargs):
    keras.utils.set_random_seed(0)
    head = kc.layers.ProjectionHead(4, use_batch_norm=False)
    model = kc.SimCLR(tiny_encoder(), Twice(), head)
    model.compile(keras.optimizers.SGD(0.01), micro_batch=micro_batch, **kwargs)
    return model


def test_a_last_batch_falls_into_as_many_parts():
    data, held = (
        kc.data.from_arrays(
            IMAGES[:23], batch_size=8, shuffle=False, drop_remainder=False
        )
        for _ in range(2)
    )
    model = make()
    history = model.fit(data, validation_data=held, verbose=0).history
    assert model.micro_batches == 2
    # Of seven images in the last batch, one is over; not in validation.
    plain = make(None)
    plain.fit(IMAGES[:22], batch_size=8, shuffle=False, verbose=0)
    for one, other in zip(
        plain.get_weights(), model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6)
    of_all = model.evaluate(IMAGES[:23], batch_size=8, verbose=0)
    of_all = of_all[0] if isinstance(of_all, list) else of_all
    assert history["val_loss"][0] == pytest.approx(of_all, rel=1e-5)


def test_another_number_compiles_the_step_anew():
    model = make()
    model.fit(IMAGES[:8], batch_size=8, verbose=0)
    step = model.train_function
    model.fit(IMAGES[:8], batch_size=8, verbose=0)
    assert model.train_function is step and model.micro_batches == 2
    model.train_on_batch(IMAGES[:12])
    assert model.train_function is not step and model.micro_batches == 3
    model.compile("sgd")
    assert model.micro_batches == 1
    model(IMAGES[:7], training=True)


def test_is_saved(tmp_path):
    model = make()
    model.fit(IMAGES[:8], batch_size=8, verbose=0)
    model.save(tmp_path / "model.keras")
    objects = {"Twice": Twice}
    loaded = keras.models.load_model(tmp_path / "model.keras", objects)
    assert loaded.micro_batch == 4
    found = loaded.fit(IMAGES[:8], batch_size=8, shuffle=False, verbose=0)
    same = model.fit(IMAGES[:8], batch_size=8, shuffle=False, verbose=0)
    assert found.history == same.history and loaded.micro_batches == 2


@pytest.mark.backends("tensorflow", "jax")
def test_two_devices_share_each_micro_batch():
    plain = make(None)
    plain.fit(IMAGES[:16], batch_size=8, shuffle=False, verbose=0)
    with two_replicas() as scope, scope():
        model = make()
        model.fit(IMAGES[:16], batch_size=8, shuffle=False, verbose=0)
    for one, other in zip(
        plain.get_weights(), model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("value", [0, -1, 2.5, True, "4"])
def test_what_is_no_number_of_images(value):
    with pytest.raises(ValueError, match="`micro_batch` must be an integer"):
        make(value)


@pytest.mark.parametrize(
    ("micro_batch", "sizes", "devices", "message"),
    [
        (9, Sizes(36, 8, 4), 1, "must not be above the batch size"),
        (3, Sizes(36, 8, 4), 1, "must divide the batch size.*batch_size=8"),
        (4, Sizes(35, 8, 3), 1, "3 images, which does not fall into 2.*drop 1"),
        (4, Sizes(34, 8, 2), 2, "2 images, which does not fall into 2.*drop 2"),
        (3, Sizes(36, 12, 0), 2, "multiple of 2, the number of devices"),
        (4, None, 1, "needs data whose batch size is known"),
        (4, Sizes(36, 8, 4), 1, 2),
        (8, Sizes(36, 8, 4), 1, 1),
        (None, None, 1, 1),
    ],
)
def test_sizes(micro_batch, sizes, devices, message):
    if isinstance(message, int):
        assert count_micro_batches(micro_batch, sizes, devices) == message
        return
    with pytest.raises(ValueError, match=message):
        count_micro_batches(micro_batch, sizes, devices)


def test_split_batch_norm_is_refused():
    model = kc.MoCo(tiny_encoder(), Twice(), queue_size=8, batch_norm_splits=2)
    with pytest.raises(ValueError, match="left out with `batch_norm_splits`"):
        model.compile("sgd", micro_batch=4)


def test_batches_of_other_sizes_are_told():
    sizes = iter([8, 8, 8, 8, 6, 7])

    def batches():
        for size in sizes:
            yield (IMAGES[:size],)

    with pytest.raises(ValueError, match="`micro_batch` must divide the batch"):
        make().fit(batches(), steps_per_epoch=6, shuffle=False, verbose=0)
