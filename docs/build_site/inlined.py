"""Puts drawings of methods into their pages, whose colors they then take."""

import pathlib
import re

DOCS = pathlib.Path(__file__).parents[1]
IMAGE = re.compile(
    r'<p><img [^>]*src="(?:\.\./)+(figures/[^"]+\.svg)"[^>]*></p>'
)
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)


def on_page_content(content, **kwargs):
    """Called by MkDocs for each page, once it is HTML."""
    return IMAGE.sub(inlined, content)


def inlined(image):
    drawing = (DOCS / image[1]).read_text("utf-8")
    return f"<figure>{STYLE.sub('', drawing)}</figure>"
