"""Draws results as SVG: bars of accuracies, intervals of differences.

Inside a page they take its colors, see `style.css`; as files by themselves
they have their own, light or dark as the reader's system is.
"""

import html
import statistics

import claims
from claim_runs import LARGE, MIXTURES, PAIRS, RECOLORED
from recorded import BASELINES, tables

WIDTH, ROW = 480, 24
STYLE = """<style>
svg { --bar: #4051b5; --other: #d9822b; --line: #757575; --text: #212121 }
@media (prefers-color-scheme: dark) {
  svg { --bar: #8c9eff; --other: #ffb74d; --line: #9a9da6; --text: #e3e4e8 }
}
text { fill: var(--text); font: 13px sans-serif }
text.right { text-anchor: end }
text.middle { text-anchor: middle }
text.head { font-weight: bold }
path { stroke: var(--line); stroke-width: 1; fill: none }
path.wide { stroke-width: 3 }
rect, circle { fill: var(--line) }
.good { fill: var(--bar); stroke: var(--bar) }
.bad { fill: var(--other); stroke: var(--other) }
</style>"""
LEFT, RIGHT, CENTER = 165, 425, 365
WORDS = {
    "shapes": "shapes",
    "fashion_mnist": "Fashion",
    "drawings": "drawings",
    PAIRS: "pairs",
    MIXTURES: "mixtures",
    RECOLORED: "shapes",
    LARGE: "64 pixels",
}


def bars(table):
    """k-NN accuracy of all rows, the mean as a bar and each seed as a dot."""
    names = sorted(
        table.runs, key=lambda name: -statistics.mean(table.values(name, "knn"))
    )
    parts = []
    for number, name in enumerate(names):
        y = number * ROW + 12
        values = table.values(name, "knn")
        mean = statistics.mean(values)
        kind = "" if name in BASELINES else "good"
        parts.append(text(LEFT - 8, y + 4, name, "right"))
        parts.append(
            f'<rect class="{kind}" opacity="0.55" x="{LEFT}" y="{y - 7}" '
            f'width="{along(mean) - LEFT:.1f}" height="14" rx="2"/>'
        )
        parts += [
            f'<circle class="{kind}" cx="{along(x):.1f}" cy="{y}" r="2.5"/>'
            for x in values
        ]
        end = along(max(values)) + 8
        parts.append(text(end, y + 4, f"{100 * mean:.1f} %"))
    height = len(names) * ROW
    return drawing(parts, height, f"k-NN accuracy: {table.title}")


def along(share):
    return LEFT + (RIGHT - LEFT) * share


def intervals():
    """Differences with their 95 % intervals, for all claims that were run."""
    runs, parts, y = claims.all_runs(), [], 0
    for paper, rows in claims.CLAIMS.items():
        found = [
            (claim, data, claims.judge(claim, data, runs))
            for claim in rows
            if claim.points and claim.tested
            for data in claim.data
        ]
        found = [row for row in found if row[2] and row[2].seeds > 1]
        if not found:
            continue
        parts.append(text(0, y + 13, paper, "head"))
        y += ROW
        for claim, data, judged in found:
            parts.append(text(0, y + 12, f"{claim.short}, {WORDS[data]}"))
            parts += interval(judged, y + 8)
            y += ROW
        y += 8
    parts.insert(0, f'<path d="M{across(0)} 0V{y}"/>')
    for points in (-40, -20, 0, 20, 40):
        label, gain = f"{points:+d}" if points else "0", points / 100
        x = across(gain)
        parts.append(f'<path d="M{x} {y}v5"/>')
        parts.append(text(x, y + 19, label, "middle"))
    parts.append(text(across(-0.55), y + 19, "points", "right"))
    title = "Differences in points, with their 95 % intervals"
    return drawing(parts, y + 24, title)


def across(gain):
    """Where a difference lies; what is beyond 60 points ends there."""
    return round(CENTER + 183 * max(-0.6, min(0.6, gain)), 1)


def interval(judged, y):
    low, high = judged.mean - judged.half, judged.mean + judged.half
    kind = "good" if low > 0 else "bad" if high < 0 else ""
    reach, x = f"M{across(low)} {y}H{across(high)}", across(judged.mean)
    return [
        f'<path class="wide {kind}" d="{reach}"/>',
        f'<circle class="{kind}" cx="{x}" cy="{y}" r="5"/>',
    ]


def text(x, y, words, kind=""):
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">'
        f"{html.escape(words)}</text>"
    )


def drawing(parts, height, title):
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="plot" '
        f'viewBox="-2 -2 {WIDTH + 4} {height + 4}" width="{WIDTH + 4}" '
        f'role="img" aria-label="{html.escape(title)}">{STYLE}'
        + "\n".join(parts)
        + "</svg>\n"
    )


def figures(folder):
    """What is drawn of the records, by path."""
    drawn = {folder / "claims.svg": intervals()}
    for table in tables():
        drawn[folder / table.figure] = bars(table)
    return drawn
