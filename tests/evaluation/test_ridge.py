import numpy as np

from keras_contrastive.evaluation._ridge import PENALTIES, path, ridge_predict


def test_each_penalty_solves_its_normal_equations():
    rng = np.random.default_rng(0)
    train, targets = rng.normal(size=(40, 3)), rng.normal(size=(40, 2))
    test = rng.normal(size=(5, 3))
    x, y = train - train.mean(axis=0), targets - targets.mean(axis=0)
    for penalty, found in zip(
        PENALTIES, path(train, targets, test), strict=True
    ):
        kernel = np.linalg.solve(x.T @ x + 40 * penalty * np.eye(3), x.T @ y)
        expected = (test - train.mean(axis=0)) @ kernel + targets.mean(axis=0)
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_ridge_equals_the_normal_equations():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(60, 4)), rng.normal(size=(10, 4))
    truth = rng.normal(size=(4, 2))
    exact = ridge_predict(train, train @ truth + 3, test)
    np.testing.assert_allclose(exact, test @ truth + 3, atol=1e-4)


def test_ridge_leaves_noise_alone():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(60, 50)), rng.normal(size=(500, 50))
    found = ridge_predict(train, rng.normal(size=(60, 1)), test)
    assert found.std() < 0.5


def test_rows_may_come_sorted():
    """The last classes alone would choose penalties that spoil the others."""
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(10), 20)
    centers = rng.normal(size=(10, 64))
    train, test = (
        centers[codes] + rng.normal(size=(200, 64)) for _ in range(2)
    )
    found = ridge_predict(train, np.eye(10)[codes], test).argmax(axis=1)
    assert (found == codes).mean() > 0.95
