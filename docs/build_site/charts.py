"""Marks figures that are drawn on white, which the dark page inverts.

Lines and letters on white stay as readable when light and dark change places,
with hues kept; photographs do not, and figures without a ground need not.
"""

import base64
import io
import pathlib
import re

import numpy as np
from PIL import Image

DOCS = pathlib.Path(__file__).parents[1]
IMAGE = re.compile(
    r'<img (?P<rest>[^>]*)src="(?:data:image/png;base64,(?P<data>[^"]+)|'
    r'(?:\.\./)*(?P<file>figures/[^"]+\.png))"'
)
LEAST = 0.6  # share of white


def on_page_content(content, **kwargs):
    """Called by MkDocs for each page, once it is HTML."""
    return IMAGE.sub(marked, content)


def marked(image):
    if image["data"]:
        png = base64.b64decode(image["data"])
    else:
        png = (DOCS / image["file"]).read_bytes()
    if not is_chart(png):
        return image[0]
    return image[0].replace("<img ", '<img class="chart" ', 1)


def is_chart(png):
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    return (pixels == 255).all(axis=-1).mean() > LEAST
