"""Writes into the page of a method what its class and its records say.

A page `methods/<file>.md` belongs to the class in `models/<file>.py`.
"""

import json
import re

import data_path
import drawing
import equimod
import methods

PAGE = re.compile(r"methods/(\w+)\.md")
BESIDE = "random encoder", "raw pixels"
FACTS = {
    "negatives": "Negatives",
    "memory": "Memory",
    "heads": "Heads",
    "loss": "Loss",
    "views": "Views",
}


def on_page_markdown(markdown, page, **kwargs):
    """Called by MkDocs for each page."""
    name = PAGE.fullmatch(page.file.src_uri)
    return fill(markdown, name[1]) if name else markdown


def fill(markdown, file):
    """The page with all its markers replaced."""
    import keras_contrastive

    card = next(
        card
        for card in keras_contrastive.method_table()
        if card["file"] == f"models/{file}.py"
    )
    model = getattr(keras_contrastive, card["name"])
    for marker, text in (
        ("figure", figure),
        ("recorded", recorded),
        ("links", links),
    ):
        marker = f"<!-- {marker} -->"
        if marker not in markdown:
            raise ValueError(f"`{marker}` is missing in methods/{file}.md")
        markdown = markdown.replace(marker, text(model, card))
    return markdown


def figure(model, card):
    drawn = drawing.draw(
        data_path.path(model), f"The data's path: {card['idea']}"
    )
    caption = "Boxes of one name share their weights."
    if card["memory"] != "none":
        caption += f" The {card['memory']} holds projections of earlier steps."
    if 'class="slow"' in drawn:
        caption += (
            " Dashed: the momentum branch, which follows slowly and gets no "
            "gradient."
        )
    facts = [
        f"| {title} | {card[key].replace('none', '–')} |"
        for key, title in FACTS.items()
    ]
    facts.insert(
        1, f"| Momentum branch | {'yes' if card['momentum'] else '–'} |"
    )
    return (
        f"<figure>{drawn}<figcaption>{caption}</figcaption></figure>\n\n"
        + "\n".join(["| | |", "|:--|:--|", *facts])
    )


def recorded(model, card):
    name, parts = card["name"], []
    if methods.RESULTS.exists():
        for record in json.loads(methods.RESULTS.read_text()).values():
            parts += results(name, record)
    if name == "EquiMod" and equimod.RESULTS.exists():
        parts.append(equimod.tables())
        parts.append(
            "Command: `python benchmarks/equimod.py`; what the columns mean: "
            "[Benchmarks](../benchmarks.md#equivariance)."
        )
    if name == "LearnedViews":
        parts.append(
            "Against colour spaces, with and without labels: "
            "[Learned colours](../benchmarks.md#learned-colours)."
        )
    if not parts:
        return "Not measured."
    return "\n\n".join(parts)


def results(name, record):
    """The rows of a method beside those that it must beat."""
    rows = record["rows"]
    own = [row for row in rows if row.split(",")[0] == name]
    if not own:
        return []
    lines = [f"| {record['title']} | k-NN | linear |", "|:--|:--|:--|"]
    for row in (*own, *(name for name in BESIDE if name in rows)):
        knn, linear = (methods.spread(rows[row][key]) for key in methods.KEYS)
        lines.append(f"| {row} | {knn} | {linear} |")
    source = f"{methods.set_up(record)} Command: `{record['command']}`"
    return ["\n".join(lines), source]


def links(model, card):
    name = card["name"]
    lines = [
        f"[`{name}`](../api/models.md#keras_contrastive.models.{name}): all "
        "arguments and outputs",
        *(
            f"[`{loss}`](../api/losses.md#keras_contrastive.losses.{loss}): "
            "the loss"
            for loss in known(card["loss"], "losses")
        ),
        *(
            f"[`{views}`](../api/views.md#keras_contrastive.views.{views}): "
            "the views"
            for views in known(card["views"], "views")
        ),
        "[Conformance](../conformance.md): what is checked, on which backend",
        f"[{card['paper']}]({card['url']}): the paper",
    ]
    return "\n".join(f"* {line}" for line in lines)


def known(names, module):
    import keras_contrastive

    public = getattr(keras_contrastive, module).__all__
    return [name for name in names.split(", ") if name in public]
