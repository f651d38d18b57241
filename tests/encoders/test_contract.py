"""What an encoder takes and returns, and what is said of one that does not."""

import warnings

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive._check_encoder import (
    check_pixels,
    warn_of_classifier,
)
from keras_contrastive._check_images import warn_if_flat
from tests.conftest import EAGERLY

layers = keras.layers
VIEWS = tuple(
    np.random.default_rng(seed).random((4, 8, 8, 3)).astype("float32")
    for seed in (0, 1)
)


def encoder(*first, shape=(8, 8, 3), last=(), **kwargs):
    return keras.Sequential(
        [
            keras.Input(shape),
            *first,
            layers.Conv2D(4, 3, **kwargs),
            layers.GlobalAveragePooling2D(kwargs.get("data_format")),
            *last,
        ]
    )


def divided_by_an_operation():
    images = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3)(images / 255.0)
    return keras.Model(images, layers.GlobalAveragePooling2D()(x))


def adapted(images):
    layer = layers.Normalization()
    layer.adapt(images)
    return layer


SCALED = {
    "rescaling": lambda: encoder(layers.Rescaling(1 / 255)),
    "shifted": lambda: encoder(layers.Rescaling(1 / 127.5, -1)),
    "statistics of 0..255": lambda: encoder(
        layers.Normalization(mean=(124, 116, 104), variance=(3400, 3300, 3290))
    ),
    "operation": divided_by_an_operation,
    "lambda": lambda: encoder(layers.Lambda(lambda x: x / 255)),
    "model in a model": lambda: encoder(
        keras.Sequential([keras.Input((8, 8, 3)), layers.Rescaling(1 / 255)])
    ),
    "batch normalization": lambda: encoder(
        layers.Rescaling(1 / 255), layers.BatchNormalization()
    ),
}
UNSCALED = {
    "undone": lambda: encoder(layers.Rescaling(255), layers.Rescaling(1 / 255)),
    "undone inside": lambda: keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Rescaling(255),
            encoder(layers.Rescaling(1 / 255)),
        ]
    ),
    "statistics of 0..1": lambda: encoder(adapted(VIEWS[0])),
    "minus one to one": lambda: encoder(layers.Rescaling(2, -1)),
    "0..255": lambda: encoder(layers.Rescaling(255)),
    "standardized": lambda: encoder(layers.UnitNormalization()),
    "pooled": lambda: keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    ),
    "without weights": lambda: keras.Sequential(
        [keras.Input((8, 8, 3)), layers.GlobalAveragePooling2D()]
    ),
    "open sides": lambda: encoder(shape=(None, None, 3)),
    "permuted": lambda: encoder(
        layers.Permute((3, 1, 2)), data_format="channels_first"
    ),
}


@pytest.mark.parametrize("name", SCALED)
def test_scaling_inside_is_told(name):
    model = SCALED[name]()
    with pytest.warns(UserWarning, match=r"Rescaling\(255\)"):
        kc.SimCLR(model)
    # Nothing is watched any more.
    assert all("call" not in vars(part) for part in model.layers)


@pytest.mark.backends("tensorflow", "torch")  # JAX compiles for a minute
def test_scaling_inside_keras_applications_is_told():
    arguments = {"include_top": False, "weights": None, "pooling": "avg"}
    make = keras.applications.MobileNetV3Small
    with pytest.warns(UserWarning, match="include_preprocessing=False"):
        kc.SimCLR(make((32, 32, 3), **arguments))
    kc.SimCLR(make((32, 32, 3), include_preprocessing=False, **arguments))


@pytest.mark.parametrize("name", UNSCALED)
def test_what_arrives_as_it_should_passes(name):
    check_pixels(UNSCALED[name]())


class Subclass(keras.Model):
    def __init__(self, scale=1.0, outputs=None):
        super().__init__()
        self.scale = layers.Rescaling(scale)
        self.body = layers.Conv2D(4, 3)
        self.pool = layers.GlobalAveragePooling2D()
        self.outputs_of = outputs or (lambda x: x)

    def call(self, images):
        return self.outputs_of(self.pool(self.body(self.scale(images))))


def test_without_a_graph_it_is_looked_at_in_fit_and_evaluation():
    images = (255 * VIEWS[0]).astype("uint8")
    for scale in (1.0, 1 / 255):
        model = kc.SimCLR(Subclass(scale))
        model.compile("sgd", run_eagerly=EAGERLY)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            model.fit(VIEWS, batch_size=4, verbose=0)
            kc.evaluation.extract_features(
                model.encoder, (images, None), verbose=False
            )
        found = [x for x in told if "Rescaling(255)" in str(x.message)]
        assert len(found) == (0 if scale == 1 else 2)


@pytest.mark.parametrize(
    "make, message",
    [
        (
            lambda x: keras.Model(x, {"a": layers.ReLU()(x)}),
            r"dictionary of \['a'",
        ),
        (lambda x: keras.Model(x, 2 * [layers.ReLU()(x)]), "2 outputs"),
        (
            lambda x: keras.Model(
                [x, y := keras.Input((8, 8, 3))], layers.Add()([x, y])
            ),
            "one input.*2 inputs",
        ),
        (lambda x: keras.Model(x, layers.ReLU()(x)), "GlobalAveragePooling2D"),
        (lambda x: keras.Model(x, layers.Reshape((64, 3))(x)), "Pooling1D"),
        (lambda x: encoder(data_format="channels_first"), "Permute"),
        (
            lambda x: encoder(
                layers.ZeroPadding2D(data_format="channels_first"),
                shape=(3, 8, 8),
                data_format="channels_first",
            ),
            "Permute",
        ),
        (
            lambda x: keras.Model(
                y := keras.Input((8, 8, 3), dtype="uint8"), layers.Flatten()(y)
            ),
            "float images in 0..1.*uint8",
        ),
    ],
)
def test_other_inputs_and_outputs_are_refused(make, message):
    model = make(keras.Input((8, 8, 3)))
    with pytest.raises(ValueError, match=f"(?s)`encoder` must.*{message}"):
        kc.SimCLR(model)
    with pytest.raises(ValueError, match=f"(?s)`second_encoder` .*{message}"):
        kc.CMC(encoder(), model, num_images=4)


def test_outputs_without_a_graph_are_refused():
    for outputs in (lambda x: {"a": x}, lambda x: [x, x]):
        model = Subclass(outputs=outputs)
        with pytest.raises(ValueError, match="must return one tensor"):
            kc.SimCLR(model)(VIEWS)
        model = Subclass(outputs=outputs)
        with pytest.raises(ValueError, match="`second_encoder` must return"):
            kc.LearnedViews(encoder(shape=(8, 8, 1)), model)((VIEWS[0],))


@pytest.mark.parametrize(
    "last",
    [
        layers.Dense(5, activation="softmax"),
        layers.Softmax(),
        layers.Activation("sigmoid"),
        layers.Dense(5, name="predictions"),
        keras.Sequential(
            [keras.Input((4,)), layers.Dense(2), layers.Softmax()]
        ),
    ],
)
def test_the_head_of_a_classifier_is_told(last):
    with pytest.warns(UserWarning, match="include_top=False"):
        kc.SimCLR(encoder(last=[last]))
    warn_of_classifier(encoder(last=[layers.Dense(5, activation="relu")]))


def test_a_frozen_encoder_is_told():
    model = kc.SimCLR(encoder())
    model.compile("sgd")
    model.encoder.trainable = False
    with pytest.warns(UserWarning, match=r"`encoder` is frozen"):
        model.compile("sgd")


def test_uint8_gives_the_features_of_floats(tmp_path):
    """Where Keras would cast 0..255 to floats."""
    kept = kc.SimCLR(encoder()).encoder
    images = (255 * VIEWS[0]).astype("uint8")
    expected = kept.predict(images / np.float32(255), verbose=0)
    with pytest.warns(UserWarning, match="takes float images in 0..1"):
        found = kept.predict(images, verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    kc.export.export_encoder(kept, tmp_path / "encoder.keras")
    written = keras.saving.load_model(tmp_path / "encoder.keras")
    for model in (kept, written):
        for given in (images, images / np.float32(255)):
            found, _ = kc.evaluation.extract_features(
                model, (given, None), verbose=False
            )
            np.testing.assert_allclose(found, expected, atol=1e-5)
    with pytest.raises(ValueError, match=r"take the encoder inside"):
        kc.SimCLR(written)
    with pytest.raises(ValueError, match=r"take the encoder inside"):
        kc.export.export_encoder(written, tmp_path / "again.keras")


def test_maps_with_channels_first_are_refused():
    model = encoder(layers.Permute((3, 1, 2)), data_format="channels_first")
    with pytest.raises(ValueError, match="channels_first"):
        kc.export.feature_pyramid(model)


@pytest.mark.parametrize(
    "images, flat",
    [
        (VIEWS[0], False),
        (VIEWS[0] / 255, True),
        ((VIEWS[0] > 0.5).astype("uint8"), True),
        ((255 * VIEWS[0]).astype("uint8"), False),
        (np.ones((2, 8, 8, 3), "float32"), True),
    ],
)
def test_images_that_hardly_vary_are_told(images, flat):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        warn_if_flat(images, "x")
    assert [("`x` hardly vary" in str(x.message)) for x in told] == [
        True
    ] * flat
    if flat:
        model = kc.SimCLR(encoder(), kc.views.simclr(image_size=8, blur=False))
        model.compile("sgd", run_eagerly=EAGERLY)
        with pytest.raises(UserWarning, match="`x` hardly vary"):
            model.fit(images, verbose=0)
        with pytest.raises(UserWarning, match="`data` hardly vary"):
            kc.evaluation.extract_features(None, (images, None), verbose=False)


class Unregistered(keras.layers.Layer):
    def call(self, x):
        return x


def unregistered(x):
    return x


@pytest.mark.parametrize(
    "part, name",
    [
        (Unregistered, "unregistered class `Unregistered`"),
        (lambda: layers.Activation(unregistered), "function `unregistered`"),
        (lambda: layers.Lambda(lambda x: x), "a Python lambda"),
    ],
)
def test_what_will_not_load_is_named_when_it_is_saved(part, name, tmp_path):
    model = kc.BYOL(
        encoder(part()),
        projector=kc.layers.ProjectionHead(2),
        predictor=kc.layers.ProjectionHead(2),
    )
    model.build([(None, 8, 8, 3)] * 2)
    with pytest.warns(UserWarning, match=name):
        model.save(tmp_path / "model.keras")


def test_what_has_no_config_is_named():
    class Lost(keras.layers.Layer):
        def __init__(self, width):
            super().__init__()

    with pytest.raises(ValueError, match=r"(?s)get_config.*Received: Lost"):
        kc.BYOL(encoder(Lost(np.float32)))


class Called(keras.Model):
    """Built by its call, as most subclasses are."""

    def __init__(self):
        super().__init__()
        self.map = layers.Conv2D(4, 3)

    def call(self, x):
        return keras.ops.mean(self.map(x / 255.0), axis=(1, 2))


@pytest.mark.parametrize(
    "make, told",
    [
        (Called, "scales them again"),
        (
            lambda: keras.Sequential(
                [layers.Flatten(), layers.Dense(2, activation="softmax")]
            ),
            "head of a classifier",
        ),
    ],
)
def test_an_encoder_that_fit_builds_is_looked_at(make, told):
    model = kc.SimCLR(make(), projector=kc.layers.ProjectionHead(2))
    model.compile("sgd", run_eagerly=EAGERLY)
    with pytest.warns(UserWarning, match=told):
        model.fit(VIEWS, batch_size=2, verbose=0)


def test_inputs_by_name_in_a_list_or_a_dictionary():
    images = keras.Input((8, 8, 3), name="images")
    features = layers.GlobalAveragePooling2D()(images)
    expected = VIEWS[0].mean(axis=(1, 2))
    for inputs in (images, [images], {"images": images}):
        kept = keras.Model(inputs, features)
        kc.SimCLR(kept)
        given = keras.tree.map_structure(lambda _: VIEWS[0], inputs)
        found = kept.predict(given, verbose=0)
        np.testing.assert_allclose(found, expected, atol=1e-6)
        found = keras.ops.convert_to_numpy(kept(inputs=given))
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_call_of_the_instance_stays():
    kept = layers.GlobalAveragePooling2D()
    kept.call = lambda x: keras.ops.ones((len(x), 4))
    kc.SimCLR(kept)
    assert float(keras.ops.min(kept(VIEWS[0]))) == 1


class Positions(layers.Layer):
    """Embeds places before it looks at the image."""

    def __init__(self):
        super().__init__()
        self.places, self.patches = layers.Embedding(64, 4), layers.Dense(4)

    def call(self, x):
        places = self.places(keras.ops.arange(64)[None])
        return places + self.patches(keras.ops.reshape(x, (-1, 64, 3)))


def test_weights_that_see_no_image_are_not_the_first():
    images = keras.Input((8, 8, 3))
    x = layers.GlobalAveragePooling1D()(Positions()(images))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_pixels(keras.Model(images, x))


@pytest.mark.parametrize(
    "first",
    [
        layers.BatchNormalization,
        lambda: layers.RandomFlip(data_format="channels_last"),
    ],
)
def test_channels_first_after_other_layers_is_refused(first):
    with pytest.raises(ValueError, match="channels_first"):
        kc.SimCLR(
            encoder(first(), data_format="channels_first", padding="same")
        )
