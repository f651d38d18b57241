import keras
import numpy as np
import pytest

from keras_contrastive.evaluation import _vote, knn, knn_predict


def slow_knn(train, train_labels, test, k, temperature):
    """The vote of Wu et al., section 3.4, by loops."""
    predicted = []
    for query in test.astype("float64"):
        cosines = [
            (row @ query) / (np.linalg.norm(row) * np.linalg.norm(query))
            for row in train.astype("float64")
        ]
        nearest = sorted(range(len(train)), key=lambda i: -cosines[i])[:k]
        votes = {}
        for i in nearest:
            weight = np.exp(cosines[i] / temperature)
            votes[train_labels[i]] = votes.get(train_labels[i], 0.0) + weight
        predicted.append(max(votes, key=votes.get))
    return np.array(predicted)


@pytest.mark.parametrize("temperature", [0.07, 0.5])
@pytest.mark.parametrize("k", [1, 5, 40])
def test_equals_the_vote_by_loops(k, temperature, monkeypatch):
    # Several chunks, the last of them smaller.
    monkeypatch.setattr(_vote, "CHUNK", 40 * 7)
    rng = np.random.default_rng(k)
    train = rng.normal(size=(40, 3)).astype("float32")
    test = rng.normal(size=(30, 3)).astype("float32")
    labels = rng.integers(0, 4, 40) * 10  # any integers from 0 are classes
    np.testing.assert_array_equal(
        knn_predict(train, labels, test, k=k, temperature=temperature),
        slow_knn(train, labels, test, k, temperature),
    )


def test_rows_without_a_label_have_no_vote():
    train = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]])
    labels = np.array([[-1], [-1], [3]])
    assert knn_predict(train, labels, train[:1], k=1) == 3
    with pytest.raises(ValueError, match="`k` must be at most .* labeled.* 1"):
        knn_predict(train, labels, train[:1], k=2)


def test_weights_decide_against_the_majority():
    train = np.array([[1.0, 0.0], [0.6, 0.8], [0.6, 0.8]])
    query = np.array([[1.0, 0.0]])
    labels = np.array([0, 1, 1])
    # exp(1/t) against 2 exp(0.6/t): equal at t = 0.4 / log 2 = 0.577.
    assert knn_predict(train, labels, query, k=3, temperature=0.5) == 0
    assert knn_predict(train, labels, query, k=3, temperature=0.7) == 1


def test_tiny_temperatures_stay_finite():
    train, labels = np.eye(3, dtype="float32"), np.arange(3)
    predicted = knn_predict(train, labels, train, k=3, temperature=1e-4)
    np.testing.assert_array_equal(predicted, labels)


def test_report_states_accuracy_and_settings():
    images = np.zeros((6, 2, 2, 1), "uint8")
    images[:3, 0] = 200  # two classes that pixels tell apart
    images[3:, 1] = 200
    train = (images, np.array([0, 0, 0, 1, 1, 1]))
    test = (images[2:5] // 2, np.array([0, 1, 0]))
    report = knn(None, train, test, k=2)
    assert report.accuracy == pytest.approx(2 / 3)
    assert report.settings == {
        "k": 2,
        "temperature": 0.07,
        "train": 6,
        "test": 3,
        "dim": 4,
        "classes": 2,
    }


def test_several_k_are_the_votes_of_each():
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(60, 2, 2, 1)).astype("float32")
    labels = (images.mean((1, 2, 3)) > 0.5).astype(int)
    train, test = (images[:40], labels[:40]), (images[40:], labels[40:])
    found = knn(None, train, test, k=[1, 7, 40])
    alone = {k: knn(None, train, test, k=k) for k in (1, 7, 40)}
    assert found.metrics == {
        f"{name}_k{k}": report.metrics[name]
        for name in ("accuracy", "balanced_accuracy")
        for k, report in alone.items()
    }
    assert len(set(found.metrics.values())) > 2
    np.testing.assert_array_equal(
        found.predictions, [report.predictions for report in alone.values()]
    )
    again = knn(None, train, test, k=np.array([1, 7, 40]))
    assert again.metrics == found.metrics
    with pytest.raises(ValueError, match="`k` must be an integer.*k=0"):
        knn(None, train, test, k=[5, 0])
    with pytest.raises(ValueError, match="`k` must be at most"):
        knn(None, train, test, k=[5, 41])


def test_test_images_are_others_than_those_to_look_up():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (60, 70, 70, 1), dtype="uint8")
    labels = np.arange(60) % 2
    train = (images[:40], labels[:40])
    # One in twenty is what popular data sets have in both.
    knn(None, train, (images[39:59], labels[39:59]))
    for others in (images, images / np.float32(255), images / 255):
        with pytest.raises(ValueError, match="`test`.*2 of 20 images"):
            knn(None, train, (others[38:58], labels[38:58]))


def test_an_encoder_is_used_where_there_is_one():
    images = np.zeros((4, 2, 2, 1), "float32")
    images[:, 0, 0, 0] = [0.1, 0.2, 0.9, 0.8]
    data = (images, np.array([0, 0, 1, 1]))
    others = (images + 0.01, data[1])
    encoder = keras.Sequential(
        [keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    kernel = np.zeros((4, 2))
    kernel[0] = [1, 0]
    encoder.layers[-1].set_weights([kernel, np.array([0, 0.5])])
    # Cosine on pixels sees no length: all images are one direction.
    assert knn(encoder, data, others, k=2).accuracy == 1.0


def test_bad_arguments_are_named():
    images = np.arange(0, 240, 10, "uint8").reshape(6, 2, 2, 1)
    labels = np.zeros(6, int)
    data = (images, labels)
    with pytest.raises(ValueError, match="`k` must be at most .* 6"):
        knn(None, data, data, k=7)
    with pytest.raises(ValueError, match="`k` must be at most .* 6"):
        # Nothing is encoded before.
        knn(keras.layers.Identity(), data, data, k=7)
    for k in (0, 2.5, "5", []):
        with pytest.raises(
            ValueError, match="`k` must be an integer (of at|or a)"
        ):
            knn(None, data, data, k=k)
    with pytest.raises(ValueError, match="`temperature`.*positive"):
        knn(None, data, data, k=1, temperature=0.0)
    with pytest.raises(ValueError, match="`train` must have labels"):
        knn(None, (images, None), data, k=1)
    with pytest.raises(ValueError, match="`test` must have labels"):
        knn(None, data, [images], k=1)
    with pytest.raises(ValueError, match=r"one integer label.*\(6, 2\)"):
        knn(None, (images, np.eye(2)[labels]), data, k=1)
    with pytest.raises(ValueError, match="`labels`"):
        knn_predict(np.eye(3), [0, 1], np.eye(3), k=1)
    for test in (np.eye(2), np.ones(3), np.ones((0, 3))):
        with pytest.raises(ValueError, match="`test` must be features"):
            knn_predict(np.eye(3), [0, 1, 2], test, k=1)
