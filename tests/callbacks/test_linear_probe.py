import pytest

from keras_contrastive.callbacks import LinearProbe
from keras_contrastive.evaluation import ridge_probe
from tests.callbacks.test_knn_probe import BANK, QUERIES, train


def test_logs_what_a_ridge_probe_finds():
    model, history = train([LinearProbe(BANK, QUERIES, every=2)], epochs=4)
    assert len(history["linear_accuracy"]) == 2
    found = ridge_probe(model.encoder, BANK, QUERIES).accuracy
    assert history["linear_accuracy"][-1] == found


def test_training_is_not_affected():
    plain, _ = train([])
    probed, _ = train([LinearProbe(BANK, QUERIES)])
    for a, b in zip(plain.get_weights(), probed.get_weights(), strict=True):
        assert (a == b).all()


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="`every` must be .* epochs"):
        LinearProbe(BANK, QUERIES, every=0)
    with pytest.raises(ValueError, match="`test` is read many times"):
        LinearProbe(BANK, iter([QUERIES]))
    with pytest.raises(ValueError, match="`train` must have labels"):
        train([LinearProbe((BANK[0], None), QUERIES)])
    with pytest.raises(ValueError, match="`test` must hold other images"):
        train([LinearProbe(BANK, BANK)])
    with pytest.raises(ValueError, match="`test` must have no other classes"):
        train([LinearProbe(BANK, (QUERIES[0], QUERIES[1] + 1))])
