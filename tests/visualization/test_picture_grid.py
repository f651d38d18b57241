import itertools

import numpy as np
import pytest

from keras_contrastive.visualization._picture_grid import Row, picture_grid

LONGEST = "crop 107,100 120x124 flip\njitter b 1.24 c 1.24\ns 1.26 h -.05"
TITLE = "a title that is rather long for a figure of two images"


def row(name, height, note="", captions=None):
    return Row(name, np.zeros((2, height, 10)), note, captions)


@pytest.mark.parametrize("title", [None, "color_jitter/hue", TITLE])
def test_nothing_overlaps_or_is_cut(title):
    rows = [
        row("image", 10),
        row("view 1", 2, note="3 of 13 channels\n-0.993 to 0.909"),
        row("view 2", 15, captions=[LONGEST, "gray"]),
        row("image 1\nview 3", 1, captions=["gray", LONGEST]),
    ]
    figure = picture_grid(rows, title, width=1.7)
    figure.canvas.draw()
    texts = [figure._suptitle] if title else []
    for axes in figure.axes:
        texts += [axes.xaxis.label, axes.yaxis.label, *axes.texts]
    boxes = [text.get_window_extent() for text in texts if text.get_text()]
    assert len(boxes) == 9 + bool(title)
    boxes += [axes.get_window_extent() for axes in figure.axes]
    boxes = [box.padded(-0.5) for box in boxes]  # they may touch
    for box in boxes:
        assert box.x0 >= 0 and box.x1 <= figure.bbox.width
        assert box.y0 >= 0 and box.y1 <= figure.bbox.height
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)


def test_pictures_keep_their_shape_and_width():
    figure = picture_grid([row("", 10), row("", 25)], width=1.5)
    for axes, height in zip(figure.axes, [1.5, 1.5, 3.75, 3.75], strict=True):
        box = axes.get_window_extent()
        size = np.array([box.width, box.height]) / figure.dpi
        np.testing.assert_allclose(size, [1.5, height], rtol=1e-6)
