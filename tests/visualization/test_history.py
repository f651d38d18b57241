import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.callbacks._collapse_diagnostics import (
    CollapseDiagnostics,
)
from keras_contrastive.visualization import plot_history

HISTORY = {
    "loss": [3.0, 2.0, 1.0, 0.5],
    "contrast": [2.5, 1.5, 0.5, 0.2],
    "val_loss": [3.5, 2.5, 1.5, 1.0],
    "learning_rate": [0.1, 0.1, 0.1, 0.1],
    "knn_accuracy": [0.4, 0.6],
}


def lines(axes):
    return {line.get_label(): line for line in axes.lines}


def test_losses_and_accuracies_have_a_panel_each():
    losses, accuracies = plot_history(HISTORY, title="run").axes
    assert list(lines(losses)) == ["loss", "contrast", "val loss"]
    assert list(lines(accuracies)) == ["k-NN accuracy"]
    drawn = lines(losses)["contrast"]
    np.testing.assert_array_equal(drawn.get_xdata(), [1, 2, 3, 4])
    np.testing.assert_array_equal(drawn.get_ydata(), HISTORY["contrast"])
    validation = lines(losses)["val loss"]
    assert validation.get_linestyle() == "--"
    assert validation.get_color() == lines(losses)["loss"].get_color()


def test_probes_are_accuracies_whatever_their_name():
    history = {"loss": [1.0], "val_accuracy": [0.5], "linear_probe": [0.6]}
    losses, accuracies = plot_history(history).axes
    assert list(lines(losses)) == ["loss"]
    assert list(lines(accuracies)) == ["val accuracy", "linear probe"]


def test_short_curves_stand_at_the_epochs_of_their_values():
    def epochs(every, values):
        history = {"loss": np.ones(10), "knn_accuracy": np.ones(values)}
        axes = plot_history(history, every=every).axes[1]
        return axes.lines[0].get_xdata().tolist()

    assert epochs(None, 2) == [5, 10]
    assert epochs(4, 2) == [4, 8]
    assert epochs(None, 3) == [3, 6, 9]


def test_reads_what_fit_returns():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    history = model.fit(
        np.zeros((4, 2)), np.zeros((4, 1)), epochs=5, initial_epoch=2, verbose=0
    )
    (axes,) = plot_history(history).axes
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [3, 4, 5])


def test_a_term_that_is_the_whole_loss_is_shown_once():
    history = {"contrast": [2.0, 1.0], "loss": [2.0, 1.0]}
    (axes,) = plot_history(history).axes
    assert list(lines(axes)) == ["loss"] and axes.get_legend() is None


def test_bad_histories_are_named():
    with pytest.raises(ValueError, match="`history` must hold at least one"):
        plot_history({"learning_rate": [0.1]})
    with pytest.raises(ValueError, match='4 epochs.*3 values of "probe"'):
        plot_history({"loss": [1.0] * 4, "probe": [1.0] * 3})
    with pytest.raises(ValueError, match="every=3"):
        plot_history(HISTORY, every=3)


def test_what_a_guard_measures_has_panels_of_its_own():
    model = kc.MoCo(
        kc.encoders.SmallCNN((8, 8, 3), width=2),
        kc.views.moco_v2(8, blur=False),
        queue_size=8,
    )
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), "uint8")
    measured = CollapseDiagnostics(model, images)(model)
    curves = {"loss": [1.0], **{name: [0.5] for name in measured}}
    loss, ranks, others = plot_history(curves).axes
    assert list(lines(loss)) == ["loss"]
    assert list(lines(ranks)) == ["effective rank", "projection rank"]
    assert len(lines(others)) == len(measured) - 2


def test_a_term_of_the_loss_may_be_called_alignment():
    curves = {"loss": [1.0], "alignment": [0.6], "uniformity": [0.4]}
    (axes,) = plot_history(curves).axes
    assert list(lines(axes)) == ["loss", "alignment", "uniformity"]
