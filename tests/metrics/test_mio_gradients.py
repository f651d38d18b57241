import keras
import numpy as np
import pytest

from keras_contrastive import metrics
from keras_contrastive.losses import CosineRegression, InfoNCE, MIOLoss, NTXent
from tests import slow_losses
from tests.losses.pairs import random_pair
from tests.losses.test_mio import M1, M1_OTHER, M2, M2_OTHER, M3, M3_OTHER

GOLDEN = {
    "M1, no regularizer": (
        M1,
        M1_OTHER,
        MIOLoss(regularizer_weight=0),
        [[0, 0.45662094], [0.45662094, 0]],
        [[-0.31817896, 0.42423861], [0.42423861, -0.31817896]],
    ),
    "M1": (
        M1,
        M1_OTHER,
        MIOLoss(),
        [[0, 0.15662094], [0.15662094, 0]],
        [[-0.49817896, 0.66423861], [0.66423861, -0.49817896]],
    ),
    "M1, two temperatures": (
        M1,
        M1_OTHER,
        MIOLoss(0.5, 0.2, regularizer_weight=0),
        [[0, 1.47678516], [1.47678516, 0]],
        [[-0.84030372, 1.12040496], [1.12040496, -0.84030372]],
    ),
    "M2": (
        M2,
        M2_OTHER,
        MIOLoss(),
        [[-0.06059841, 0.04544881, 0.05], [0.27850771, 0, -0.41666667]],
        [[-0.02139304, 0.02852405, 0.05], [0.35, -0.48333333, 0]],
    ),
    "M3": (
        M3,
        M3_OTHER,
        MIOLoss(regularizer_weight=2.5),
        [
            [0, -0.25052598, 0.23580330],
            [0.23580330, 0, -0.25052598],
            [-0.25052598, 0.23580330, 0],
        ],
        [
            [-0.32204498, 0.42939331, 0.25206175],
            [0.25206175, -0.32204498, 0.42939331],
            [0.42939331, 0.25206175, -0.32204498],
        ],
    ),
}
KERNEL = np.array([[1, 0], [0.5, 1]])
X1, X2 = np.array([[1, 0], [0, 1.0]]), np.array([[1, 0.5], [0.5, 1]])


@pytest.mark.parametrize("case", GOLDEN)
def test_golden_embedding_gradients(case):
    u1, u2, loss, first, second = GOLDEN[case]
    found = metrics.mio_embedding_gradients(loss, u1, u2)
    np.testing.assert_allclose(found, [first, second], atol=2e-8)


def test_golden_pair_weights():
    weights = metrics.pair_weights(MIOLoss(regularizer_weight=0), M1, M1_OTHER)
    np.testing.assert_allclose(weights[0, 2], -0.16798161, atol=1e-8)
    negatives = weights[[0, 0, 2], [1, 3, 3]]
    np.testing.assert_allclose(
        negatives, [0.25, 0.38426239, 0.43606922], atol=1e-8
    )


@pytest.mark.parametrize("loss", [MIOLoss(0.4, 0.7), NTXent(0.3)])
def test_pair_weights_are_derivatives(loss):
    """Each pair's cosine is moved alone, as embeddings cannot."""
    z1, z2 = random_pair(count=4)
    z = slow_losses.unit(np.concatenate([z1, z2]))
    weights, cosines = metrics.pair_weights(loss, z1, z2), z @ z.T
    np.testing.assert_allclose(weights, weights.T)
    assert np.abs(np.diag(weights)).max() == 0
    slow = slow_of_cosines(loss, z.shape[1])
    for a, b in [(0, 4), (0, 1), (2, 5), (6, 7)]:
        moved = []
        for step in (1e-5, -1e-5):
            changed = cosines.copy()
            changed[a, b] += step
            changed[b, a] += step
            moved.append(slow(changed))
        slope = (moved[0] - moved[1]) / 2e-5
        np.testing.assert_allclose(weights[a, b], slope, rtol=1e-5)


def slow_of_cosines(loss, units):
    def mio(s):
        count = len(s) // 2
        positives = [s[i, i + count] for i in range(count)]
        negatives = [
            s[a, b]
            for a in range(2 * count)
            for b in range(2 * count)
            if a % count != b % count
        ]
        total = np.mean([np.log1p(np.exp(-p / 0.4)) for p in positives])
        total += np.mean([np.log1p(np.exp(n / 0.7)) for n in negatives])
        return total + 2 / units * np.mean([1 - p for p in positives])

    def nt_xent(s):
        count, losses = len(s) // 2, []
        for i in range(2 * count):
            j = (i + count) % (2 * count)
            others = [s[i, k] / 0.3 for k in range(2 * count) if k != i]
            losses.append(np.log(np.sum(np.exp(others))) - s[i, j] / 0.3)
        return np.mean(losses)

    return mio if isinstance(loss, MIOLoss) else nt_xent


def test_nt_xent_weights_of_an_anchor_sum_to_zero_and_those_of_mio_do_not():
    z1, z2 = random_pair()
    total = metrics.pair_weights(NTXent(), z1, z2).sum()
    # On JAX of float32.
    assert abs(total) < (1e-6 if keras.backend.backend() == "jax" else 1e-12)
    assert abs(metrics.pair_weights(MIOLoss(), z1, z2).sum()) > 1e-3


def test_golden_projector_gradient_and_displacements():
    loss = MIOLoss(regularizer_weight=0)
    gradient = metrics.mio_projector_gradient(loss, X1, X2, KERNEL)
    # The note's layer is u = W x; Keras' kernel is its transpose.
    golden = [[-0.01166861, 0.61802297], [0.76669441, -0.29734287]]
    np.testing.assert_allclose(gradient.T, golden, atol=2e-8)
    moved = metrics.mio_displacements(loss, X1, X2, KERNEL, 0.1)
    expected = [
        [[0.00116686, -0.07666944], [-0.06180230, 0.02973429]],
        [[-0.02973429, -0.06180230], [-0.06121887, -0.00860043]],
    ]
    np.testing.assert_allclose(moved, expected, atol=2e-8)
    stepped = KERNEL - 0.1 * gradient
    for x, change in zip((X1, X2), moved, strict=True):
        np.testing.assert_allclose(x @ stepped - x @ KERNEL, change)
    loss_after = sum(
        terms.mean()
        for name, terms in slow_losses.mio(X1 @ stepped, X2 @ stepped).items()
        if name != "regularizer"
    )
    np.testing.assert_allclose(loss_after, 1.67143607, atol=1e-8)


def test_gradients_equal_differences_of_the_loss():
    u1, u2 = (u.astype("float64") for u in random_pair())
    loss = MIOLoss(0.4, 0.7, regularizer_weight=1.5)

    def total(a, b):
        terms = slow_losses.mio(a, b, 0.4, 0.7)
        return (
            terms["positive"] + terms["negative"] + 1.5 * terms["regularizer"]
        ).mean()

    g1, g2 = metrics.mio_embedding_gradients(loss, u1, u2)
    rng = np.random.default_rng(0)
    for _ in range(3):
        d1, d2 = rng.normal(size=(2, *u1.shape))
        h = 1e-6
        slope = total(u1 + h * d1, u2 + h * d2)
        slope = (slope - total(u1 - h * d1, u2 - h * d2)) / (2 * h)
        exact = (g1 * d1).sum() + (g2 * d2).sum()
        np.testing.assert_allclose(exact, slope, rtol=1e-7)
    np.testing.assert_allclose((g1 * u1).sum(axis=1), 0, atol=1e-12)


@pytest.mark.parametrize("loss", [InfoNCE(), CosineRegression()])
def test_other_losses_are_refused(loss):
    with pytest.raises(ValueError, match="`loss` must compare all pairs"):
        metrics.pair_weights(loss, *random_pair())


def test_bad_projections_are_named():
    z1, z2 = random_pair(4)
    for bad in (z1[:3], z1[:, :2]):
        with pytest.raises(ValueError, match="same shape"):
            metrics.pair_weights(MIOLoss(), bad, z2)
    with pytest.raises(ValueError, match="`z1`.*at least 2"):
        metrics.pair_weights(MIOLoss(), z1[:1], z2[:1])
    with pytest.raises(ValueError, match="`u2` must be finite"):
        metrics.mio_embedding_gradients(MIOLoss(), z1, np.full_like(z2, np.nan))
    with pytest.raises(ValueError, match="`u1` and `u2` must have no row of z"):
        metrics.mio_embedding_gradients(MIOLoss(), z1, 0 * z2)
    inputs = z1, 0 * z2, np.eye(z1.shape[1])
    for call, rate in (
        (metrics.mio_projector_gradient, ()),
        (metrics.mio_displacements, (0.1,)),
    ):
        with pytest.raises(ValueError, match="`x2` with `kernel` must.* 4 of"):
            call(MIOLoss(), *inputs, *rate)
