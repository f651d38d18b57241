"""Turns equations, `$...$` and `$$...$$`, into MathML.

Browsers draw MathML themselves: no script, nothing to fetch. Arithmatex finds
the equations, so code with dollars stays as it is.
"""

import html
import re

from latex2mathml.converter import convert
from mkdocs.exceptions import PluginError

EQUATION = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">'
    r"\\[(\[](?P<latex>.+?)\\[)\]]</(?P=tag)>",
    re.DOTALL,
)


def on_page_content(content, page, **kwargs):
    """Called by MkDocs for each page, once it is HTML."""

    def draw(found):
        try:
            return equation(found["latex"], found["tag"] == "div")
        except ValueError as error:
            raise PluginError(f"{page.file.src_uri}: {error}") from error

    return EQUATION.sub(draw, content)


def equation(latex, is_block):
    latex = html.unescape(latex).strip()
    if not is_block:
        return mathml(latex, "inline")
    # What a wide space parts may stand on lines of their own.
    parts = [mathml(part, "block") for part in latex.split(r"\qquad")]
    return f'<div class="equation">{"".join(parts)}</div>'


def mathml(latex, display):
    drawn = convert(latex.strip(), display=display)
    if "\\" in html.unescape(drawn) or ">&<" in drawn:
        raise ValueError(f"an unknown command in the equation {latex}")
    return drawn
