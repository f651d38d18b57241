import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from keras_contrastive.training import _fit
from keras_contrastive.training._check_data import check_data
from tests.conftest import EAGERLY

IMAGES = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), "uint8")
VIEWS = tuple((IMAGES / 255 * s).astype("float32") for s in (1.0, 0.5))


def tiny_encoder(**kwargs):
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(4, 3, strides=2, **kwargs),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )


@keras.saving.register_keras_serializable("test")
class Toy(kc.ContrastiveModel):
    """Two terms, one of which learns from labels."""

    objective_names = ("pull", "fit_labels")

    def embed(self, views, features, training=False):
        return {"features": features}

    def objectives(self, outputs, labels=None):
        first, second = outputs["features"]
        target = 0.0 if labels is None else ops.cast(labels, first.dtype)
        return {
            "pull": ops.sum((first - second) ** 2, axis=1),
            "fit_labels": (first[:, 0] - target) ** 2,
        }


@keras.saving.register_keras_serializable("test")
class Twice(keras.layers.Layer):
    """Views that compile at once, for batches of many sizes."""

    def call(self, images, training=False):
        return 2 * [kc.ops.unit_range(images)]


def features_of(model):
    return [ops.convert_to_numpy(model.encoder(view)) for view in VIEWS]


def evaluate(model, *args, **kwargs):
    model.compile("sgd", run_eagerly=EAGERLY)
    return model.evaluate(
        VIEWS, *args, batch_size=16, verbose=0, return_dict=True, **kwargs
    )


def test_terms_are_weighed_and_logged_one_by_one():
    model = Toy(tiny_encoder(), term_weights={"pull": 3.0})
    logs = evaluate(model)
    first, second = features_of(model)
    pull = ((first - second) ** 2).sum(1).mean()
    other = (first[:, 0] ** 2).mean()
    assert logs["pull"] == pytest.approx(pull, rel=1e-5)
    assert logs["fit_labels"] == pytest.approx(other, rel=1e-5)
    assert logs["loss"] == pytest.approx(3 * pull + other, rel=1e-5)


def test_labels_reach_objectives_that_want_them():
    model = Toy(tiny_encoder())
    labels = np.arange(16)
    logs = evaluate(model, labels)
    error = (features_of(model)[0][:, 0] - labels) ** 2
    assert logs["fit_labels"] == pytest.approx(error.mean(), rel=1e-5)


def test_sample_weights_scale_each_image():
    model = Toy(tiny_encoder())
    weights = np.linspace(0, 2, 16)
    logs = evaluate(model, np.zeros(16), sample_weight=weights)
    first, second = features_of(model)
    pull = (((first - second) ** 2).sum(1) * weights).mean()
    assert logs["pull"] == pytest.approx(pull, rel=1e-5)


def test_losses_of_layers_are_added():
    encoder = tiny_encoder(kernel_regularizer=keras.regularizers.L2(0.5))
    model = Toy(encoder)
    logs = evaluate(model)
    kernel = ops.convert_to_numpy(encoder.layers[0].kernel)
    added = logs["loss"] - logs["pull"] - logs["fit_labels"]
    assert added == pytest.approx(0.5 * (kernel**2).sum(), rel=1e-4)


def test_labels_are_ignored_where_none_are_wanted():
    model = kc.SimCLR(tiny_encoder(), projector=kc.layers.ProjectionHead(4))
    assert evaluate(model, np.arange(16)) == evaluate(model)


def test_the_encoder_is_the_users_object():
    encoder = tiny_encoder()
    model = kc.SimCLR(encoder)
    assert model.encoder is encoder


def test_config_round_trip():
    views = kc.views.simclr(8, blur=False, seed=5)
    model = kc.SimCLR(
        tiny_encoder(), views, temperature=0.3, term_weights={"nt_xent": 2.0}
    )
    again = kc.SimCLR.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert again.views.seed == 5 and again.term_weights == {"nt_xent": 2.0}


def test_ready_views_may_be_normalised_but_not_in_255():
    model = Toy(tiny_encoder())
    views = [np.zeros((8, 12, 12, 3), "float32") for _ in range(2)]
    views[1][0] = 1.0
    for value in (2.0, -2.0):
        views[0][0, 0, 0, 0] = value
        check_data(model, tuple(views))
    views[0][0, 0, 0, 0] = 200.0
    for bad in (views, [view.astype("uint8") for view in views]):
        with pytest.raises(ValueError, match="Ready views in `x`.*200"):
            check_data(model, tuple(bad))


@pytest.mark.parametrize("ready", [True, False])
def test_saved_with_and_without_views(ready, tmp_path):
    views = None if ready else kc.views.simclr(8, blur=False, seed=1)
    model = kc.SimCLR(
        tiny_encoder(), views, projector=kc.layers.ProjectionHead(4)
    )
    model.compile(kc.optimizers.LARS(0.1), run_eagerly=EAGERLY)
    x = VIEWS if ready else IMAGES
    model.fit(x, batch_size=8, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.evaluate(x, batch_size=8, verbose=0) == model.evaluate(
        x, batch_size=8, verbose=0
    )
    assert isinstance(loaded.optimizer, kc.optimizers.LARS)


def test_images_in_a_dictionary():
    model = kc.SimCLR(
        tiny_encoder(),
        kc.views.simclr(8, blur=False, seed=1),
        kc.layers.ProjectionHead(4),
    )
    plain = model(IMAGES)
    within = model({"images": IMAGES, "index": np.arange(16)})
    for a, b in zip(
        keras.tree.flatten(plain), keras.tree.flatten(within), strict=True
    ):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(a), ops.convert_to_numpy(b)
        )


def test_data_follows_the_epochs_of_fit():
    batches = kc.data.from_arrays(IMAGES, batch_size=8, seed=3)
    seen = []

    class Spy(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            seen.append((epoch, batches.epoch))

    model = Toy(tiny_encoder(), Twice())
    model.compile("sgd", run_eagerly=EAGERLY)
    model.fit(batches, epochs=2, verbose=0, callbacks=[Spy()])
    model.fit(batches, initial_epoch=5, epochs=6, verbose=0, callbacks=Spy())
    assert seen == [(0, 0), (1, 1), (5, 5)]


def repeated(count):
    return np.resize(IMAGES, (count, *IMAGES.shape[1:]))


@pytest.mark.parametrize(
    "count, arguments",
    [
        (16, {"batch_size": 1}),
        (33, {}),  # 32 is Keras' default
        (12, {"batch_size": 8, "validation_split": 0.25}),
        (16, {"batch_size": 8, "validation_data": repeated(9)}),
    ],
)
def test_a_last_batch_of_one_is_refused(count, arguments):
    model = Toy(tiny_encoder(), kc.views.simclr(8, blur=False, seed=1))
    model.compile("sgd", run_eagerly=EAGERLY)
    with pytest.raises(ValueError, match="`batch_size` leaves a last batch"):
        model.fit(repeated(count), verbose=0, **arguments)


def test_a_last_batch_of_one_is_refused_of_other_data():
    model = Toy(tiny_encoder(), Twice())
    model.compile("sgd", run_eagerly=EAGERLY)
    batches = [
        kc.data.from_arrays(IMAGES, batch_size=5, drop_remainder=drop)
        for drop in (False, True)
    ]
    with pytest.raises(ValueError, match="16 images, batch_size=5"):
        model.fit(batches[0], verbose=0)
    with pytest.raises(ValueError, match="16 images, batch_size=5"):
        model.evaluate(IMAGES, batch_size=5, verbose=0)
    model.fit(batches[1], verbose=0)
    model.fit(repeated(9), batch_size=8, validation_split=0.25, verbose=0)


class Memory(Toy):
    """A method that remembers images by number."""

    needs_index = True

    def embed(self, views, features, training=False, *, index):
        return super().embed(views, features, training)


def test_a_method_with_a_memory_needs_the_index():
    with pytest.raises(ValueError, match="index=True"):
        Memory(tiny_encoder())(VIEWS)


@pytest.mark.parametrize(
    "method, x, message",
    [
        (Toy, (IMAGES, np.arange(16)), r"^`x` must be one array.*tuple of 2"),
        (Toy, list(IMAGES), "^`x` must be one array of images.*list of 16"),
        (Toy, {"image": IMAGES}, r"^`x` must be images or .* of \['image'\]"),
        (Memory, IMAGES, "^`Memory` remembers images.*type ndarray"),
        (Memory, {"images": IMAGES}, r"^`Memory` remembers.*\['images'\]"),
        (Toy, IMAGES[0], r"one image by `images\[None\]`.*shape \(8, 8, 3\)"),
    ],
)
def test_data_of_another_form_is_refused(method, x, message):
    model = method(tiny_encoder(), kc.views.simclr(8, blur=False))
    model.compile("sgd", run_eagerly=EAGERLY)
    with pytest.raises(ValueError, match=message):
        model.fit(x, batch_size=8, verbose=0)


def test_an_empty_data_set_is_refused():
    tf = pytest.importorskip("tensorflow")
    model = Toy(tiny_encoder(), Twice())
    model.compile("sgd", run_eagerly=EAGERLY)
    empty = tf.data.Dataset.from_tensor_slices(IMAGES[:0]).batch(8)
    with pytest.raises(ValueError, match="`x` must hold at least one batch"):
        model.fit(empty, verbose=0)


def test_data_to_evaluate_on_is_checked_too():
    model = Toy(tiny_encoder(), Twice())
    model.compile("sgd", run_eagerly=EAGERLY)
    wrong = IMAGES.astype("float32")
    with pytest.raises(ValueError, match="`images` of a float type"):
        model.evaluate(wrong, batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="`images` of a float type"):
        model.fit(IMAGES, batch_size=8, validation_data=wrong, verbose=0)


@pytest.mark.parametrize(
    "views, message",
    [
        (kc.views.simclr, "`views` must be a Keras model or layer.*function"),
        ("simclr", "`views` must be a Keras model or layer.*str"),
        (kc.views.simclr(8).pipelines[0], "all views.*type Pipeline"),
    ],
)
def test_views_must_be_a_layer_that_makes_all(views, message):
    with pytest.raises(ValueError, match=message):
        Toy(tiny_encoder(), views)


def test_encoder_and_views_in_the_wrong_order_are_named():
    views = kc.views.simclr(8, blur=False)
    with pytest.raises(ValueError, match="`encoder` must map.*makes views"):
        kc.SimCLR(views, tiny_encoder())
    with pytest.raises(ValueError, match="`views` must.*is an encoder"):
        kc.SimCLR(tiny_encoder(), tiny_encoder())


def test_a_method_without_embed_is_named():
    class Empty(kc.ContrastiveModel):
        objective_names = ("term",)

    with pytest.raises(NotImplementedError, match="`Empty` must.*`embed"):
        Empty(tiny_encoder())(VIEWS)


def test_a_method_that_compares_nothing_is_named():
    class Nothing(kc.ContrastiveModel):
        objective_names = ("term",)

        def embed(self, views, features, training=False):
            return {"features": features}

    model = Nothing(tiny_encoder())
    with pytest.raises(ValueError, match=r"`objective_names` must.*terms \(\)"):
        model.terms(model(VIEWS))

    class Pairs(Nothing):
        def contrasts(self, outputs):
            return {"term": [kc.contrasts.pairs(*outputs["features"])]}

    model = Pairs(tiny_encoder())
    with pytest.raises(ValueError, match="`pair_loss` of `Pairs` must be"):
        model.terms(model(VIEWS))


def test_weights_of_terms_are_numbers():
    for wrong in ("a", float("nan"), None):
        with pytest.raises(ValueError, match="`term_weights` must hold"):
            kc.SimCLR(tiny_encoder(), term_weights={"nt_xent": wrong})


@pytest.mark.parametrize("loss", ["dcl", kc.losses.NTXent])
def test_a_loss_that_is_none_is_named(loss):
    with pytest.raises(ValueError, match="`loss` must be a loss of two"):
        kc.SimCLR(tiny_encoder(), loss=loss)


def test_heads_must_be_layers():
    with pytest.raises(ValueError, match="`projector` must be .* type int"):
        kc.SimCLR(tiny_encoder(), projector=128)
    with pytest.raises(ValueError, match="`predictor` must be .* type int"):
        kc.BYOL(tiny_encoder(), predictor=128)


def test_views_of_another_size_than_the_encoder_are_named():
    model = Toy(tiny_encoder(), kc.views.simclr(12, blur=False))
    model.compile("sgd", run_eagerly=EAGERLY)
    message = r"^`encoder` must take images of shape \(12, 12, 3\), as the vi"
    with pytest.raises(ValueError, match=message):
        model.fit(IMAGES, batch_size=8, verbose=0)


def sup_con():
    views = kc.views.simclr(8, blur=False)
    model = kc.SupCon(tiny_encoder(), views, kc.layers.ProjectionHead(4))
    model.compile("sgd", run_eagerly=False)
    return model


def test_missing_labels_cost_no_weights():
    model, labels = sup_con(), np.arange(16) % 4
    batches = kc.data.from_arrays(IMAGES, batch_size=8)
    for call in (model.fit, model.evaluate):
        for x in (IMAGES, batches):
            with pytest.raises(ValueError, match="`SupCon` learns from labels"):
                call(x, verbose=0)
        call(IMAGES, labels, batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="`SupCon` learns from labels"):
        model.fit(IMAGES, labels, validation_data=IMAGES, verbose=0)


def test_what_is_no_label_is_named_before_the_first_step():
    model, labels = sup_con(), np.arange(16) % 4
    text, column = labels.astype(str), labels[:, None] - 1
    for y, cure in (
        (np.eye(4)[labels], "argmax"),
        (np.where(labels == 2, np.nan, labels), "-1 for NaN"),
        (labels / 2, "astype"),
        (text, "np.unique"),
        (labels - 2, "from 0"),
    ):
        given = [(IMAGES, y)]
        if y is not text:  # refused there already
            given.append((kc.data.from_arrays(IMAGES, y, batch_size=8),))
        for call in (model.fit, model.evaluate):
            for data in given:
                with pytest.raises(ValueError, match=f"`y` must have.*{cure}"):
                    call(*data, verbose=0)
    assert model.optimizer.iterations == 0
    history = model.fit(IMAGES, column, batch_size=8, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="Keras loses the weights"
)
def test_after_an_error_the_same_model_can_be_trained(monkeypatch):
    model, labels = sup_con(), np.arange(16) % 4
    for call in (model.fit, model.evaluate):
        with monkeypatch.context() as patch:
            # As of data that cannot be looked at before.
            patch.setattr(_fit, "check_data", lambda model, x, y: (x, None))
            with pytest.raises(ValueError, match="one integer label per image"):
                call(IMAGES, np.eye(4)[labels], batch_size=8, verbose=0)
        call(IMAGES, labels, batch_size=8, verbose=0)


def test_feature_maps_are_refused():
    encoder = keras.Sequential(tiny_encoder().layers[:1])
    encoder.build((None, 8, 8, 3))
    with pytest.raises(ValueError, match="GlobalAveragePooling2D"):
        kc.SimCLR(encoder)


def test_feature_maps_of_an_encoder_without_a_graph_are_refused():
    class Maps(keras.Model):
        def call(self, images):
            return images

    with pytest.raises(ValueError, match="GlobalAveragePooling2D"):
        kc.SimCLR(Maps())(VIEWS)


def test_a_layer_that_makes_one_view_is_refused():
    model = Toy(tiny_encoder(), views=keras.layers.Rescaling(1 / 255))
    with pytest.raises(ValueError, match="`views` must return the views"):
        model(IMAGES)


def test_an_encoder_must_be_a_layer():
    with pytest.raises(ValueError, match="`encoder` must be"):
        kc.SimCLR("resnet18")


@pytest.mark.backends("tensorflow")
class TestUnderAStrategy:
    @pytest.mark.parametrize(
        "argument", [{"jit_compile": True}, {"steps_per_execution": 2}]
    )
    def test_what_keras_cannot_do_is_refused(self, argument):
        from tests.replicas import two_replicas

        with two_replicas() as scope, scope():
            model = kc.SimCLR(tiny_encoder())
            name, value = next(iter(argument.items()))
            message = f"`{name}` must .*Received: {name}={value}"
            with pytest.raises(ValueError, match=message):
                model.compile("sgd", **argument)
