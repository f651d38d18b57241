import math

import numpy as np
import pytest

from keras_contrastive.visualization import plot_gradient_landscape

STEP = 1e-6


def info_nce(positive, negative, temperature, num_negatives):
    """The loss itself, one negative after the other."""
    total = math.exp(positive / temperature)
    for _ in range(num_negatives):
        total += math.exp(negative / temperature)
    return math.log(total) - positive / temperature


def mio(positive, negative, temperature):
    """Its two terms; the mean over equal negatives is one of them."""
    attract = math.log(1 + math.exp(-positive / temperature))
    return attract + math.log(1 + math.exp(negative / temperature))


def slopes(loss, positive, negative):
    """Central differences by the positive's and the negatives' score."""
    above = loss(positive + STEP, negative), loss(positive, negative + STEP)
    below = loss(positive - STEP, negative), loss(positive, negative - STEP)
    return (np.array(above) - below) / (2 * STEP)


def band(axes, point):
    """Ends of the band of color in which a point lies."""
    (bands,) = axes.collections
    for index, path in enumerate(bands.get_paths()):
        if path.contains_point(point):
            return bands.levels[index : index + 2]


@pytest.mark.parametrize("temperature, mio_temperature", [(0.2, 0.5), (0.7, 1)])
def test_colors_are_the_slopes_of_the_losses(temperature, mio_temperature):
    figure = plot_gradient_landscape(
        temperature=temperature,
        num_negatives=7,
        mio_temperature=mio_temperature,
    )
    info_nce_panels, mio_panels = figure.axes[:2], figure.axes[2:4]
    for point in np.random.default_rng(0).uniform(-0.97, 0.97, (40, 2)):
        expected = slopes(lambda *s: info_nce(*s, temperature, 7), *point)
        found = [band(axes, point) for axes in info_nce_panels]
        for (low, high), slope in zip(found, expected, strict=True):
            assert low - 0.01 <= temperature * slope <= high + 0.01
        expected = slopes(lambda *s: mio(*s, mio_temperature), *point)
        found = [band(axes, point) for axes in mio_panels]
        for (low, high), slope in zip(found, expected, strict=True):
            assert low - 0.01 <= mio_temperature * slope <= high + 0.01


def test_panels_share_their_colors_and_are_named():
    figure = plot_gradient_landscape(temperature=0.07, num_negatives=65536)
    *panels, bar = figure.axes
    assert [axes.get_title(loc="left") for axes in panels] == [
        "InfoNCE: positive, pulled",
        "InfoNCE: negatives, pushed",
        "MIO: positive, pulled",
        "MIO: negatives, pushed",
    ]
    for axes in panels:
        (bands,) = axes.collections
        assert bands.get_clim() == (-1, 1)
        assert bands.levels.tolist() == panels[0].collections[0].levels.tolist()
    assert bar.get_ylabel() == "slope of the loss, times T"
    assert panels[0].get_ylabel() == "score of the negatives"
    assert panels[3].get_xlabel() == "score of the positive"
    expected = "InfoNCE at T = 0.07, 65,536 negatives; MIO at T = 0.5"
    assert figure.get_suptitle() == expected
    assert plot_gradient_landscape(title="Slopes").get_suptitle() == "Slopes"


def test_nothing_is_left_white_where_a_softmax_saturates():
    figure = plot_gradient_landscape(
        temperature=0.01, num_negatives=65536, mio_temperature=0.01
    )
    for axes in figure.axes[:4]:
        for point in np.random.default_rng(0).uniform(-0.9, 0.9, (30, 2)):
            assert band(axes, point) is not None
    # Neither pulled nor pushed: the band around 0.
    assert band(figure.axes[1], (0.9, -0.9)).sum() == pytest.approx(0)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="`temperature` divides.*=0$"):
        plot_gradient_landscape(temperature=0)
    with pytest.raises(ValueError, match="`mio_temperature` divides.*=-1$"):
        plot_gradient_landscape(mio_temperature=-1)
    with pytest.raises(ValueError, match="`num_negatives` must be an integer"):
        plot_gradient_landscape(num_negatives=0)
