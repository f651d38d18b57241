"""Cells of a table in `<div class="stack">` learn the heading of their column.

Where a row of such a table is a block, on a phone or `always`, they show it.
"""

import itertools
import re

STACK = re.compile(r'<div class="stack[^"]*">.*?</div>', re.DOTALL)


def on_page_content(content, **kwargs):
    """Called by MkDocs for each page, once it is HTML."""
    return STACK.sub(label, content)


def label(stack):
    heads = re.findall(r"<th[^>]*>(.*?)</th>", stack[0])
    heads = itertools.cycle(heads)
    return re.sub("<td", lambda _: f'<td data-label="{next(heads)}"', stack[0])
