import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from tests.conformance import tiny
from tests.conformance.methods import METHODS
from tests.conformance.training import fit, images, views_at_start
from tests.conftest import EAGERLY
from tests.ops.gradient import gradient


def plain_encoder():
    """Without batch normalisation, through which images see each other."""
    return keras.Sequential(
        [
            keras.Input(tiny.IMAGE_SHAPE),
            keras.layers.Conv2D(8, 3, strides=2, activation="relu"),
            keras.layers.Conv2D(16, 3, strides=2, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )


def views():
    return views_at_start(tiny.two_crops)


def simclr():
    head = tiny.head("bias", use_batch_norm=False)
    return kc.SimCLR(plain_encoder(), views(), head, temperature=0.5)


def byol():
    heads = tiny.head("none"), tiny.head("none")
    return kc.BYOL(plain_encoder(), views(), *heads, momentum=0.9)


def moco():
    head = tiny.head("bias", use_batch_norm=False)
    return kc.MoCo(plain_encoder(), views(), head, queue_size=20, seed=1)


def equimod(method, **kwargs):
    return kc.EquiMod(
        method,
        tiny.head("standardize"),
        tiny.head("affine", num_layers=1),
        tiny.head("standardize", num_layers=1),
        **kwargs,
    )


def trained(model, steps=3):
    sgd = keras.optimizers.SGD(0.05, momentum=0.9)
    model.compile(sgd, run_eagerly=EAGERLY)
    fit("SimCLR", model, 8 * steps)
    return model


@pytest.mark.parametrize("make", [simclr, byol, moco])
def test_without_weight_the_method_learns_as_if_alone(make):
    keras.utils.set_random_seed(1)
    alone = trained(make())
    keras.utils.set_random_seed(1)
    inside = make()
    trained(equimod(inside, weight=0.0))
    for ours, theirs in zip(inside.weights, alone.weights, strict=True):
        np.testing.assert_allclose(
            ops.convert_to_numpy(ours),
            ops.convert_to_numpy(theirs),
            rtol=0,
            atol=1e-5,  # sums over three images, one of which weighs 0
            err_msg=ours.path,
        )


def test_the_term_moves_the_encoder():
    keras.utils.set_random_seed(1)
    alone = trained(simclr())
    keras.utils.set_random_seed(1)
    inside = simclr()
    trained(equimod(inside))
    first, second = (
        ops.convert_to_numpy(m.encoder.weights[0]) for m in (alone, inside)
    )
    assert np.abs(first - second).max() > 1e-3


def test_original_and_views_pass_the_encoder_in_one_call():
    model = METHODS["EquiMod on BYOL"].make(tiny.full_views())
    batches = []

    class Recorder(keras.layers.Layer):
        def call(self, x):
            batches.append(x.shape[0])
            return x

    layers = [model.encoder.inputs[0], Recorder(), *model.encoder.layers]
    encoder = keras.Sequential(layers)
    method = kc.BYOL(encoder, tiny.full_views(), tiny.head(), tiny.head())
    batches.clear()
    equimod(method)(images(8), training=True)
    # And each view once through the momentum branch.
    assert batches[-3:].count(24) == 1 and batches[-3:].count(8) == 2


def test_outputs_hold_those_of_the_method():
    model = equimod(simclr())
    outputs = model(images(8))
    assert {"features", "projections"} < set(outputs)
    assert outputs["original"].shape == (8, 32)
    assert outputs["embeddings"].shape == (8, 2, 32)
    assert outputs["predicted"].shape == (8, 2, 32)


def test_names_that_the_method_has_too_are_refused():
    class Named(kc.SimCLR):
        def embed(self, views, training=False):
            outputs = super().embed(views, training)
            return {**outputs, "original": outputs["projections"][0]}

    model = equimod(Named(plain_encoder(), views(), tiny.head()))
    with pytest.raises(ValueError, match="outputs .'original'. of the module"):
        model(images(8))

    method = simclr()
    method.objective_names = ("equivariance",)
    with pytest.raises(ValueError, match="terms .'equivariance'. of the mod"):
        equimod(method)


def heads_applied(model, parameters):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(3, 8, 16)).astype("float32")
    features = [ops.convert_to_tensor(f) for f in features]
    vectors = [ops.convert_to_tensor(p) for p in parameters]
    outputs = model.auxiliary_outputs(features, vectors, training=False)
    return keras.tree.map_structure(ops.convert_to_numpy, outputs)


def test_a_prediction_follows_the_parameters_of_its_view():
    model = equimod(simclr())
    model.build((None, *tiny.IMAGE_SHAPE))
    rng = np.random.default_rng(1)
    first, second, other = rng.normal(size=(3, 8, 5)).astype("float32")
    before = heads_applied(model, [first, second])
    after = heads_applied(model, [first, other])
    moved = np.abs(after["predicted"] - before["predicted"]).max(axis=(0, 2))
    assert moved[0] < 1e-6 and moved[1] > 1e-3
    np.testing.assert_allclose(
        before["embeddings"], after["embeddings"], atol=1e-6
    )


def test_gradient_flows_into_the_untouched_image():
    """Nothing is detached, in the module of BYOL neither."""
    model = equimod(byol())
    model.build((None, *tiny.IMAGE_SHAPE))
    rng = np.random.default_rng(0)
    features = rng.normal(size=(3, 8, 16)).astype("float32")
    vectors = 2 * [ops.zeros((8, 5))]

    def loss(original):
        outputs = model.auxiliary_outputs(
            [original, *map(ops.convert_to_tensor, features[1:])],
            vectors,
            training=False,
        )
        return ops.sum(model.auxiliary_objectives(outputs)["equivariance"])

    assert np.abs(gradient(loss, features[0])).max() > 1e-4


def test_default_heads_are_those_of_the_paper():
    model = kc.EquiMod(kc.SimCLR(plain_encoder(), views(), tiny.head()))
    model.build((None, *tiny.IMAGE_SHAPE))
    shapes = {
        name: [tuple(w.shape) for w in getattr(model, name).trainable_weights]
        for name in ("projector", "parameter_projector", "predictor")
    }
    hidden = [(16, 2048), (2048,), (2048,), (2048, 2048), (2048,), (2048,)]
    assert shapes["projector"] == [*hidden, (2048, 128)]
    assert shapes["parameter_projector"] == [(5, 128), (128,), (128,)]
    assert shapes["predictor"] == [(256, 128)]


def test_terms_and_weights():
    method = kc.VICReg(
        plain_encoder(),
        tiny.full_views(),
        tiny.head("none"),
        term_weights={"variance": 3.0},
    )
    model = equimod(method, weight=0.5)
    assert model.objective_names == (*method.objective_names, "equivariance")
    assert model.term_weights["variance"] == 3.0
    assert model.term_weights["equivariance"] == 0.5
    model.compile("sgd", run_eagerly=True)
    logs = model.fit(images(16), batch_size=8, verbose=0).history
    assert set(logs) == {"loss", *model.objective_names}
    assert logs["variance"][0] > 0 and logs["equivariance"][0] > 0


def test_parameters_are_standardised_by_moments_of_the_views():
    model = equimod(simclr())
    model.build((None, *tiny.IMAGE_SHAPE))
    vectors = [
        ops.convert_to_numpy(vector)
        for step in range(40)
        for vector in model.views.encode(
            model.views.draw(100, tiny.IMAGE_SHAPE, step)
        )
    ]
    sample = np.concatenate(vectors)
    mean, std = map(
        ops.convert_to_numpy, (model.parameter_mean, model.parameter_std)
    )
    scaled = (sample - mean) / std
    assert np.abs(scaled.mean(axis=0)).max() < 0.08
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=0.08)


def test_a_loaded_model_keeps_its_moments(tmp_path):
    model = trained(equimod(simclr()), steps=1)
    model.parameter_mean.assign(model.parameter_mean + 1)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(loaded.parameter_mean),
        ops.convert_to_numpy(model.parameter_mean),
    )
    assert loaded.encoder is loaded.method.encoder


def test_methods_with_a_memory_and_with_labels():
    one_view = tiny.views([tiny.crop()])
    method = kc.InstDis(
        plain_encoder(), one_view, tiny.head("bias"), num_images=64, seed=1
    )
    model = equimod(method)
    model.compile("sgd", run_eagerly=True)
    numbers = np.arange(16, dtype="int32")
    model.fit({"images": images(16), "index": numbers}, batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="`num_images`"):
        model.fit({"images": images(16), "index": numbers + 99}, verbose=0)
    with pytest.raises(ValueError, match="remembers images by number"):
        model(images(8))
    model = equimod(kc.SupCon(plain_encoder(), tiny.full_views(), tiny.head()))
    model.compile("sgd", run_eagerly=True)
    model.fit(images(16), numbers % 3, batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="learns from labels"):
        model.fit(images(16), batch_size=8, verbose=0)


def test_what_cannot_be_wrapped_is_refused():
    with pytest.raises(ValueError, match="`method` must be a `keras_contr"):
        kc.EquiMod(plain_encoder())
    with pytest.raises(ValueError, match="views=None"):
        kc.EquiMod(kc.SimCLR(plain_encoder()))
    unequal = tiny.views([tiny.crop()], [tiny.crop(), kc.views.Solarize()])
    with pytest.raises(ValueError, match="same parameters.*probability=0.0"):
        kc.EquiMod(kc.SimCLR(plain_encoder(), unequal))
    with pytest.raises(ValueError, match="not a module around one"):
        kc.EquiMod(equimod(simclr()))
    for weight in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="'equivariance' must be a number"):
            kc.EquiMod(simclr(), weight=weight)
    three = tiny.views(*3 * [[tiny.crop()]])
    model = kc.EquiMod(kc.SimCLR(plain_encoder(), three))
    with pytest.raises(ValueError, match="`views` must return the views"):
        model(images(8))
    model = kc.EquiMod(kc.SimCLR(plain_encoder(), tiny.two_crops()))
    with pytest.raises(ValueError, match="known height, width"):
        model.build((None, None, None, 3))
    for name in ("CMC", "PIRL", "CPC", "InfoMin", "LearnedViews"):
        row = METHODS[name]
        with pytest.raises(ValueError, match="EquiMod"):
            kc.EquiMod(row.make(row.views()))


def test_moments_are_measured_wherever_the_model_is_built():
    """`fit` may build a model while it traces."""
    fitted, built = equimod(simclr()), equimod(simclr())
    fitted.compile("sgd")
    fitted.fit(images(16), batch_size=8, verbose=0)
    built.build((None, *tiny.IMAGE_SHAPE))
    for ours, theirs in (
        (fitted.parameter_mean, built.parameter_mean),
        (fitted.parameter_std, built.parameter_std),
    ):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(ours), ops.convert_to_numpy(theirs)
        )
