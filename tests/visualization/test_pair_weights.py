import numpy as np
import pytest

from keras_contrastive.losses import InfoNCE, MIOLoss
from keras_contrastive.metrics import pair_weights
from keras_contrastive.visualization import plot_pair_weights
from tests.losses.pairs import random_pair


def test_points_are_pairs_at_their_cosine_and_relative_weight():
    z1, z2 = random_pair(count=4)
    positives, negatives = plot_pair_weights(
        z1, z2, losses={"MIO": MIOLoss(0.3)}
    ).axes
    (points,) = positives.collections
    cosines, heights = np.asarray(points.get_offsets()).T
    assert len(cosines) == 4
    weights = np.abs(np.diag(pair_weights(MIOLoss(0.3), z1, z2), k=4))
    np.testing.assert_allclose(heights, weights / weights.mean())
    assert len(negatives.collections[0].get_offsets()) == 8 * 7 // 2 - 4


def test_default_losses_have_a_legend():
    figure = plot_pair_weights(*random_pair())
    legend = figure.axes[1].get_legend()
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["MIO", "InfoNCE"]


def test_another_loss_is_refused():
    with pytest.raises(ValueError, match="`loss` must compare"):
        plot_pair_weights(*random_pair(), losses={"one way": InfoNCE()})
