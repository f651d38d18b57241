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


def simclr(**kwargs):
    head = tiny.head("bias", use_batch_norm=False)
    return kc.SimCLR(plain_encoder(), views(), head, temperature=0.5, **kwargs)


def byol(**kwargs):
    heads = tiny.head("none"), tiny.head("none")
    return kc.BYOL(plain_encoder(), views(), *heads, momentum=0.9, **kwargs)


def moco(**kwargs):
    head = tiny.head("bias", use_batch_norm=False)
    return kc.MoCo(
        plain_encoder(), views(), head, queue_size=20, seed=1, **kwargs
    )


def equimod(**kwargs):
    return kc.EquiMod(
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
    inside = trained(make(modules=[equimod(weight=0.0)]))
    of_module = {id(weight) for weight in inside.parts[0].weights}
    own = [weight for weight in inside.weights if id(weight) not in of_module]
    for ours, theirs in zip(own, alone.weights, strict=True):
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
    inside = trained(simclr(modules=[equimod()]))
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
    model = kc.BYOL(
        encoder,
        tiny.full_views(),
        tiny.head(),
        tiny.head(),
        modules=[equimod()],
    )
    batches.clear()
    model(images(8), training=True)
    # And each view once through the momentum branch.
    assert batches[-3:].count(24) == 1 and batches[-3:].count(8) == 2


def test_outputs_hold_those_of_the_method():
    model = simclr(modules=[equimod()])
    outputs = model(images(8))
    assert {"features", "projections"} < set(outputs)
    assert outputs["original"].shape == (8, 32)
    assert outputs["embeddings"].shape == (8, 2, 32)
    assert outputs["predicted"].shape == (8, 2, 32)


def test_names_that_the_method_has_too_are_refused():
    class Named(kc.SimCLR):
        def embed(self, views, features, training=False):
            outputs = super().embed(views, features, training)
            return {**outputs, "original": outputs["projections"][0]}

    model = Named(plain_encoder(), views(), tiny.head(), modules=[equimod()])
    with pytest.raises(ValueError, match="outputs .'original'. of a module"):
        model(images(8))
    loss = kc.losses.NTXent(name="equivariance")
    with pytest.raises(ValueError, match="terms .'equivariance'. of a mod"):
        simclr(loss=loss, modules=[equimod()])
    with pytest.raises(ValueError, match="terms .'equivariance'.*another"):
        simclr(modules=[equimod(), equimod()])


def heads_applied(module, parameters):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(3, 8, 16)).astype("float32")
    original, *features = map(ops.convert_to_tensor, features)
    outputs = module.embed(
        features,
        original=original,
        parameters=[ops.convert_to_tensor(p) for p in parameters],
    )
    return keras.tree.map_structure(ops.convert_to_numpy, outputs)


def test_a_prediction_follows_the_parameters_of_its_view():
    module = equimod()
    simclr(modules=[module]).build((None, *tiny.IMAGE_SHAPE))
    rng = np.random.default_rng(1)
    first, second, other = rng.normal(size=(3, 8, 5)).astype("float32")
    before = heads_applied(module, [first, second])
    after = heads_applied(module, [first, other])
    moved = np.abs(after["predicted"] - before["predicted"]).max(axis=(0, 2))
    assert moved[0] < 1e-6 and moved[1] > 1e-3
    np.testing.assert_allclose(
        before["embeddings"], after["embeddings"], atol=1e-6
    )


def test_gradient_flows_into_the_untouched_image():
    """Nothing is detached, in the module of BYOL neither."""
    module = equimod()
    byol(modules=[module]).build((None, *tiny.IMAGE_SHAPE))
    rng = np.random.default_rng(0)
    features = rng.normal(size=(3, 8, 16)).astype("float32")
    vectors = 2 * [ops.zeros((8, 5))]

    def loss(original):
        outputs = module.embed(
            list(map(ops.convert_to_tensor, features[1:])),
            original=original,
            parameters=vectors,
        )
        return ops.sum(module.objectives(outputs)["equivariance"])

    assert np.abs(gradient(loss, features[0])).max() > 1e-4


def test_default_heads_are_those_of_the_paper():
    module = kc.EquiMod()
    simclr(modules=[module]).build((None, *tiny.IMAGE_SHAPE))
    shapes = {
        name: [tuple(w.shape) for w in getattr(module, name).trainable_weights]
        for name in ("projector", "parameter_projector", "predictor")
    }
    hidden = [(16, 2048), (2048,), (2048,), (2048, 2048), (2048,), (2048,)]
    assert shapes["projector"] == [*hidden, (2048, 128)]
    assert shapes["parameter_projector"] == [(5, 128), (128,), (128,)]
    assert shapes["predictor"] == [(256, 128)]


def test_terms_and_weights():
    model = kc.VICReg(
        plain_encoder(),
        tiny.full_views(),
        tiny.head("none"),
        term_weights={"variance": 3.0},
        modules=[equimod(weight=0.5)],
    )
    own = kc.VICReg.objective_names
    assert model.objective_names == (*own, "equivariance")
    assert model.term_weights["variance"] == 3.0
    assert model.term_weights["equivariance"] == 0.5
    model.compile("sgd", run_eagerly=True)
    logs = model.fit(images(16), batch_size=8, verbose=0).history
    assert set(logs) == {"loss", *model.objective_names}
    assert logs["variance"][0] > 0 and logs["equivariance"][0] > 0


def test_parameters_are_standardised_by_moments_of_the_views():
    module = equimod()
    model = simclr(modules=[module])
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
        ops.convert_to_numpy, (module.parameter_mean, module.parameter_std)
    )
    scaled = (sample - mean) / std
    assert np.abs(scaled.mean(axis=0)).max() < 0.08
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=0.08)


def test_a_loaded_model_keeps_its_moments(tmp_path):
    module = equimod()
    model = trained(simclr(modules=[module]), steps=1)
    module.parameter_mean.assign(module.parameter_mean + 1)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(loaded.parts[0].parameter_mean),
        ops.convert_to_numpy(module.parameter_mean),
    )


def test_methods_with_a_memory_and_with_labels():
    one_view = tiny.views([tiny.crop()])
    model = kc.InstDis(
        plain_encoder(),
        one_view,
        tiny.head("bias"),
        num_images=64,
        seed=1,
        modules=[equimod()],
    )
    model.compile("sgd", run_eagerly=True)
    numbers = np.arange(16, dtype="int32")
    model.fit({"images": images(16), "index": numbers}, batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="`num_images`"):
        model.fit({"images": images(16), "index": numbers + 99}, verbose=0)
    with pytest.raises(ValueError, match="remembers images by number"):
        model(images(8))
    model = kc.SupCon(
        plain_encoder(), tiny.full_views(), tiny.head(), modules=[equimod()]
    )
    model.compile("sgd", run_eagerly=True)
    model.fit(images(16), numbers % 3, batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="learns from labels"):
        model.fit(images(16), batch_size=8, verbose=0)


def test_what_does_not_go_together_is_refused():
    for wrong in (kc.EquiMod, simclr(), "EquiMod"):
        with pytest.raises(ValueError, match="`modules` must be a list of mod"):
            simclr(modules=[wrong])
    with pytest.raises(ValueError, match="`modules` must be a list of mod"):
        simclr(modules=kc.EquiMod)
    with pytest.raises(ValueError, match="`EquiMod`.*views=None"):
        kc.SimCLR(plain_encoder(), modules=[equimod()])
    unequal = tiny.views([tiny.crop()], [tiny.crop(), kc.views.Solarize()])
    with pytest.raises(ValueError, match="same parameters.*probability=0.0"):
        kc.SimCLR(plain_encoder(), unequal, modules=[equimod()])
    with pytest.raises(ValueError, match="`EquiMod` learns from the param"):
        kc.SimCLR(plain_encoder(), Twice(), modules=[equimod()])
    with pytest.raises(ValueError, match="'equivariance' must be a number"):
        simclr(modules=[equimod(weight=-1.0)])
    with pytest.raises(ValueError, match="`weight` must be a finite number"):
        equimod(weight=float("nan"))
    three = tiny.views(*3 * [[tiny.crop()]])
    model = kc.SimCLR(plain_encoder(), three, modules=[equimod()])
    with pytest.raises(ValueError, match="`views` must return the views"):
        model(images(8))
    model = simclr(modules=[equimod()])
    with pytest.raises(ValueError, match="known height, width"):
        model.build((None, None, None, 3))
    for name in ("AMDIM", "CMC", "PIRL", "CPC", "InfoMin", "LearnedViews"):
        row = METHODS[name]
        with pytest.raises(ValueError, match="EquiMod"):
            row.make(row.views(), modules=[equimod()])


class Twice(keras.layers.Layer):
    """Views without parameters."""

    def call(self, images, training=False):
        return 2 * [kc.ops.unit_range(images)]


def test_moments_are_measured_wherever_the_model_is_built():
    """`fit` may build a model while it traces."""
    fitted, built = equimod(), equimod()
    model = simclr(modules=[fitted])
    model.compile("sgd")
    model.fit(images(16), batch_size=8, verbose=0)
    simclr(modules=[built]).build((None, *tiny.IMAGE_SHAPE))
    for ours, theirs in (
        (fitted.parameter_mean, built.parameter_mean),
        (fitted.parameter_std, built.parameter_std),
    ):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(ours), ops.convert_to_numpy(theirs)
        )
