import keras
import numpy as np
import pytest
from keras import tree
from PIL import Image

import keras_contrastive as kc
from keras_contrastive.data import _on_device, from_arrays, on_device
from keras_contrastive.data._device_images import gather
from keras_contrastive.data._fingerprint import fingerprint
from keras_contrastive.training._state import state_of, to_host
from tests.replicas import two_replicas
from tests.training.test_contrastive_model import Twice, tiny_encoder

BACKEND = keras.backend.backend()
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (22, 8, 8, 3), "uint8")
LABELS = np.arange(22) % 3


def arrays(labels=None, **kwargs):
    settings = {"shuffle": True, "seed": 3, "drop_remainder": False}
    return from_arrays(IMAGES, labels, batch_size=4, **settings | kwargs)


def host(data):
    return data


def make(method=kc.SimCLR, learning_rate=0.01, **kwargs):
    keras.utils.set_random_seed(0)
    model = method(tiny_encoder(), Twice())
    optimizer = keras.optimizers.SGD(learning_rate, momentum=0.9)
    # Compiled on TensorFlow, on several threads, no training repeats its bits.
    model.compile(optimizer, run_eagerly=BACKEND == "tensorflow", **kwargs)
    return model


def everything(model):
    return [to_host(variables) for variables in state_of(model).values()]


def assert_equal(found, expected):
    tree.map_structure(np.testing.assert_array_equal, found, expected)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"index": True, "shuffle": False},
        {"labels": {"a": LABELS, "b": LABELS.astype("str")}, "index": True},
    ],
)
def test_a_loop_yields_the_same_arrays(settings):
    expected = arrays(**settings)
    expected.seek(1, batch=2)
    found = on_device(expected)
    assert found.epoch == 1
    for _ in range(2):  # the rest of an epoch, and a whole one
        pairs = list(zip(found, expected, strict=True))
        for pair in pairs:
            assert_equal(*pair)
    assert len(pairs) == 6
    assert found.epoch == expected.epoch == 3


def second_device(images):
    if BACKEND == "jax":
        import jax

        return jax.device_put(images, jax.devices()[1])
    if BACKEND == "torch":
        return images
    import tensorflow as tf

    with tf.device("CPU:1"):
        return tf.identity(images)


def test_fit_gets_a_tensor_where_the_images_are():
    data = on_device(arrays(LABELS, index=True))
    data.source.images = second_device(data.source.images)
    iterate = {
        "tensorflow": data.get_tf_dataset,
        "jax": data.get_jax_iterator,
        "torch": data._keras_pass,
    }[BACKEND]
    (x, labels), *others = iterate()
    assert len(others) == 5
    images, rows = x["images"], np.asarray(x["index"])
    assert type(images) is type(data.source.images)
    assert images.device == data.source.images.device
    assert_equal(keras.ops.convert_to_numpy(images), IMAGES[rows])
    assert_equal(np.asarray(labels), LABELS[rows])


def test_names_and_settings_are_kept(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        Image.new("RGB", (9, 9)).save(tmp_path / name / "0.png")
    data = kc.data.from_folder(tmp_path, 1, image_size=4, labels=True)
    found = on_device(data)
    assert found.class_names == ["a", "b"]
    assert repr(found) == repr(data).replace("folder", "on the device: folder")
    (tmp_path / "a" / "0.png").unlink()  # was read once
    assert [labels.tolist() for _, labels in found] == [[0], [1]]


def test_training_is_that_with_arrays_also_from_a_checkpoint(tmp_path):
    data = arrays(LABELS, index=True, drop_remainder=True)
    assert fingerprint(on_device(data)) == fingerprint(data)

    def train(name, *lives):
        for epochs, place in lives:
            model = make(kc.SupCon)
            checkpoint = kc.callbacks.Checkpoint(tmp_path / name)
            model.fit(
                place(data), epochs=epochs, callbacks=[checkpoint], verbose=0
            )
        data.seek(0)
        return everything(model)

    expected = train("host", (2, host))
    assert_equal(train("device", (2, on_device)), expected)
    assert_equal(train("both", (1, on_device), (2, host)), expected)


@pytest.mark.backends("tensorflow")
@pytest.mark.parametrize("steps", [1, 2])
def test_an_epoch_entered_in_its_middle(steps):
    def train(place):
        model, data = make(steps_per_execution=steps), place(arrays())
        data.seek(0, batch=3)
        with pytest.warns(UserWarning, match="ran out of data"):
            model.fit(data, initial_epoch=0, verbose=0)
        return everything(model)

    assert_equal(train(on_device), train(host))


def split(data):
    return [list(part) for part in kc.data.train_test_split(data)]


def test_evaluation_reads_it():
    encoder = tiny_encoder()
    data = arrays(LABELS, shuffle=False, drop_remainder=True)

    def found(data):
        model = make()
        values = model.evaluate(data, verbose=0)
        features = kc.evaluation.extract_features(encoder, data, verbose=False)
        return values, *features, encoder.predict(data, verbose=0)

    assert_equal(found(on_device(data)), found(data))
    assert_equal(*(split(place(data)) for place in (on_device, host)))


@pytest.mark.backends("tensorflow", "torch")  # read alike on JAX, compiled long
def test_a_guard_names_the_images_of_a_bad_step():
    model, data = make(learning_rate=1e38), on_device(arrays())
    guard = kc.callbacks.FiniteGuard("stop")
    with pytest.warns(UserWarning, match="not finite"):
        model.fit(data, verbose=0, callbacks=[guard])
    (alarm,) = guard.alarms
    first = 4 * alarm["batch"]
    assert alarm["images"] == data.order(0)[first : first + 4].tolist()


def test_files_and_programs_hold_no_images(tmp_path):
    images = RNG.integers(0, 256, (2048, 8, 8, 3), "uint8")
    model = make()
    model.fit(on_device(from_arrays(images, batch_size=1024)), verbose=0)
    model.save(tmp_path / "model.keras")
    assert (tmp_path / "model.keras").stat().st_size < images.nbytes / 5
    # Another set of the same size finds the program compiled.
    gather.cache_clear()
    for images in (IMAGES, IMAGES + 1):
        data = on_device(from_arrays(images, batch_size=4, shuffle=False))
        assert_equal(next(iter(data)), images[:4])
    if BACKEND == "jax":
        assert gather()._cache_size() == 1


@pytest.mark.backends("jax")
def test_devices_of_jax_share_its_batches():
    def train(place):
        model = make()
        data = place(arrays(drop_remainder=True))
        model.fit(data, verbose=0)
        return everything(model)

    with two_replicas():
        assert_equal(train(on_device), train(host))


@pytest.mark.backends("tensorflow")
def test_a_strategy_is_refused():
    data = on_device(arrays())
    with two_replicas() as scope, scope():
        model = make()
    for refused in (
        lambda: model.fit(data),
        lambda: model.fit(IMAGES[:4], validation_data=data),
        lambda: model.evaluate(data),
        lambda: model.predict(data),
    ):
        with pytest.raises(ValueError, match="`tf.distribute`.*Mirrored"):
            refused()


def test_processes_are_refused(monkeypatch):
    monkeypatch.setattr(_on_device, "num_processes", lambda: 2)
    with pytest.raises(ValueError, match="several processes.*2 processes"):
        on_device(arrays())


class Source:
    """Has `count` images of which those after the first are `others`."""

    def __init__(self, count, first, others):
        self.count, self.first, self.others = count, first, others

    def __len__(self):
        return self.count

    def read(self, indices):
        image = self.others if indices[-1] else self.first
        return np.repeat(image[None], len(indices), axis=0), None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (IMAGES, "must be `Batches`.*from_arrays.*ndarray"),
        ((IMAGES for _ in range(2)), "must be `Batches`.*generator"),
        (from_arrays(IMAGES / 255, batch_size=2), "uint8.*float64"),
        (
            kc.data.Batches(Source(9, IMAGES[0], IMAGES[0, 1:]), 3),
            r"one shape.*\(7, 8, 3\)\, after uint8 \(8, 8, 3\)",
        ),
        (
            kc.data.Batches(Source(10**15, IMAGES[0], IMAGES[0]), 3),
            "its images take 192,000,000,000,000,000 bytes.*MemoryError",
        ),
    ],
)
def test_bad_input(data, message):
    with pytest.raises(ValueError, match=message):
        on_device(data)


def test_a_device_that_is_full(monkeypatch):
    def put(*args, **kwargs):
        raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory")

    monkeypatch.setattr(_on_device, "DeviceImages", put)
    with pytest.raises(ValueError, match="4,224 bytes.*RESOURCE_EXHAUSTED"):
        on_device(arrays())
