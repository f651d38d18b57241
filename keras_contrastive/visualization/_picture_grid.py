import dataclasses

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_contrastive.visualization._style import (
    DPI,
    INK,
    SMALL,
    TEXT,
    TITLE,
    let_go,
)

PAD, GAP = 0.06, 0.08  # inches: from picture to text, and around both


@dataclasses.dataclass
class Row:
    """Pictures of one shape, their name, and words under each of them."""

    name: str
    pictures: np.ndarray
    note: str = ""
    captions: list[str] | None = None


def picture_grid(
    rows: list[Row],
    title: str | None = None,
    width: float = 1.3,
    caption_size: float = SMALL,
) -> Figure:
    """Shows rows of pictures.

    Every size is known, so every picture is placed exactly: a layout engine
    would leave gaps around pictures, which keep their shape.

    Args:
        rows: List of `Row`s with the same number of pictures.
        title: String above the figure, or None.
        width: Float, inches of a picture.
        caption_size: Points of the captions.

    Returns:
        `matplotlib.figure.Figure`.
    """
    boxes = [row_box(row, width, caption_size) for row in rows]
    left = GAP + max(box.left for box in boxes)
    figure_width = left + (width + GAP) * len(rows[0].pictures)
    # A long title of few pictures would be cut.
    title_size = min(TITLE, figure_width / text_size(title or "-", 1)[0])
    title_height = text_size(title, title_size)[1]
    height = GAP + title_height + sum(box.height + GAP for box in boxes)
    size = np.array([figure_width, height])
    figure = let_go(plt.figure(figsize=size, dpi=DPI))
    top = height - GAP - title_height
    for row, box in zip(rows, boxes, strict=True):
        bottom = top - box.above - box.picture
        for index, picture in enumerate(row.pictures):
            corner = np.array([left + index * (width + GAP), bottom])
            extent = np.array([width, box.picture])
            axes = figure.add_axes((*(corner / size), *(extent / size)))
            axes.imshow(picture, cmap="gray", vmin=0, vmax=1)
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
            if row.captions:
                axes.set_xlabel(
                    row.captions[index],
                    fontsize=caption_size,
                    color=INK,
                    labelpad=PAD * 72,
                )
            if index == 0:
                name_row(axes, row)
        top -= box.height + GAP
    if title:
        figure.suptitle(
            title,
            y=1 - GAP / height,
            verticalalignment="top",
            fontsize=title_size,
            color=INK,
        )
    return figure


@dataclasses.dataclass
class Box:
    """Inches that a row takes."""

    left: float  # of the pictures: name and note
    above: float  # where name and note are higher than the pictures
    picture: float
    height: float


def row_box(row: Row, width: float, caption_size: float) -> Box:
    picture = width * row.pictures.shape[1] / row.pictures.shape[2]
    name, note = text_size(row.name, TEXT), text_size(row.note, SMALL)
    # With a note, the two meet halfway up the pictures.
    label = 2 * max(name[1], note[1]) if row.note else name[1]
    above = max(label - picture, 0) / 2
    captions = row.captions or [""]
    below = max(text_size(text, caption_size)[1] for text in captions)
    return Box(
        left=max(name[0], note[0]),
        above=above,
        picture=picture,
        height=above + picture + max(above, below),
    )


def text_size(text: str | None, points: float) -> tuple[float, float]:
    """Inches of a text with the space to its picture, width and height."""
    if not text:
        return 0, 0
    lines = text.split("\n")
    letters = max(map(len, lines))
    return (
        PAD + letters * 0.6 * points / 72,
        PAD + len(lines) * 1.22 * points / 72,
    )


def name_row(axes: Axes, row: Row) -> None:
    axes.set_ylabel(
        row.name,
        fontsize=TEXT,
        color=INK,
        labelpad=PAD * 72,
        rotation="horizontal",
        horizontalalignment="right",
        verticalalignment="bottom" if row.note else "center",
    )
    axes.annotate(
        row.note,
        (0, 0.5),
        (-PAD * 72, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=SMALL,
        color=INK,
        horizontalalignment="right",
        verticalalignment="top",
    )
