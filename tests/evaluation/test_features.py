import keras
import numpy as np
import pytest

from keras_contrastive.data import from_arrays
from keras_contrastive.evaluation import _features, extract_features
from keras_contrastive.evaluation._patient_progbar import PatientProgbar

rng = np.random.default_rng(0)
IMAGES = rng.integers(0, 256, (10, 4, 4, 3), dtype="uint8")
LABELS = np.arange(10) % 3


def tiny_encoder():
    return keras.Sequential(
        [
            keras.Input((4, 4, 3)),
            keras.layers.Conv2D(5, 3, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )


class Pairs(keras.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        rows = slice(4 * index, 4 * index + 4)
        return IMAGES[rows], LABELS[rows]


def tf_dataset():
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).batch(4)


@pytest.mark.parametrize(
    "make",
    [
        lambda: (IMAGES, LABELS),
        lambda: from_arrays(IMAGES, LABELS, batch_size=4),
        lambda: from_arrays(IMAGES, LABELS, batch_size=4, index=True),
        lambda: [(IMAGES[:4], LABELS[:4]), (IMAGES[4:], LABELS[4:])],
        Pairs,
        tf_dataset,
    ],
)
def test_any_kind_of_data_gives_the_same_features(make):
    encoder = tiny_encoder()
    expected = encoder(IMAGES / np.float32(255), training=False)
    features, labels = extract_features(encoder, make(), batch_size=4)
    assert features.shape == (10, 5) and features.dtype == "float32"
    np.testing.assert_allclose(
        features, keras.ops.convert_to_numpy(expected), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_array_equal(labels, LABELS)


def test_float_images_and_uint8_images_give_the_same_features():
    encoder = tiny_encoder()
    ours, _ = extract_features(encoder, (IMAGES, None))
    floats, _ = extract_features(encoder, (IMAGES / np.float32(255), None))
    np.testing.assert_allclose(ours, floats, rtol=1e-6, atol=1e-7)


def test_without_encoder_features_are_the_pixels():
    pixels, labels = extract_features(None, from_arrays(IMAGES, batch_size=5))
    assert labels is None
    # Data without labels is shuffled: compare as sets of rows.
    expected = np.sort(IMAGES.reshape(10, -1) / 255, axis=0)
    np.testing.assert_allclose(np.sort(pixels, axis=0), expected, rtol=1e-6)


def test_half_precision_encoders_give_float32_features():
    encoder = keras.Sequential(
        [
            keras.Input((4, 4, 3)),
            keras.layers.Conv2D(5, 3, dtype="mixed_bfloat16"),
            keras.layers.GlobalAveragePooling2D(dtype="mixed_bfloat16"),
        ]
    )
    features, _ = extract_features(encoder, (IMAGES, LABELS))
    assert features.dtype == "float32"


def test_one_batch_shape_is_compiled():
    shapes = []

    class Spy(keras.Model):
        def call(self, x):
            shapes.append(tuple(x.shape))
            return keras.ops.mean(x, axis=(1, 2))

    encoder = Spy()
    features, _ = extract_features(encoder, (IMAGES, LABELS), batch_size=4)
    assert set(shapes) == {(4, 4, 4, 3)} and features.shape == (10, 3)
    if keras.backend.backend() != "torch":  # which compiles nothing
        traced = len(shapes)
        extract_features(encoder, (IMAGES, LABELS), batch_size=4)
        assert len(shapes) == traced


def test_batches_are_put_to_the_encoder_ahead_of_those_that_are_fetched(
    monkeypatch,
):
    order = []

    def noted(name, function):
        def call(*arguments):
            order.append(name)
            return function(*arguments)

        monkeypatch.setattr(_features, name, call)

    noted("start", _features.start)
    noted("fetch", _features.fetch)
    extract_features(tiny_encoder(), (IMAGES, LABELS), batch_size=2)
    # Never more than three at once.
    expected = 3 * ["start"] + 2 * ["fetch", "start"] + 3 * ["fetch"]
    assert order == expected


def test_a_batch_that_was_started_is_a_tensor_of_the_same_features():
    encoder = tiny_encoder()
    expected = encoder.predict_on_batch(IMAGES / np.float32(255))
    for eagerly in (False, True):
        encoder.compile(run_eagerly=eagerly)
        features = _features.start_batch(encoder, IMAGES, 12)
        assert keras.ops.is_tensor(features) and features.shape[0] == 12
        features = _features.fetch(features, 10)
        np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-6)


def test_bad_encoders_and_data_are_named():
    def maps():
        return keras.Sequential(
            [keras.Input((4, 4, 3)), keras.layers.Conv2D(5, 3)]
        )

    with pytest.raises(ValueError, match="GlobalAveragePooling2D"):
        extract_features(maps(), (IMAGES, LABELS))
    with pytest.raises(ValueError, match="`encoder` must be a Keras model"):
        extract_features(lambda x: x, (IMAGES, LABELS))
    with pytest.raises(ValueError, match="`data` must be a tuple"):
        extract_features(None, IMAGES)
    with pytest.raises(ValueError, match=r"10 images and labels of shape \(9,"):
        extract_features(None, (IMAGES, LABELS[:9]))
    with pytest.raises(ValueError, match="at least one image"):
        extract_features(None, iter(()))
    encoder = tiny_encoder()
    extract_features(encoder, (IMAGES, LABELS))
    with pytest.raises(ValueError, match=r"images of shape \(3, 4, 3\)"):
        extract_features(encoder, (IMAGES[:, :3], LABELS))
    with pytest.raises(ValueError, match="0..1"):
        extract_features(None, (IMAGES.astype("float32"), LABELS))
    with pytest.raises(ValueError, match="`batch_size`"):
        extract_features(None, (IMAGES, LABELS), batch_size=0)


def test_endless_data_is_refused():
    with pytest.raises(ValueError, match="`data` must end"):
        extract_features(None, tf_dataset().repeat())


def test_progress_bar_appears_only_for_long_work(capsys, monkeypatch):
    extract_features(None, (IMAGES, LABELS), batch_size=5)
    assert capsys.readouterr().out == ""
    keras.config.enable_interactive_logging()
    module = "keras_contrastive.evaluation._patient_progbar.time.monotonic"
    clock = iter(range(0, 1000, 4))
    monkeypatch.setattr(module, lambda: next(clock))
    extract_features(None, (IMAGES, LABELS), batch_size=5)
    assert "2/2" in capsys.readouterr().out


def test_a_bar_that_appears_late_has_counted_from_the_start(monkeypatch):
    module = "keras_contrastive.evaluation._patient_progbar.time.monotonic"
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr(module, lambda: next(clock))
    bar = PatientProgbar(4)
    for _ in range(4):
        bar.add(1)
    assert bar.done == 4
