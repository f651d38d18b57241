"""The path of the data through a method, read from its card and class."""

import dataclasses

import cards

from keras_contrastive.modules import Module

PATCHES, PIECES = 6, 5  # ranks of views


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
    """What all columns come from, if anything, they, and what they end in."""

    above: list
    columns: list
    below: list


def path(card):
    """The `Path` of a method or module."""
    above = [("images", "data"), (f"views.{card.views[0]}", "layer")]
    if card.memory == "bank":
        above[0] = ("images and their numbers", "data")
    if issubclass(card.model, Module):
        return module_path(card, above)
    if card.model.view_ranks == (PATCHES,):
        columns = [
            Column(layers("context of the patches above", "linear maps")),
            Column([("patches further down", "data")]),
        ]
        above += layers("encoder, patch by patch")
    else:
        if "generator" in card.heads:
            # It recolors one view; a recipe would split the channels first.
            above[1:] = layers("view, such as a crop", "generator")
        columns = view_columns(card) + side_columns(card)
    return Path(above, columns, layers(loss_of(card)))


def module_path(card, above):
    if card.model.needs_original:
        above[0] = ("images, untouched as well", "data")
    if "turned_views" in cards.taken(card.model):
        above[1] = ("views, and a small one in four turns", "layer")
    method = layers("heads of the method", "its own loss")
    drawn = ("parameters of the views", "data")
    below = layers(loss_of(card))
    if "parameter projector" in card.heads:
        # It meets the features in the predictor.
        first, second, *others = card.heads
        columns = [layers(first), [drawn, *layers(second)]]
        below = layers(*others) + below
    else:
        columns = [layers(*card.heads)]
        columns += [[drawn]] if card.model.needs_parameters else []
    columns = [Column(boxes, begins=boxes[0] != drawn) for boxes in columns]
    above += layers("encoder")
    return Path(above, [Column(method, ends=True), *columns], below)


def view_columns(card):
    if card.model.needs_second_encoder:
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
    ranks = card.model.view_ranks
    columns, images = [], ranks.count(4)
    for number, rank in enumerate(ranks, start=1):
        boxes = [(f"view {number}" if images > 1 else "view", "data")]
        if rank == PIECES:
            boxes = [("pieces", "data"), *layers("encoder", "jigsaw head")]
        elif number > 1 and card.model.needs_maps:
            boxes += layers("encoder")
            boxes += [("places of two maps", "data")]
            boxes += layers("coarse and fine projector")
        elif number > 1 and card.momentum:
            boxes += [("slow encoder", "slow"), ("slow projector", "slow")]
        else:
            boxes += layers("encoder", "projector")
            if "predictor" in card.heads:
                boxes += [second_end(card) if number > 1 else head("predictor")]
        columns.append(Column(boxes))
    return columns


def second_end(card):
    """How the other view enters a loss of predictions."""
    if card.memory == "queue":
        return ("nearest in the queue", "data")
    return ("no gradient", "data")


def side_columns(card):
    """What the views are compared with, besides each other."""
    texts = []
    if card.negatives == ["queue"]:
        texts.append("queue of earlier keys")
    if card.negatives == ["bank"]:
        two = card.model.needs_second_encoder
        texts.append("a memory bank each" if two else "memory bank")
    if "classifiers" in cards.taken(card.model):
        texts.append("classifiers and labels")
    elif card.model.needs_labels:
        texts.append("labels")
    return [Column([(text, "data")], begins=False) for text in texts]


def loss_of(card):
    return "loss: " + " or ".join(card.loss)


def layers(*texts):
    return [head(text) for text in texts]


def head(text):
    return (text, "layer")
