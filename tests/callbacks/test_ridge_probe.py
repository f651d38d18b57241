import pytest

from keras_contrastive.callbacks import RidgeProbe
from keras_contrastive.evaluation import ridge_probe
from tests.callbacks.test_knn_probe import TEST, TRAIN, train


def test_logs_what_a_ridge_probe_finds():
    model, history = train([RidgeProbe(TRAIN, TEST, every=2)], epochs=4)
    assert len(history["ridge_accuracy"]) == 2
    found = ridge_probe(model.encoder, TRAIN, TEST).accuracy
    assert history["ridge_accuracy"][-1] == found


def test_training_is_not_affected():
    plain, _ = train([])
    probed, _ = train([RidgeProbe(TRAIN, TEST, every=1)])
    for a, b in zip(plain.get_weights(), probed.get_weights(), strict=True):
        assert (a == b).all()


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="`every` must be .* epochs"):
        RidgeProbe(TRAIN, TEST, every=0)
    with pytest.raises(ValueError, match="`test` is read many times"):
        RidgeProbe(TRAIN, iter([TEST]))
    with pytest.raises(ValueError, match="`train` must have labels"):
        train([RidgeProbe((TRAIN[0], None), TEST)])
    with pytest.raises(ValueError, match="`test` must hold other images"):
        train([RidgeProbe(TRAIN, TRAIN)])
    with pytest.raises(ValueError, match="`test` must have no other classes"):
        train([RidgeProbe(TRAIN, (TEST[0], TEST[1] + 1))])
