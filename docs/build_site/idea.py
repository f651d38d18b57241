"""Draws the idea in one picture: features of one photograph's views attract.

python docs/build_site/idea.py

The photographs are those of scikit-image, Chelsea and coffee (both CC0), the
views those that `views.simclr` draws with strength 0.5 and seed 3; where the
features lie on the circle is drawn by hand.
"""

import pathlib

import matplotlib.pyplot as plt
import numpy as np
from guide_figures import SIZE, photographs
from matplotlib.patches import ConnectionPatch, FancyArrowPatch

import keras_contrastive as kc

OUTPUT = pathlib.Path(__file__).parents[1] / "figures" / "idea.png"
# Read on white and on black.
TEXT, PULL, PUSH = "#7d818a", "#2e9e5b", "#d0603a"
LEFTS = 0.035, 0.26, 0.41  # of the columns of pictures
BOTTOMS, HEIGHT, WIDTH = (0.49, 0.03), 0.4, 0.14
ANGLES = ((115, 65), (-115, -65))  # of the two features of each photograph
TITLES = {
    0.105: "photographs, no labels",
    0.405: "two random views of each",
    0.82: "features, from one encoder",
}


def main():
    images = np.stack([*photographs()][:2])
    views = kc.views.simclr(SIZE, strength=0.5, seed=3)
    first, second = map(np.asarray, views(images, training=True))
    figure = plt.figure(figsize=(9, 3.15), dpi=150)
    circle = figure.add_axes((0.65, 0.0, 0.34, 0.93))
    draw_circle(circle)
    for row, bottom in enumerate(BOTTOMS):
        pictures = images[row] / 255, first[row], second[row]
        shown = []
        for left, picture in zip(LEFTS, pictures, strict=True):
            axes = figure.add_axes((left, bottom, WIDTH, HEIGHT))
            axes.imshow(np.clip(picture, 0, 1))
            axes.axis("off")
            shown.append(axes)
        connect(figure, shown[0], (1, 0.5), shown[1], (0, 0.5))
        end = 1.14 * np.array(place(ANGLES[row][0]))
        connect(figure, shown[2], (1.04, 0.5), circle, end, "data")
    for x, title in TITLES.items():
        figure.text(x, 0.94, title, ha="center", color=TEXT)
    figure.savefig(OUTPUT, transparent=True)
    print(f"{OUTPUT}: {OUTPUT.stat().st_size / 1000:.0f} kB")


def place(angle):
    return np.cos(np.radians(angle)), np.sin(np.radians(angle))


def draw_circle(axes):
    axes.set(xlim=(-1.5, 1.5), ylim=(-1.35, 1.35), aspect="equal")
    axes.axis("off")
    axes.add_patch(plt.Circle((0, 0), 1, fill=False, color=TEXT, linewidth=1.5))
    for pair, marker in zip(ANGLES, "os", strict=True):
        ends = [place(angle) for angle in pair]
        axes.plot(*zip(*ends, strict=True), marker, color=TEXT, markersize=11)
        arrow(axes, *ends, PULL)
    for ends in zip(*ANGLES, strict=True):
        arrow(axes, *map(place, ends), PUSH)
    axes.text(0, 0.68, "pull", color=PULL, ha="center", va="top")
    axes.text(0, -0.68, "pull", color=PULL, ha="center", va="bottom")
    axes.text(0, 0, "push", color=PUSH, ha="center", va="center")


def arrow(axes, start, end, color):
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="<|-|>",
            mutation_scale=13,
            linewidth=2,
            color=color,
            shrinkA=8,
            shrinkB=8,
        )
    )


def connect(figure, first, start, second, end, system="axes fraction"):
    figure.add_artist(
        ConnectionPatch(
            start,
            end,
            "axes fraction",
            system,
            axesA=first,
            axesB=second,
            arrowstyle="-|>",
            mutation_scale=13,
            linewidth=2,
            color=TEXT,
        )
    )


if __name__ == "__main__":
    main()
