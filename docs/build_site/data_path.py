"""The path of the data through a method, read from its class and card."""

import dataclasses
import inspect

from keras_contrastive.modules._auxiliary import Auxiliary
from keras_contrastive.modules._parametric import Parametric

# What stands in the card in plural, or says of which.
TWO_ENCODERS, PATCHES, PIECES = "two projectors", 6, 5


@dataclasses.dataclass(frozen=True)
class Column:
    """Boxes from top to bottom; a box is its text and its kind.

    Args:
        boxes: List of pairs of text and kind: "layer", "slow" or "data".
        begins: Boolean, whether it comes from what all columns share.
        ends: Boolean, whether it ends in itself and not in what is below.
    """

    boxes: list
    begins: bool = True
    ends: bool = False


@dataclasses.dataclass(frozen=True)
class Path:
    """What all columns come from, the columns, and what they end in."""

    above: list
    columns: list
    below: list


def path(model):
    """The `Path` of a class of `keras_contrastive.models`."""
    card = model.card
    recipe = card.views.partition(",")[0]
    above = [("images", "data"), (f"views.{recipe}", "layer")]
    if card.memory == "bank":
        above[0] = ("images and their numbers", "data")
    if issubclass(model, Auxiliary):
        return module_path(model, above)
    heads = card.heads.split(", ")
    if model.view_ranks == (PATCHES,):
        columns = [
            Column(layers("context of the patches above", *heads[1:])),
            Column([("patches further down", "data")]),
        ]
        above += layers("encoder, patch by patch")
    else:
        if "generator" in heads:
            # It recolours one view; a recipe would split the channels first.
            above[1:] = layers("view, such as a crop", "generator")
        columns = view_columns(model, heads) + side_columns(model, heads)
    return Path(above, columns, layers(loss_of(card)))


def module_path(model, above):
    heads = model.card.heads.split(", ")
    if getattr(model, "sees_original", False):
        above[0] = ("images, untouched as well", "data")
    if "turned_views" in inspect.signature(model).parameters:
        above[1] = ("views, and a small one in four turns", "layer")
    method = layers("heads of the method", "its own loss")
    drawn = ("parameters of the views", "data")
    below = layers(loss_of(model.card))
    if "parameter projector" in heads:
        # It meets the features in the predictor.
        columns = [layers(heads[0]), [drawn, *layers(heads[1])]]
        below = layers(*heads[2:]) + below
    else:
        columns = [layers(*heads)]
        columns += [[drawn]] if issubclass(model, Parametric) else []
    columns = [Column(boxes, begins=boxes[0] != drawn) for boxes in columns]
    above += layers("encoder")
    return Path(above, [Column(method, ends=True), *columns], below)


def view_columns(model, heads):
    card = model.card
    if TWO_ENCODERS in heads:
        return [
            Column(
                [("first channel", "data"), *layers("encoder", "projector")]
            ),
            Column(
                [
                    ("other channels", "data"),
                    *layers("second encoder", "second projector"),
                ]
            ),
        ]
    has_predictor = "predictor" in heads
    columns, images = [], model.view_ranks.count(4)
    for number, rank in enumerate(model.view_ranks, start=1):
        boxes = [(f"view {number}" if images > 1 else "view", "data")]
        if rank == PIECES:
            boxes = [("pieces", "data"), *layers("encoder", "jigsaw head")]
        elif number > 1 and card.momentum:
            boxes += [("slow encoder", "slow"), ("slow projector", "slow")]
        else:
            boxes += layers("encoder", "projector")
            if has_predictor:
                boxes += [second_end(card) if number > 1 else head("predictor")]
        columns.append(Column(boxes))
    return columns


def second_end(card):
    """How the other view enters a loss of predictions."""
    if card.memory == "queue":
        return ("nearest in the queue", "data")
    return ("no gradient", "data")


def side_columns(model, heads):
    """What the views are compared with, besides each other."""
    texts = []
    if model.card.memory == "queue" and model.card.momentum:
        texts.append("queue of earlier keys")
    if model.card.memory == "bank":
        two = TWO_ENCODERS in heads
        texts.append("a memory bank each" if two else "memory bank")
    if "labels" in inspect.signature(model.objectives).parameters:
        given = "classifiers and labels" if "classifiers" in heads else "labels"
        texts.append(given)
    return [Column([(text, "data")], begins=False) for text in texts]


def loss_of(card):
    return "loss: " + card.loss.replace(", ", " or ")


def layers(*texts):
    return [head(text) for text in texts]


def head(text):
    return (text, "layer")
