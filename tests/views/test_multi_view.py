import functools

import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.views import (
    ColorJitter,
    GaussianBlur,
    Grayscale,
    MultiView,
    Normalize,
    Pipeline,
    RandomResizedCrop,
)
from tests.ops.one_program import one_program
from tests.ops.two_replicas import on_two_replicas, strategy
from tests.views.samples import arrays, draw_views, images, replay

SHAPE = (8, 9, 3)
PIXELS = (np.arange(2 * 8 * 9 * 3).reshape(2, *SHAPE) * 37 % 256).astype(
    "uint8"
)


def pipeline():
    return Pipeline(
        [
            RandomResizedCrop(2, scale=(0.2, 1), interpolation="bicubic"),
            ColorJitter(0.4, 0.4, 0.4, 0.1, probability=0.8),
            Grayscale(probability=0.2),
            GaussianBlur(kernel_size=3, probability=0.5),
        ]
    )


@functools.cache
def full_views():
    """One layer for all tests, as compiling takes long: do not train it."""
    return MultiView([pipeline(), pipeline()], seed=7)


def gray_views(seed=5):
    """The cheapest views: for each image and view, gray or not."""
    pipelines = [Pipeline([Grayscale(probability=0.5)]) for _ in range(2)]
    return MultiView(pipelines, seed=seed)


def crop_and_gray_views():
    crop, gray = RandomResizedCrop(4), Grayscale(probability=0.5)
    return MultiView([Pipeline([crop, gray]), Pipeline([gray])], seed=2)


def grayness(views, training, count=64):
    """Which images of which view are gray, `(2, count)`."""
    found = views(images(count, 2, 2), training=training)
    return (np.ptp(arrays(found), axis=-1) < 1e-6).all((2, 3))


def test_training_moves_on():
    views = gray_views()
    steps = [grayness(views, training=True) for _ in range(3)]
    assert int(views.step) == 3
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert (steps[i] != steps[j]).mean() > 0.3
    again = gray_views()
    for step in steps:
        np.testing.assert_array_equal(grayness(again, training=True), step)


def test_evaluation_repeats_and_moves_nothing():
    views = gray_views()
    first = grayness(views, training=False)
    trained = grayness(views, training=True)
    np.testing.assert_array_equal(grayness(views, training=False), first)
    assert int(views.step) == 1
    # Evaluation does not use up a step of training.
    assert (first != trained).mean() > 0.3
    np.testing.assert_array_equal(grayness(gray_views(), True), trained)


def test_seeds_differ():
    one, two = (grayness(gray_views(seed), True) for seed in (5, 6))
    assert (one != two).mean() > 0.3


def test_a_seed_of_numpy_is_an_integer():
    assert gray_views(np.int64(6)).seed == 6


def test_keras_seed_fixes_the_stream():
    keras.utils.set_random_seed(3)
    seeds = [gray_views(seed=None).seed for _ in range(3)]
    keras.utils.set_random_seed(3)
    assert [gray_views(seed=None).seed for _ in range(3)] == seeds
    assert len(set(seeds)) == 3
    keras.utils.set_random_seed(4)
    assert gray_views(seed=None).seed not in seeds


def test_views_and_steps_know_nothing_of_each_other():
    count, views = 4000, full_views()
    vectors = []
    for step in (1, 2):
        vectors += arrays(
            views.encode(draw_views(views, count, (32, 32, 3), step))
        )
    correlation = np.corrcoef(np.concatenate(vectors, axis=1), rowvar=False)
    width = vectors[0].shape[1]
    for i in range(4):
        # Parameters of one view belong together, e.g. height and width.
        block = slice(i * width, (i + 1) * width)
        assert np.abs(correlation[block, block]).max() > 0.5
        correlation[block, block] = 0
    assert np.abs(correlation).max() < 5 / np.sqrt(count)


def test_parameters_are_those_of_the_views():
    layer = crop_and_gray_views()
    call = functools.partial(layer, return_parameters=True)
    views, vectors = one_program(call)(PIXELS)
    draws = draw_views(layer, 2, SHAPE, 0)
    for i, part in enumerate(layer.pipelines):
        np.testing.assert_allclose(
            arrays(views[i]), replay(part, PIXELS, draws[i]), atol=1e-5
        )
        np.testing.assert_array_equal(
            arrays(vectors[i]), arrays(part.encode(draws[i]))
        )
        assert vectors[i].shape == (2, len(part.parameter_names))


def test_bytes_equal_floats():
    call = one_program(gray_views())
    bytes_, floats = call(PIXELS), call(PIXELS / 255)
    np.testing.assert_allclose(arrays(bytes_), arrays(floats), atol=1e-6)
    assert arrays(bytes_[0]).dtype == "float32"


def test_pipelines_of_different_sizes():
    sizes = (4, (5, 3))
    views = MultiView([Pipeline([RandomResizedCrop(s)]) for s in sizes], seed=1)
    first, second = one_program(views)(PIXELS)
    assert first.shape == (2, 4, 4, 3) and second.shape == (2, 5, 3, 3)


# Vectors and pixels of step 47: image 0 and 1 in view 1, then in view 2.
GOLDEN_BOXES = [
    (3, 4, 4, 5, 0),
    (0, 1, 6, 5, 0),
    (1, 1, 5, 4, 1),
    (1, 4, 6, 5, 1),
]
GOLDEN_JITTER = [
    (1, 1, 3, 0, 2, 0.736118, 0.970726, 1.17245, 0.0492171),
    (1, 3, 1, 0, 2, 1.00516, 0.693603, 1.06167, 0.0212048),
    (1, 2, 0, 1, 3, 1.37067, 0.73998, 0.872145, 0.0777663),
    (0, 0, 1, 2, 3, 1, 1, 1, 0),
]
GOLDEN_GRAY_AND_BLUR = [(0, 0, 0), (0, 1, 1.87013), (1, 1, 0.833794), (0, 0, 0)]
GOLDEN_PIXELS = [
    [0.405212, 0.394190, 0.318583],
    [0.307843, 0.394031, 0.369458],
    [0.244506, 0.332545, 0.483791],
    [0.409703, 0.264369, 0.353076],
    [0.510145, 0.468017, 0.510407],
    [0.502564, 0.481975, 0.523293],
    [0.524546, 0.459089, 0.493573],
    [0.524546, 0.470672, 0.509581],
    [0.634441, 0.634441, 0.634441],
    [0.634530, 0.634530, 0.634530],
    [0.634454, 0.634454, 0.634454],
    [0.634524, 0.634524, 0.634524],
    [0.471496, 0.457102, 0.547715],
    [0.516720, 0.504570, 0.470441],
    [0.501563, 0.462644, 0.457746],
    [0.608047, 0.487235, 0.512967],
]


def test_recorded_views():
    """The same on TensorFlow, JAX and torch."""
    layer = full_views()
    draws = draw_views(layer, 2, SHAPE, 47)
    vectors = np.concatenate(arrays(layer.encode(draws)))
    golden = [GOLDEN_BOXES, GOLDEN_JITTER, GOLDEN_GRAY_AND_BLUR]
    np.testing.assert_allclose(vectors, np.hstack(golden), rtol=1e-5)
    pixels = one_program(layer.replay)(PIXELS, draws)
    pixels = np.concatenate(arrays(pixels))
    np.testing.assert_allclose(pixels.reshape(-1, 3), GOLDEN_PIXELS, atol=1e-5)


@pytest.mark.backends("tensorflow")
def test_compiled_equals_eager():
    layer = full_views()
    draws = draw_views(layer, 2, SHAPE, 47)
    eager = layer.make_views(ops.convert_to_tensor(PIXELS), draws)
    compiled = layer.replay(PIXELS, draws)
    np.testing.assert_allclose(arrays(eager), arrays(compiled), atol=1e-5)


@pytest.mark.backends("tensorflow", "jax")
def test_a_compiled_step_equals_an_eager_one():
    layer = gray_views()

    def step(images):
        return layer(images, return_parameters=True)

    compiled = one_program(step)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        compiled = tf.function(step, jit_compile=True)
    pixels = images(64, 2, 2)
    keras.tree.map_structure(
        functools.partial(np.testing.assert_allclose, atol=1e-5),
        arrays(compiled(pixels)),
        arrays(step(pixels)),
    )


@pytest.mark.backends("tensorflow")
def test_two_replicas_see_the_views_of_one_device():
    with strategy().scope():
        shared = crop_and_gray_views()
        shared.build(None)
    alone, pixels = crop_and_gray_views(), images(6, *SHAPE)
    for step in (1, 2):
        halves = on_two_replicas(
            lambda x: shared(x, training=True, return_parameters=True), pixels
        )
        whole = alone(pixels, training=True, return_parameters=True)
        keras.tree.map_structure(
            lambda first, second, both: np.testing.assert_allclose(
                np.concatenate([first, second]), both, atol=1e-6
            ),
            *halves,
            arrays(whole),
        )
        assert int(shared.step.value.numpy()) == int(alone.step) == step


def test_a_saved_model_goes_on_with_the_stream(tmp_path):
    inputs = keras.Input((2, 2, 3))
    views, vectors = gray_views()(inputs, return_parameters=True)
    model = keras.Model(inputs, [*views, *vectors])
    assert model.output_shape == [(None, 2, 2, 3)] * 2 + [(None, 1)] * 2
    pixels = images(64, 2, 2)
    for _ in range(3):
        model(pixels, training=True)
    model.save(tmp_path / "views.keras")
    again = keras.saving.load_model(tmp_path / "views.keras")
    for _ in range(2):
        keras.tree.map_structure(
            np.testing.assert_array_equal,
            arrays(again(pixels, training=True)),
            arrays(model(pixels, training=True)),
        )
    assert int(again.layers[-1].step) == 5


def test_half_precision_models_get_float32_views():
    pixels, policy = images(2, 2, 2), keras.config.dtype_policy()
    expected = arrays(gray_views()(pixels))
    keras.config.set_dtype_policy("mixed_float16")
    try:
        found = arrays(gray_views()(pixels))
    finally:
        keras.config.set_dtype_policy(policy)
    np.testing.assert_array_equal(found, expected)
    assert found[0].dtype == "float32"


def zeros(*shape, dtype="float32"):
    return np.zeros(shape, dtype)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (zeros(2, 8, 9), r"\(batch, height, width, channels\).*\[\.\.\., None"),
        (zeros(2, 1, 8, 9, 3), r"shape \(2, 1, 8, 9, 3\)"),
        (zeros(2, 8, 9, 3, dtype="int32"), "uint8 in 0..255.*int32"),
        (zeros(2, 8, 9, 3, dtype="bool"), "uint8 in 0..255.*bool"),
        (zeros(2, 8, 9, 1), r"`saturation` and `hue` need.*3.*\(2, 2, 1\)"),
    ],
)
def test_wrong_images(wrong, message):
    with pytest.raises(ValueError, match=message):
        full_views()(wrong)
    symbol = keras.Input(wrong.shape[1:], dtype=str(wrong.dtype))
    with pytest.raises(ValueError, match=message.replace(r"\(2, 1,", ".*1,")):
        full_views()(symbol)


@pytest.mark.parametrize("shape", [(None, 9, 3), (8, None, 3), (8, 9, None)])
def test_images_of_unknown_size(shape):
    with pytest.raises(ValueError, match="must have a known height.*None"):
        full_views()(keras.Input(shape))


@pytest.mark.parametrize("pipelines", [[], pipeline(), [Grayscale()], None])
def test_wrong_pipelines(pipelines):
    message = "`pipelines` must be a non-empty list .*Received: pipelines="
    with pytest.raises(ValueError, match=message):
        MultiView(pipelines)


@pytest.mark.parametrize("seed", [-1, 2**31, 1.0, "1"])
def test_wrong_seed(seed):
    message = f"`seed` must be an integer from 0 .*seed={seed}"
    with pytest.raises(ValueError, match=message):
        MultiView([pipeline()], seed=seed)


@pytest.mark.parametrize("nested", [False, True])
def test_originals_are_resized_and_normalised_and_nothing_else(nested):
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), "uint8")
    ending = [Normalize(mean=0.5, std=0.25)]
    if nested:
        ending = [Pipeline(ending)]
    pipeline = Pipeline(
        [
            RandomResizedCrop(4, scale=(0.1, 0.2)),
            ColorJitter(0.9, 0.9, 0.9, 0.5, probability=1.0),
            *ending,
        ]
    )
    views = MultiView([pipeline], seed=0)
    found = ops.convert_to_numpy(views.originals(images))
    drawn = pipeline.identity(3, (8, 8, 3))
    expected = ops.convert_to_numpy(pipeline.replay(images, drawn))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.shape == (3, 4, 4, 3)
    assert found.min() < -1


def test_originals_of_the_right_size_are_the_images():
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), "uint8")
    pipeline = Pipeline([RandomResizedCrop(8)])
    found = MultiView([pipeline], seed=0).originals(images)
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), images / 255, atol=1e-6
    )
