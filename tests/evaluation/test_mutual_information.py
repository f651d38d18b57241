import keras
import numpy as np
import pytest

from keras_contrastive.data import from_arrays
from keras_contrastive.evaluation import mutual_information
from keras_contrastive.metrics import mutual_information as measure
from tests.conformance import training
from tests.conformance.training import make, numpy_weights


@pytest.mark.parametrize("method", ["SimCLR", "MoCo", "InstDis"])
def test_is_the_mean_over_whole_batches(method):
    model = make(method)
    before = numpy_weights(model)
    images = training.images(11)
    x = images
    if method == "InstDis":
        x = {"images": images, "index": np.arange(11, dtype="int32")}
    report = mutual_information(model, x, batch_size=4, unit="bits")
    expected = []
    for start in (0, 4):
        batch = keras.tree.map_structure(
            lambda part, start=start: part[start : start + 4], x
        )
        scores = model.scores(model(batch, training=False))
        expected.append(measure(scores, unit="bits"))
    assert report.settings["batches"] == 2
    for name in ("info_nce", "nwj", "jensen_shannon", "cap"):
        values = [one[name] for one in expected]
        assert report.metrics[name] == pytest.approx(np.mean(values), rel=1e-5)
        if name != "cap":
            error = np.std(values, ddof=1) / np.sqrt(2)
            assert report.spreads[name] == pytest.approx(error, abs=1e-5)
    for old, new in zip(before, numpy_weights(model), strict=True):
        np.testing.assert_array_equal(old, new)


def test_one_batch_has_the_error_of_its_queries():
    model = make("SimCLR")
    report = mutual_information(model, training.images(), batch_size=8)
    assert set(report.spreads) == {"info_nce"}


def test_bad_arguments():
    model = make("SimCLR")
    with pytest.raises(ValueError, match="`batch_size`"):
        mutual_information(model, training.images(), batch_size=9)
    with pytest.raises(ValueError, match="`scores` must have negatives"):
        mutual_information(make("BYOL"), training.images(), batch_size=4)
    with pytest.raises(ValueError, match="ContrastiveModel"):
        mutual_information(keras.Sequential(), training.images())
    images = training.images()
    for data in ((images, images), from_arrays(images, batch_size=4)):
        with pytest.raises(ValueError, match="`images` must be an array"):
            mutual_information(model, data, batch_size=4)
