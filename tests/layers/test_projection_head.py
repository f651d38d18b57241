import keras
import numpy as np
import pytest
from keras import ops

from keras_contrastive.layers import ProjectionHead

FEATURES = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")


def weights_of(**kwargs):
    head = ProjectionHead(4, **kwargs)
    assert head(FEATURES).shape == (8, 4)
    return [tuple(weight.shape) for weight in head.trainable_weights]


def test_layers_with_batch_norm_as_in_v1_and_v2():
    # Kernels without bias; scale and offset; the last one has a scale alone.
    assert weights_of(num_layers=1) == [(6, 4), (4,)]
    assert weights_of() == [(6, 6), (6,), (6,), (6, 4), (4,)]
    hidden = [(6, 5), (5,), (5,), (5, 5), (5,), (5,)]
    deep = weights_of(num_layers=3, hidden_units=5)
    assert deep == [*hidden, (5, 4), (4,)]


def test_layers_without_batch_norm():
    assert weights_of(use_batch_norm=False) == [(6, 6), (6,), (6, 4), (4,)]


def test_value_of_the_plain_head():
    head = ProjectionHead(4, use_batch_norm=False)
    found = ops.convert_to_numpy(head(FEATURES))
    w1, b1, w2, b2 = (ops.convert_to_numpy(w) for w in head.weights)
    slow = np.maximum(FEATURES @ w1 + b1, 0) @ w2 + b2
    np.testing.assert_allclose(found, slow, atol=1e-5)


def test_batch_statistics_centre_each_unit():
    projections = ops.convert_to_numpy(
        ProjectionHead(4)(FEATURES, training=True)
    )
    np.testing.assert_allclose(projections.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(projections.std(0), 1, atol=1e-2)


def test_saved_inside_a_model(tmp_path):
    inputs = keras.Input((6,))
    model = keras.Model(inputs, ProjectionHead(4, num_layers=3)(inputs))
    model.save(tmp_path / "head.keras")
    loaded = keras.saving.load_model(tmp_path / "head.keras")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model(FEATURES)),
        ops.convert_to_numpy(loaded(FEATURES)),
    )


@pytest.mark.parametrize("argument", ["units", "num_layers", "hidden_units"])
def test_arguments_are_checked(argument):
    with pytest.raises(ValueError, match=f"`{argument}` must be an integer"):
        ProjectionHead(**{argument: 0})


def test_feature_maps_are_refused():
    with pytest.raises(ValueError, match="`inputs` must be features"):
        ProjectionHead()(np.zeros((2, 4, 4, 3), "float32"))


def test_the_first_layers_are_those_of_the_head():
    head = ProjectionHead(3, num_layers=3, hidden_units=5)
    with pytest.raises(ValueError, match="must be built"):
        head.first(1)
    features = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    head(features)
    for count, width in ((1, 5), (2, 5)):
        x = features
        for block in head.blocks[: 3 * count]:
            x = block(x)
        found = head.first(count)(features)
        assert found.shape == (8, width)
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(found), keras.ops.convert_to_numpy(x)
        )
    assert head.first(1).weights[0] is head.weights[0]
    for count in (0, 3):
        with pytest.raises(ValueError, match="`num_layers` must be from 1"):
            head.first(count)
