"""Draws a path of data as SVG.

Inside a page it takes the page's colors, see `style.css`; as a file by itself
it has its own, light or dark as the reader's system is.
"""

import html
import textwrap

GAP, BETWEEN, LINE, PAD = 10, 20, 15, 9
LEAST, WIDEST, PER_LETTER = 344, 150, 7.2
STYLE = """<style>
svg { --box: #f5f5f5; --line: #757575; --data: #4051b5; --text: #212121 }
@media (prefers-color-scheme: dark) {
  svg { --box: #2b2f3a; --line: #9a9da6; --data: #8c9eff; --text: #e3e4e8 }
}
rect { fill: var(--box); stroke: var(--line) }
rect.slow { stroke-dasharray: 5 3 }
rect.data { fill: none; stroke: var(--data) }
path { fill: none; stroke: var(--line) }
text { fill: var(--text); font: 13px sans-serif; text-anchor: middle }
</style>"""


def draw(path, title):
    """SVG of a `data_path.Path`; `title` says what it shows."""
    count = len(path.columns)
    width = max(LEAST, count * 100 + (count - 1) * GAP)
    step = (width + GAP) / count
    boxes = min(step - GAP, WIDEST)
    centers = [step * i + (step - GAP) / 2 for i in range(count)]
    placed = list(zip(centers, path.columns, strict=True))
    begun = [x for x, column in placed if column.begins]
    joined = [x for x, column in placed if not column.ends]
    parts = []
    middle = (begun[0] + begun[-1]) / 2
    y = chain(parts, path.above, middle, 0, 2 * min(middle, width - middle))
    if path.above:
        y = fork(parts, middle, begun, y)
    y = rows(parts, path.columns, centers, boxes, y)
    for x in joined:
        line(parts, x, y, x, y + BETWEEN)
    middle, reach = (joined[0] + joined[-1]) / 2, joined[-1] - joined[0] + boxes
    height = chain(parts, path.below, middle, y + BETWEEN, reach, reach)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="path" '
        f'viewBox="-1 -1 {width + 2:.0f} {height + 2:.0f}" '
        f'width="{width + 2:.0f}" role="img" '
        f'aria-label="{html.escape(title)}">{STYLE}{"".join(parts)}</svg>'
    )


def chain(parts, boxes, x, y, most, least=0):
    """Draws boxes from `y` down, each wide enough for its text."""
    for number, (text, kind) in enumerate(boxes):
        if number:
            line(parts, x, y, x, y + BETWEEN)
            y += BETWEEN
        width = max(least, min(most, len(text) * PER_LETTER + 24))
        y = box(parts, text, kind, x, y, width)
    return y


def rows(parts, columns, centers, width, y):
    """Draws the columns from `y` down, and returns where all of them end."""
    count = max(len(column.boxes) for column in columns)
    # What does not come from above stands at the end, beside the others.
    firsts = [0 if c.begins else count - len(c.boxes) for c in columns]
    heights = [0] * count
    for column, first in zip(columns, firsts, strict=True):
        for row, (text, _) in enumerate(column.boxes, start=first):
            heights[row] = max(heights[row], height_of(text, width))
    tops = [y + sum(heights[:i]) + i * BETWEEN for i in range(count)]
    last = tops[-1] + heights[-1]
    for column, first, x in zip(columns, firsts, centers, strict=True):
        for number, (text, kind) in enumerate(column.boxes):
            row = first + number
            bottom = box(parts, text, kind, x, tops[row], width, heights[row])
            if number + 1 < len(column.boxes):
                line(parts, x, bottom, x, tops[row + 1])
            elif not column.ends and bottom < last:
                line(parts, x, bottom, x, last, "")
    return last


def fork(parts, middle, targets, y):
    """Lines from one point down to all targets, with arrows."""
    if targets == [middle]:
        line(parts, middle, y, middle, y + BETWEEN)
        return y + BETWEEN
    half = y + BETWEEN / 2
    line(parts, middle, y, middle, half, "")
    line(parts, min(targets), half, max(targets), half, "")
    for x in targets:
        line(parts, x, half, x, half + BETWEEN)
    return half + BETWEEN


def lines_of(text, width):
    return textwrap.wrap(text, int((width - 8) / PER_LETTER))


def height_of(text, width):
    return len(lines_of(text, width)) * LINE + 2 * PAD


def box(parts, text, kind, x, y, width, height=None):
    found = lines_of(text, width)
    height = height or height_of(text, width)
    parts.append(
        f'<rect class="{kind}" x="{x - width / 2:.1f}" y="{y:.1f}" rx="5" '
        f'width="{width:.1f}" height="{height:.1f}"/>'
    )
    first = y + height / 2 - (len(found) - 1) * LINE / 2 + 4.5
    for number, words in enumerate(found):
        parts.append(
            f'<text x="{x:.1f}" y="{first + number * LINE:.1f}">'
            f"{html.escape(words)}</text>"
        )
    return y + height


def line(parts, x1, y1, x2, y2, arrow="M-4 -6L0 0L4 -6"):
    parts.append(f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>')
    if arrow:
        place = f"translate({x2:.1f} {y2:.1f})"
        parts.append(f'<path d="{arrow}" transform="{place}"/>')
