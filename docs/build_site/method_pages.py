"""Writes into the page of a method what its class and its records say.

Which page is whose, and what it says: `cards.py`.
"""

import functools
import pathlib
import re

import cards
import data_path
import drawing
import equimod
import methods
import recipes
from recorded import BASELINES, spread, tables

from keras_contrastive import losses, views

DOCS = pathlib.Path(__file__).parents[1]
FIGURES = DOCS / "figures" / "methods"
CLAIMS = DOCS / "claims.md"
FACTS = {
    "negatives": "Negatives",
    "momentum": "Momentum branch",
    "memory": "Memory",
    "heads": "Heads",
    "loss": "Loss",
    "views": "Views",
}


def texts(file):
    """What stands on the page of that name, by its marker."""
    card = next(
        card
        for card in cards.cards().values()
        if card.page == f"methods/{file}.md"
    )
    return {
        marker: functools.partial(make, card) for marker, make in MAKERS.items()
    }


def figures():
    """The figures of all methods as files, by path."""
    return {figure_path(card): drawn(card) for card in cards.cards().values()}


def figure_path(card):
    return FIGURES / f"{pathlib.Path(card.page).stem}.svg"


def drawn(card):
    return drawing.draw(data_path.path(card), title(card)) + "\n"


def title(card):
    return f"The data's path: {card.idea}"


def figure(card):
    caption = "Boxes of one name share their weights."
    if card.memory != "none":
        caption += f" The {card.memory} holds projections of earlier steps."
    if 'class="slow"' in drawn(card):
        caption += (
            " Dashed: the momentum branch, which follows slowly and gets no "
            "gradient."
        )
    facts = [
        f"| {name} | {shown(getattr(card, key))} |"
        for key, name in FACTS.items()
    ]
    return (
        f"![{title(card)}](../figures/methods/{figure_path(card).name})\n\n"
        f"{caption}\n\n" + "\n".join(["| | |", "|:--|:--|", *facts])
    )


def shown(fact):
    """A list, a word or a truth, as a cell of a table."""
    if isinstance(fact, bool):
        return "yes" if fact else "–"
    text = fact if isinstance(fact, str) else ", ".join(fact)
    return text.replace("none", "–") or "–"


def recorded(card):
    name, parts = card.name, []
    for table in tables():
        parts += results(name, table)
    if name == "EquiMod":
        parts.append(equimod.table())
        parts.append(
            "What the columns mean: "
            "[Benchmarks](../benchmarks.md#equivariance)."
        )
    if name == "LearnedViews":
        parts.append(
            "Against color spaces, with and without labels: "
            "[Learned colors](../benchmarks.md#learned-colors)."
        )
    if not parts:
        return "Not measured."
    return "\n\n".join(parts)


def results(name, table):
    """The rows of a method beside those that it must beat."""
    own = [row for row in table.runs if name in re.split(r", | v1", row)]
    if not own:
        return []
    lines = [f"| {table.title} | k-NN | linear |", "|:--|:--|:--|"]
    for row in (*own, *(name for name in BASELINES if name in table.runs)):
        knn, linear = (spread(table.values(row, key)) for key in methods.KEYS)
        lines.append(f"| {row} | {knn} | {linear} |")
    return ["\n".join(lines), f"Command: `{table.command}`"]


def links(card):
    name, room = card.name, card.room
    lines = [
        f"[`{name}`](../api/{room}.md#keras_contrastive.{room}.{name}): all "
        f"arguments and outputs; its code is `{code(card)}`",
        *(
            f"[`{loss}`](../api/losses.md#keras_contrastive.losses.{loss}): "
            "the loss"
            for loss in known(card.loss, losses)
        ),
        *(
            f"[`{recipe}`](../api/views.md#keras_contrastive.views.{recipe}): "
            "the views"
            for recipe in known(card.views, views)
        ),
        *(
            f"[`{recipe}`](../recipes.md#{recipe}): a published run, by one "
            "command"
            for recipe in published(card)
        ),
        *claimed(name),
        "[Conformance](../conformance.md): what is checked, on which backend",
        f"[{card.paper}]({card.url}): the paper",
    ]
    return "\n".join(f"* {line}" for line in lines)


def code(card):
    """Path of its file in the repository."""
    return card.model.__module__.replace(".", "/") + ".py"


def published(card):
    """Names of the recipes that begin with the name of its page."""
    page = cards.stem(card.model).replace("_", "")
    return [
        name
        for name in recipes.recipes()
        if name.replace("_", "").startswith(page)
    ]


def claimed(name):
    if f"\n## {name}\n" not in CLAIMS.read_text("utf-8"):
        return []
    address = f"../claims.md#{name.lower()}"
    return [f"[Claims]({address}): what its paper says, and what was found"]


def known(names, module):
    return [name for name in names if name in module.__all__]


MAKERS = {"figure": figure, "recorded": recorded, "links": links}
