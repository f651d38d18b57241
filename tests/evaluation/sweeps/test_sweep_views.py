import json

import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.evaluation import sweep_views
from tests.conformance import tiny
from tests.conftest import EAGERLY

SIDE = tiny.SIDE
(IMAGES, LABELS), *_ = kc.data.shapes(48, 48, image_size=SIDE, labels=True)
LABELLED = (IMAGES, LABELS % 2)
TESTED = (255 - IMAGES, LABELS % 2)
VALUES = [1.0, 0.5, 0.2]
pytestmark = pytest.mark.usefixtures("short_probe")


class Dimmed(keras.layers.Layer):
    """Two views that compile at once: the image, and a darker one."""

    def __init__(self, share):
        super().__init__()
        self.share = share

    def call(self, images, training=False):
        images = kc.ops.unit_range(images)
        return [images, self.share * images]


def make_model(views, seed, method=kc.SimCLR):
    made.append((views, seed))
    model = method(tiny.encoder(), views, kc.layers.ProjectionHead(4))
    model.compile("sgd", run_eagerly=EAGERLY)
    return model


made = []


def sweep(make_views=Dimmed, values=VALUES, images=IMAGES, **kwargs):
    made.clear()
    arguments = {"make_model": make_model, "seeds": 2, "epochs": 1}
    arguments |= {"batch_size": 16, "name": "share"}
    return sweep_views(
        make_views, values, images, LABELLED, TESTED, **arguments | kwargs
    )


def test_one_run_per_value_and_seed():
    found = sweep()
    assert [seed for _, seed in made] == 3 * [0] + 3 * [1]
    assert [views.share for views, _ in made] == 2 * VALUES
    assert found.values == VALUES and found.name == "share"
    assert found.mutual_information.shape == found.accuracy.shape == (3, 2)
    assert found.untrained.shape == (2,)
    assert found.settings["cap"] == pytest.approx(np.log(31), abs=1e-5)
    # Another seed has other weights, the same value other views.
    assert len(np.unique(found.mutual_information)) == 6


def test_measures_are_those_of_a_run_by_hand():
    found = sweep(seeds=1)
    keras.utils.set_random_seed(0)
    model = make_model(Dimmed(0.5), 0)
    data = kc.data.from_arrays(IMAGES, batch_size=16, shuffle=True, seed=0)
    model.fit(data, epochs=1, verbose=0)
    shared = kc.evaluation.mutual_information(model, TESTED[0], batch_size=16)
    probe = kc.evaluation.linear_probe(model.encoder, LABELLED, TESTED)
    assert found.mutual_information[1, 0] == pytest.approx(
        shared.metrics["info_nce"], abs=1e-5
    )
    assert found.accuracy[1, 0] == pytest.approx(probe.accuracy, abs=0.03)


def test_goes_on_where_it_was_interrupted(tmp_path):
    path = tmp_path / "deep" / "share.json"

    class Interrupted(Exception):
        pass

    def fails(views, seed):
        if len(made) == 2:
            raise Interrupted
        return make_model(views, seed)

    with pytest.raises(Interrupted):
        sweep(path=path, make_model=fails, seeds=1)
    found = sweep(path=path, seeds=1)
    assert len(made) == 1
    again = sweep(path=path, seeds=1)
    assert made == []
    assert str(again) == str(found)
    more = sweep(path=path, seeds=2)
    assert len(made) == 3
    np.testing.assert_array_equal(more.accuracy[:, :1], found.accuracy)


def test_a_file_of_another_sweep_is_refused(tmp_path):
    path = tmp_path / "share.json"
    path.write_text(json.dumps({"settings": {"name": "hue"}, "runs": {}}))
    with pytest.raises(ValueError, match="holds another sweep.*hue"):
        sweep(path=path)


def test_test_images_are_arrays_unless_there_is_something_held_out():
    with pytest.raises(ValueError, match="`test`.*`held_out`"):
        sweep_views(
            Dimmed,
            VALUES,
            IMAGES,
            LABELLED,
            [TESTED],
            make_model=make_model,
            seeds=1,
        )


def test_ready_views_of_a_value_and_another_encoder():
    heads = []

    def pairs(names, seed):
        return kc.data.shape_pairs(
            32, names.split(), image_size=SIDE, seed=seed
        )

    def encoder_of(model):
        heads.append(model)
        return model.encoder

    found = sweep(
        lambda names: None,
        ["shape hue x", "shape hue", "shape"],
        pairs,
        held_out=pairs,
        encoder_of=encoder_of,
        seeds=1,
    )
    assert found.accuracy.shape == (3, 1)
    assert len(heads) == 4  # once before training


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": [1.0, 0.5]}, "at least 3"),
        ({"values": [1.0, 0.5, 0.5]}, "no two alike"),
        ({"seeds": 0}, "`seeds`"),
        ({"epochs": 0}, "`epochs`"),
        ({"batch_size": 0.5}, "`batch_size`"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        sweep(**arguments)
    assert made == []


def test_a_model_without_negatives_is_refused_before_it_trains():
    def barlow_twins(views, seed):
        return make_model(views, seed, kc.BarlowTwins)

    with pytest.raises(ValueError, match="negatives"):
        sweep(make_model=barlow_twins)
    assert len(made) == 1
