"""Writes the table of methods as families of views, from their recipes."""

import inspect

import cards

from keras_contrastive import views

METHODS = ("InstDis", "MoCo", "CMC", "PIRL", "SimCLR", "CPC", "InfoMin")
COLUMNS = ("Method", "First view", "Second view", "Partner", "Negatives")
# The sizes are those of the images, and say nothing of a view.
LEFT_OUT = ("name", "trainable", "dtype", "image_size", "patch_size")
LEFT_OUT += ("mean", "std", "layer", "value_range")
AGAIN = "the same, drawn again"
HELD = "an older view, from the bank"


def table():
    lines = ["| " + " | ".join(COLUMNS) + " |", "|:--" * len(COLUMNS) + "|"]
    lines += [row(cards.cards()[name]) for name in METHODS]
    return "\n".join(lines)


def row(card):
    recipe = card.views[0]
    made = getattr(views, recipe)(image_size=256 if recipe == "cpc" else 224)
    first, *others = map(describe, made.pipelines)
    if card.memory == "bank":
        # These recipes draw more views than such a method compares.
        others = [text for text in others if text != first]
        others = others or ([] if card.name == "CMC" else [HELD])
    others = others or ["its other parts"]
    second = "; ".join(AGAIN if text == first else text for text in others)
    partner = "same encoder"
    if card.momentum:
        partner = "momentum branch"
    if card.memory == "bank":
        partner = "bank"
    return (
        f"| `{card.name}`, `{recipe}` | {first} | {second} | "
        f"{partner} | {', '.join(card.negatives)} |"
    )


def describe(pipeline):
    return ", ".join(map(describe_transform, pipeline.transforms))


def describe_transform(transform):
    """Class and the arguments that are not the defaults."""
    config = transform.get_config()
    defaults = inspect.signature(type(transform).__init__).parameters
    found = [
        f"{name} {shown(value)}"
        for name, value in config.items()
        if name not in LEFT_OUT
        and not (name in defaults and defaults[name].default == value)
        and (name, value) != ("probability", 1.0)
    ]
    name = type(transform).__name__
    if name == "Augment":
        name = config["layer"]["class_name"]
    return f"{name} ({'; '.join(found)})" if found else name


def shown(value):
    if isinstance(value, (tuple, list)):
        low, high = (f"{bound:.3g}" for bound in value)
        return low if low == high else f"{low} to {high}"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


TEXTS = {"unified view": table}
