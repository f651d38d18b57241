"""Draws the figures of the guides, to be read on white and on black.

python docs/build_site/guide_figures.py

Views of photographs of scikit-image and scikit-learn, and the curves of the
short run in "Watch a run".
"""

import pathlib
import re

import keras
import numpy as np
import skimage.data
from matplotlib.text import Text
from PIL import Image
from sklearn.datasets import load_sample_images

import keras_contrastive as kc

DOCS = pathlib.Path(__file__).parents[1]
GRAY = "#7d818a"
SIZE = 224


def photographs():
    names = "chelsea", "coffee", "astronaut", "rocket"
    images = [getattr(skimage.data, name)() for name in names]
    for image in [*images, *load_sample_images().images]:
        height, width = image.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        square = Image.fromarray(image[top : top + side, left : left + side])
        yield np.asarray(square.resize((SIZE, SIZE)))


def save(figure, name):
    for text in figure.findobj(Text):
        text.set_color(GRAY)
    for axes in figure.axes:
        axes.tick_params(color=GRAY)
        axes.spines[:].set_color(GRAY)
    path = DOCS / "figures" / name
    figure.savefig(path, transparent=True, dpi=110, bbox_inches="tight")
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def main():
    views = kc.views.simclr(image_size=SIZE, strength=0.5, seed=0)
    images = np.stack(list(photographs()))
    save(kc.visualization.plot_views(views, images), "views.png")

    keras.utils.set_random_seed(0)
    page = (DOCS / "watching.md").read_text("utf-8")
    code = re.search("^```python\n(.*?)^```", page, re.M | re.S)[1]
    names = {}
    exec(code, names)
    save(kc.visualization.plot_history(names["history"]), "curves.png")


if __name__ == "__main__":
    main()
