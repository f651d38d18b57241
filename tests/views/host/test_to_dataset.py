import functools
import sys

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.views import (
    Grayscale,
    MultiView,
    Pipeline,
    to_dataset,
)
from tests.conftest import EAGERLY
from tests.ops.one_program import one_program
from tests.ops.two_replicas import strategy
from tests.views.adapters.adapted import augment
from tests.views.samples import arrays

tf = pytest.importorskip("tensorflow")

SHAPE = (8, 9, 3)
PIXELS = np.random.default_rng(0).integers(0, 256, (12, *SHAPE), "uint8")
LABELS = np.arange(12)


@functools.cache
def views():
    """Two cheap views, one with a layer of Keras: do not train it."""
    gray = Pipeline([Grayscale(probability=0.5)])
    return MultiView([gray, Pipeline([augment("contrast")])], seed=3)


@functools.cache
def cv_views(*names):
    """One pipeline for both views, to trace each layer once."""
    pipeline = Pipeline([augment(name) for name in names])
    return MultiView([pipeline, pipeline], seed=4)


def batches(*parts):
    parts = parts[0] if len(parts) == 1 else parts
    return tf.data.Dataset.from_tensor_slices(parts).batch(4)


def read(data):
    return list(data.as_numpy_iterator())


def check_equal(found, expected, **tolerance):
    keras.tree.assert_same_structure(found, expected)
    for one, other in zip(
        keras.tree.flatten(found), keras.tree.flatten(expected), strict=True
    ):
        np.testing.assert_allclose(one, other, **tolerance)


@functools.cache
def two_epochs():
    """Epochs 0 and 1 of two views, their parameters and labels."""
    data = to_dataset(views(), batches(PIXELS, LABELS), return_parameters=True)
    assert len(data) == 3
    return read(data), read(data)


@functools.cache
def model_program():
    """What a model makes of images at a step."""

    def make(pixels, step):
        draws = views().draw(4, SHAPE, step)
        return views().replay(pixels, draws), views().encode(draws)

    return one_program(make)


def views_of_model(pixels, step):
    step = keras.ops.convert_to_tensor(step, "int32")
    made, vectors = arrays(model_program()(pixels, step))
    return tuple(made), tuple(vectors)


def test_equals_the_views_of_a_model():
    model = MultiView(views().pipelines, seed=3)
    model(PIXELS[:4], training=True)
    assert int(model.step) == 1
    for epoch, elements in enumerate(two_epochs()):
        for batch, (x, labels) in enumerate(elements):
            rows = slice(4 * batch, 4 * batch + 4)
            np.testing.assert_array_equal(labels, LABELS[rows])
            expected = views_of_model(PIXELS[rows], 3 * epoch + batch + 1)
            check_equal(x, expected, atol=1e-5)


def test_epochs_and_seeds_differ():
    first, second = ([x for x, _ in elements] for elements in two_epochs())
    other = to_dataset(
        MultiView(views().pipelines, seed=5),
        batches(PIXELS),
        return_parameters=True,
    )
    third = [x for (x,) in read(other)]
    for one, another in ((first, second), (first, third)):
        for i in range(3):
            assert np.mean(one[i][1][1] != another[i][1][1]) > 0.3


def test_depends_on_nothing_else():
    """Neither on parallel calls, nor on looks at the first batches."""
    data = to_dataset(
        views(),
        batches(PIXELS, LABELS),
        initial_epoch=1,
        num_parallel_calls=4,
        return_parameters=True,
    )
    looks = [next(iter(data)), *data.take(2)]
    check_equal(read(data), two_epochs()[1])
    for look, expected in zip(looks, (0, 0, 1), strict=True):
        check_equal(arrays(look), two_epochs()[1][expected])


def test_elements():
    named = {"images": PIXELS, "index": LABELS}
    view = tf.TensorSpec((None, *SHAPE))
    gray, contrast = (tf.TensorSpec((None, n)) for n in (1, 2))
    index = tf.TensorSpec((None,), "int64")
    both = (view, view)

    def elements(source, chosen=None, **kwargs):
        return to_dataset(chosen or views(), source, **kwargs).element_spec

    assert elements(batches(PIXELS)) == (both,)
    assert elements(batches(PIXELS, LABELS)) == (both, index)
    assert elements(batches(PIXELS), return_parameters=True) == (
        (both, (gray, contrast)),
    )
    assert elements(batches(named, LABELS), return_parameters=True) == (
        {"images": both, "index": index, "parameters": (gray, contrast)},
        index,
    )
    assert elements(batches(PIXELS), views().pipelines[0]) == ((view,),)


def test_batches_of_the_package_keep_their_order():
    source = kc.data.from_arrays(
        PIXELS[:11], batch_size=4, index=True, drop_remainder=True
    )
    data = to_dataset(views(), source, initial_epoch=2)
    for epoch in (2, 3):
        elements = read(data)
        index = np.concatenate([x["index"] for (x,) in elements])
        np.testing.assert_array_equal(index, source.order(epoch)[:8])
        expected, _ = views_of_model(PIXELS[index[:4]], 2 * epoch + 1)
        check_equal(elements[0][0]["images"], expected, atol=1e-5)
    assert source.epoch == 0


@pytest.mark.backends("tensorflow")
def test_replicas_share_the_views():
    with strategy().scope():
        data = to_dataset(views(), batches(PIXELS))
    shared = strategy().experimental_distribute_dataset(data)
    for (made,), (x, _) in zip(shared, two_epochs()[0], strict=True):
        for view, whole in zip(made, x[0], strict=True):
            halves = [part.numpy() for part in view.values]
            np.testing.assert_allclose(np.concatenate(halves), whole, atol=1e-6)


def fit(data, shape):
    encoder = keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Conv2D(4, 3),
            keras.layers.BatchNormalization(),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    model = kc.SimCLR(encoder, None, kc.layers.ProjectionHead(4))
    model.compile("sgd", run_eagerly=EAGERLY)
    history = model.fit(data, epochs=2, verbose=0, shuffle=False)
    assert np.isfinite(history.history["loss"]).all()


def test_keras_cv_trains_a_model_and_epochs_are_counted():
    made = cv_views("crop", "flip", "jitter")
    source = batches(PIXELS, LABELS)
    data = to_dataset(made, source)
    fit(data, (6, 5, 3))
    third = to_dataset(made, source, initial_epoch=2, num_parallel_calls=4)
    check_equal(read(data), read(third))


def test_rand_augment_trains_a_model():
    # One view of it, which is slow to trace.
    first, second = augment("policy"), Grayscale(probability=0.5)
    made = MultiView([Pipeline([first]), Pipeline([second])], seed=4)
    fit(to_dataset(made, batches(PIXELS)), SHAPE)


@pytest.mark.parametrize(
    "message, arguments",
    [
        ("`views` must be .*MultiView", (augment, batches(PIXELS))),
        ("`dataset` must be a `tf.data.Dataset`", (None, PIXELS)),
        (
            "`dataset` must know its length.*`repeat.*cardinality -1",
            (None, batches(PIXELS).repeat()),
        ),
        (
            "`dataset` must know its length.*assert_cardinality.* -2",
            (None, batches(PIXELS).filter(lambda x: True)),
        ),
        (
            "`dataset` must give `images` or .*Received: elements.*'picture'",
            (None, batches({"picture": PIXELS})),
        ),
        (
            r"`images` must have shape \(batch",
            (None, tf.data.Dataset.from_tensor_slices(PIXELS)),
        ),
        ("uint8 in 0..255 or float", (None, batches(PIXELS.astype("int32")))),
    ],
)
def test_wrong_arguments(message, arguments):
    chosen, data = arguments
    with pytest.raises(ValueError, match=message):
        to_dataset(chosen or views(), data)


def test_wrong_epoch():
    with pytest.raises(ValueError, match="`initial_epoch` must be an integer"):
        to_dataset(views(), batches(PIXELS), initial_epoch=-1)


def test_needs_tensorflow(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ImportError, match=r"keras-contrastive\[tensorflow\]"):
        to_dataset(views(), PIXELS)
