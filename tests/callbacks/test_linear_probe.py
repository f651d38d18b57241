import pytest

from keras_contrastive.callbacks import LinearProbe
from keras_contrastive.evaluation import linear_probe
from tests.callbacks.test_knn_probe import TEST, TRAIN, train


def test_logs_what_a_linear_probe_finds():
    probe = LinearProbe(TRAIN, TEST, every=2, probe_epochs=5)
    model, history = train([probe], epochs=4)
    assert len(history["linear_accuracy"]) == 2
    found = linear_probe(model.encoder, TRAIN, TEST, epochs=5).accuracy
    assert history["linear_accuracy"][-1] == found


def test_training_is_not_affected():
    plain, _ = train([])
    probed, _ = train([LinearProbe(TRAIN, TEST, every=1, probe_epochs=2)])
    for a, b in zip(plain.get_weights(), probed.get_weights(), strict=True):
        assert (a == b).all()


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="`every` must be .* epochs"):
        LinearProbe(TRAIN, TEST, every=0)
    with pytest.raises(ValueError, match="`probe_epochs` must be an integer"):
        LinearProbe(TRAIN, TEST, probe_epochs=0)
