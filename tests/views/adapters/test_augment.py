import functools
import threading

import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.views import Augment, MultiView, Pipeline
from tests.ops.one_program import one_program
from tests.ops.two_replicas import on_two_replicas, strategy
from tests.views.adapters.adapted import EVERY, KERAS_CV, augment, cv
from tests.views.samples import arrays, images, uniforms

SHAPE = (8, 9, 3)


def program(name, function):
    """On JAX compiled, but for keras-cv, which must not be."""
    return function if name in KERAS_CV else one_program(function)


@functools.cache
def draw_program(name):
    transform = augment(name)
    return program(name, lambda numbers: transform.draw(numbers, SHAPE))


@functools.cache
def replay_program(name):
    return program(name, augment(name).replay)


def draw(name, count=16, seed=0):
    numbers = uniforms(augment(name), count, seed)
    return arrays(draw_program(name)(ops.convert_to_tensor(numbers)))


@functools.cache
def takes_int32_indices():
    if keras.backend.backend() != "torch":
        return True
    import torch

    try:
        torch.gather(torch.zeros(1), 0, torch.zeros(1, dtype=torch.int32))
    except RuntimeError:
        return False
    return True


def replay(name, pixels, draws):
    if name == "erase" and not takes_int32_indices():
        pytest.skip("`RandomErasing` of Keras needs a newer torch")
    draws = keras.tree.map_structure(ops.convert_to_tensor, draws)
    return arrays(replay_program(name)(pixels, draws))


def of_rows(draws, rows):
    return {name: value[rows] for name, value in draws.items()}


@pytest.mark.parametrize("name", EVERY)
def test_each_image_has_its_own_draws(name):
    draws = draw(name)
    pixels = replay(name, np.repeat(images(1, *SHAPE), 16, axis=0), draws)
    applied = draws["applied"] == 1
    assert 8 < applied.sum() < 16
    distinct = len(np.unique(pixels.round(5), axis=0))
    assert distinct == 2 if name == "flip" else distinct > 8
    assert 0 <= pixels.min() and pixels.max() <= 1
    assert pixels.dtype == "float32"


@pytest.mark.parametrize("name", EVERY)
def test_replay_knows_only_the_draws(name):
    pixels, draws = images(16, *SHAPE), draw(name)
    whole = replay(name, pixels, draws)
    layer = augment(name).adapted.layer
    keras.utils.set_random_seed(5)
    used = layer(ops.convert_to_tensor(255 * pixels))
    assert not np.array_equal(arrays(used), whole)
    rows = np.array([9, 2, 3])
    np.testing.assert_allclose(
        replay(name, pixels[rows], of_rows(draws, rows)), whole[rows], atol=2e-6
    )
    fresh = Augment(EVERY[name](), probability=0.8)
    again = program(name, fresh.replay)(pixels, draws)
    np.testing.assert_allclose(arrays(again), whole, atol=2e-6)


def test_images_left_out_stay():
    for name in ("hue", "blur", "erase", "turn"):
        pixels, draws = images(16, *SHAPE), draw(name)
        left = draws["applied"] == 0
        found = replay(name, pixels, draws)
        np.testing.assert_array_equal(found[left], pixels[left])
        assert (found[~left] != pixels[~left]).any((1, 2, 3)).sum() > 8


def test_identity_of_a_layer_that_resizes():
    transform = augment("crop")
    pixels = images(4, *SHAPE)
    found = transform.replay(pixels, transform.identity(4, SHAPE))
    expected = ops.image.resize(pixels, (6, 5), antialias=True)
    np.testing.assert_allclose(arrays(found), arrays(expected), atol=1e-6)
    assert transform.output_image_shape(SHAPE) == (6, 5, 3)


@pytest.mark.parametrize(
    "name, parameters",
    [
        ("contrast", {"contrast_factor": 1}),
        ("blur", {"should_apply_blur": 1, "blur_factor": 2}),
        ("erase", {}),
        ("turn", {"angle": 1, "rotation_matrix": 8}),
        ("flip", {"flip_horizontals": 1, "flip_verticals": 1}),
        ("crop", {"0/0": 1, "0/1": 1, "0/2": 1, "0/3": 1}),
        ("jitter", {}),
        ("policy", {}),
    ],
)
def test_parameters_are_what_the_layer_hands_out(name, parameters):
    transform = augment(name)
    assert transform.parameters == {"applied": 1, **parameters}
    draws = draw(name)
    vector = arrays(transform.encode(draws))
    assert vector.shape == (16, len(transform.parameter_names))
    assert (vector[draws["applied"] == 0] == 0).all()


def test_drawn_contrast_equals_a_slow_loop():
    draws, pixels = draw("contrast"), images(16, *SHAPE)
    found = replay("contrast", pixels, draws)
    for i in range(16):
        if draws["applied"][i] == 0:
            continue
        factor = draws["contrast_factor"][i].astype("float64")
        assert 0.6 <= factor < 1.4
        mean = pixels[i].astype("float64").mean((0, 1))
        expected = np.clip((pixels[i] - mean) * factor + mean, 0, 1)
        np.testing.assert_allclose(found[i], expected, atol=1e-6)


def test_replays_parameters_from_elsewhere():
    transform = augment("contrast")
    draws = of_rows(draw("contrast"), slice(0, 3))
    draws["applied"] = np.ones(3, "float32")
    draws["contrast_factor"] = np.array([1.0, 0.0, 2.0], "float32")
    pixels = images(3, *SHAPE)
    found = arrays(transform.replay(pixels, draws))
    np.testing.assert_allclose(found[0], pixels[0], atol=1e-6)
    assert np.ptp(found[1], axis=(0, 1)).max() < 1e-6
    assert np.ptp(found[2]) > np.ptp(pixels[2]) - 1e-6


def test_draws_are_uniform_where_the_layer_says_so():
    layer = keras.layers.RandomBrightness((-0.2, 0.4), value_range=(0, 1))
    transform = Augment(layer)
    numbers = uniforms(transform, 4000)
    draws = one_program(lambda u: transform.draw(u, SHAPE))(numbers)
    deltas = np.sort(arrays(draws["rgb_delta"]))
    expected = -0.2 + 0.6 * (np.arange(4000) + 0.5) / 4000
    assert np.abs(deltas - expected).max() < 0.6 * 1.6 / np.sqrt(4000)


# Sums over random signs: the same on TensorFlow, JAX and torch.
GOLDEN = {
    "hue": -44.4461,
    "blur": -45.0936,
    "erase": -33.3594,
    "turn": -37.2985,
    "crop": -13.8370,
    "jitter": -30.6971,
    "policy": -54.6819,
}


@pytest.mark.parametrize("name", GOLDEN)
def test_recorded_pixels(name):
    found = replay(name, images(16, *SHAPE), draw(name))
    weights = np.random.default_rng(0).normal(size=found.shape)
    np.testing.assert_allclose((weights * found).sum(), GOLDEN[name], atol=2e-3)


@pytest.mark.backends("tensorflow")
@pytest.mark.parametrize("name", ["hue", "blur", "turn", "crop", "policy"])
def test_graph_equals_eager(name):
    import tensorflow as tf

    transform, numbers = augment(name), uniforms(augment(name), 16)

    def both(numbers, pixels):
        draws = transform.draw(numbers, SHAPE)
        return draws, transform.replay(pixels, draws)

    graph = tf.function(both, jit_compile=transform.supports_jit)
    keras.tree.map_structure(
        functools.partial(np.testing.assert_allclose, atol=1e-5),
        arrays(graph(numbers, images(16, *SHAPE))),
        arrays(both(ops.convert_to_tensor(numbers), images(16, *SHAPE))),
    )


@pytest.mark.backends("tensorflow")
def test_two_replicas_see_the_views_of_one_device():
    def make():
        flip = Augment(EVERY["flip"](), probability=0.8)
        return MultiView([Pipeline([flip, augment("jitter")])], seed=3)

    with strategy().scope():
        shared = make()
        shared.build(None)
    alone, pixels = make(), images(6, *SHAPE)
    for _ in range(2):
        halves = on_two_replicas(
            lambda x: shared(x, training=True, return_parameters=True), pixels
        )
        whole = alone(pixels, training=True, return_parameters=True)
        keras.tree.map_structure(
            lambda first, second, both: np.testing.assert_allclose(
                np.concatenate([first, second]), both, atol=1e-5
            ),
            *halves,
            arrays(whole),
        )


def test_layers_are_left_as_they_were():
    for name in ("hue", "flip"):
        layer = augment(name).adapted.layer
        before = dict(vars(layer))
        replay(name, images(16, *SHAPE), draw(name))
        assert all(vars(layer)[key] is before[key] for key in before)


def test_other_threads_keep_the_random_numbers_of_tensorflow():
    adapted = augment("flip").adapted
    import tensorflow as tf

    original, found = tf.random.uniform, []
    random = adapted.random()
    with adapted.redirected(random):
        thread = threading.Thread(
            target=lambda: found.append(tf.random.uniform((3,)).numpy())
        )
        thread.start()
        thread.join()
        assert tf.random.uniform((3,)).numpy().tolist() == [0.5] * 3
    assert random.num_columns == 3 and (found[0] != 0.5).all()
    assert tf.random.uniform is original


@pytest.mark.backends("tensorflow", "torch")
@pytest.mark.filterwarnings("ignore:Tensor.T is deprecated")
def test_equalisation_does_not_mix_images():
    """Keras counts the values of a whole batch; JAX compiles it for long."""
    transform = Augment(keras.layers.Equalization())
    pixels = images(3, *SHAPE) * np.array([0.2, 0.5, 1])[:, None, None, None]
    draws = {"applied": np.ones(3, "float32"), "key": np.zeros((3, 2))}
    whole = arrays(transform.replay(pixels, draws))
    for i in range(3):
        one = of_rows(draws, slice(i, i + 1))
        alone = arrays(transform.replay(pixels[i : i + 1], one))
        np.testing.assert_allclose(whole[i], alone[0], atol=1e-6)


def test_value_ranges():
    assert augment("hue").value_range == (0, 1)
    assert augment("jitter").value_range == (0, 255)
    assert augment("turn").value_range == (0, 255)
    assert Augment(cv().Posterization((-1, 1), 4)).value_range == (-1, 1)
    assert Augment(cv().RandomJpegQuality((50, 90))).value_range == (0, 1)
    given = Augment(cv().GridMask((0.1, 0.2)), value_range=(0, 9))
    assert given.value_range == (0, 9)
    with pytest.raises(ValueError, match=r"`value_range` is .*\(1, 0\)"):
        Augment(EVERY["turn"](), value_range=(1, 0))


@pytest.mark.parametrize("name", ["jitter", "contrast"])
def test_half_precision_models_get_float32_views(name):
    policy = keras.config.dtype_policy()
    expected = replay(name, images(16, *SHAPE), draw(name))
    keras.config.set_dtype_policy("mixed_float16")
    try:
        transform = Augment(EVERY[name](), probability=0.8)
        found = program(name, transform.replay)(images(16, *SHAPE), draw(name))
    finally:
        keras.config.set_dtype_policy(policy)
    assert arrays(found).dtype == "float32"
    np.testing.assert_allclose(arrays(found), expected, atol=1e-6)


@pytest.mark.parametrize("names", [["hue", "blur"], ["flip", "crop"]])
def test_a_file_keeps_adapted_layers(names, tmp_path):
    views = MultiView([Pipeline([augment(name) for name in names])], seed=1)
    inputs = keras.Input(SHAPE)
    model = keras.Model(inputs, views(inputs))
    model.save(tmp_path / "views.keras")
    again = keras.saving.load_model(tmp_path / "views.keras")
    np.testing.assert_array_equal(
        arrays(again.layers[-1](images(4, *SHAPE))[0]),
        arrays(views(images(4, *SHAPE))[0]),
    )
    # Keras takes no notice of the layers inside.
    assert [weight.name for weight in model.weights] == ["step"]


def encoder(shape):
    return keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Conv2D(4, 3),
            keras.layers.BatchNormalization(),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )


def fit(names, **kwargs):
    pipeline = Pipeline([augment(name) for name in names])
    model = kc.SimCLR(
        encoder(pipeline.output_image_shape(SHAPE)),
        MultiView([pipeline, pipeline], seed=1),
        kc.layers.ProjectionHead(4),
    )
    model.compile("sgd", **kwargs)
    history = model.fit(
        images(8, *SHAPE), batch_size=4, epochs=1, verbose=0, shuffle=False
    )
    assert np.isfinite(history.history["loss"]).all()
    assert int(model.views.step) == 2
    return model


def test_trains_with_keras_layers():
    assert fit(["hue", "blur"]).jit_compile == (
        keras.backend.backend() == "jax"
    )


@pytest.mark.backends("tensorflow", "torch")
def test_trains_with_keras_cv_in_the_model():
    assert not fit(["crop", "flip", "jitter"]).jit_compile


@pytest.mark.backends("tensorflow")
def test_trains_with_rand_augment_in_the_model():
    fit(["policy"])


@pytest.mark.backends("jax")
def test_keras_cv_in_a_model_on_jax():
    message = "`RandomFlip` of keras-cv .* model on JAX.*to_dataset"
    with pytest.raises(ValueError, match=message):
        fit(["flip"])


def refused(message, make):
    with pytest.raises(ValueError, match=message):
        Augment(make())


@pytest.mark.parametrize(
    "message, make",
    [
        ("`MixUp`. It mixes images", lambda: keras.layers.MixUp()),
        ("`CutMix`. It mixes images", lambda: keras.layers.CutMix()),
        ("`AugMix`. Its random .*RandAugment", lambda: keras.layers.AugMix()),
        ("`RandomElasticTransform`", keras.layers.RandomElasticTransform),
        (
            r"`RandomSaturation` .* pass `value_range=\(0, 1\)`.*\[0, 255\]",
            lambda: keras.layers.RandomColorJitter(saturation_factor=0.3),
        ),
        (
            "`RandomFlip` must have `data_format='channels_last'`",
            lambda: keras.layers.RandomFlip(data_format="channels_first"),
        ),
        ("image augmentation layer .*Received", lambda: keras.layers.Dense(3)),
        ("image augmentation layer .*Received", lambda: np.fliplr),
    ],
)
def test_refused_layers_of_keras(message, make):
    refused(message, make)


@pytest.mark.parametrize(
    "message, make",
    [
        (
            r"`RandomApply`. .*`Augment\(layer, probability=rate\)`",
            lambda: cv().RandomApply(cv().RandomFlip()),
        ),
        ("`Augmenter`. .*views.Pipeline", lambda: cv().Augmenter([])),
        ("`MixUp`. It mixes images", lambda: cv().MixUp()),
        ("`CutMix`. It mixes images", lambda: cv().CutMix()),
        ("`Mosaic`. It mixes images", lambda: cv().Mosaic()),
        ("`FourierMix`. It mixes images", lambda: cv().FourierMix()),
        ("`AugMix`. Its random", lambda: cv().AugMix((0, 255))),
        (
            "`RepeatedAugmentation`.*MultiView",
            lambda: cv().RepeatedAugmentation([cv().RandomFlip()]),
        ),
        (
            "`MixUp`. It mixes images",
            lambda: cv().RandomChoice([cv().RandomFlip(), cv().MixUp()]),
        ),
    ],
)
def test_refused_layers_of_keras_cv(message, make):
    refused(message, make)


@pytest.mark.backends("jax")
def test_refused_on_jax():
    refused(
        "`RandomCrop` .*RandomResizedCrop",
        lambda: keras.layers.RandomCrop(4, 4),
    )


@pytest.mark.backends("torch")
def test_refused_on_torch():
    refused("`RandAugment` brightens all", keras.layers.RandAugment)


def custom(augment_image):
    """A layer of a user of keras-cv, with one method."""

    class Custom(cv().BaseImageAugmentationLayer):
        auto_vectorize = False

    Custom.augment_image = augment_image
    return Augment(Custom(), value_range=(0, 1))


def test_custom_layers_of_keras_cv():
    def darker(self, image, transformation, **kwargs):
        return image * self._random_generator.uniform(())

    transform = custom(darker)
    draws = transform.draw(uniforms(transform, 5), SHAPE)
    found = arrays(transform.replay(np.ones((5, *SHAPE), "float32"), draws))
    assert np.ptp(found, axis=(1, 2, 3)).max() == 0
    assert len(np.unique(found)) == 5


def test_draws_out_of_reach():
    def random_flip(self, image, transformation, **kwargs):
        import tensorflow as tf

        return tf.image.random_flip_up_down(image)

    with pytest.raises(ValueError, match="`Custom` draws .*'RandomUniform'"):
        custom(random_flip).check(SHAPE)

    def categorical(self, image, transformation, **kwargs):
        return image * self._random_generator.binomial((), 1, 0.5)

    with pytest.raises(ValueError, match="`Custom` draws by `binomial`"):
        custom(categorical).check(SHAPE)


def test_draws_in_a_loop():
    def fade(self, image, transformation, **kwargs):
        import tensorflow as tf

        return tf.while_loop(
            lambda i, image: i < 3,
            lambda i, image: (
                i + 1,
                image * self._random_generator.uniform(()),
            ),
            (0, image),
        )[1]

    with pytest.raises(ValueError, match="`Custom` .* in a loop"):
        custom(fade).check(SHAPE)


def test_results_of_another_kind():
    gray = Augment(cv().Grayscale(1))
    with pytest.raises(ValueError, match=r"`Grayscale` must .*\(8, 9, 1\)"):
        Pipeline([gray]).check(SHAPE)
    stretch = Augment(cv().RandomAspectRatio((0.5, 2.0)))
    with pytest.raises(ValueError, match="`RandomAspectRatio` gives .* sizes"):
        Pipeline([stretch]).check(SHAPE)
