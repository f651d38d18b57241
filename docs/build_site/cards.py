"""What the pages say of a method: prose from its page, facts from its parts.

The page `docs/methods/<file>.md` belongs to the class in
`keras_contrastive/methods/<file>.py` or `modules/<file>.py`. Its front matter
has the prose, and what no part tells.
"""

import dataclasses
import functools
import inspect
import pathlib

import keras
import yaml

import keras_contrastive as kc
from keras_contrastive._keras_internals import layers_of

FOLDER = pathlib.Path(__file__).parents[1] / "methods"
MEMORIES = {
    kc.layers.FeatureQueue: "queue",
    kc.layers.MemoryBank: "bank",
}


@dataclasses.dataclass(frozen=True)
class Card:
    """What is said of one method or module.

    Args:
        model: Its class.
        paper: Authors and year.
        url: Of the paper.
        idea: One sentence.
        views: Names of recipes in `keras_contrastive.views`.
        loss: Names in `keras_contrastive.losses`, or words.
        negatives: Where they come from; empty without any.
        memory: "queue", "bank" or "none".
        momentum: Boolean, whether there is a momentum branch.
        heads: The layers after the encoder.
    """

    model: type
    paper: str
    url: str
    idea: str
    views: list
    loss: list
    negatives: list
    memory: str
    momentum: bool
    heads: list

    @property
    def name(self):
        return self.model.__name__

    @property
    def page(self):
        """Address of its page, seen from `docs/`."""
        return f"methods/{stem(self.model)}.md"

    @property
    def room(self):
        """The folder of the package that holds it."""
        return self.model.__module__.split(".")[-2]


@functools.cache
def cards():
    """One card for each method and module, by name."""
    models = [getattr(kc.methods, name) for name in kc.methods.__all__]
    models += [
        getattr(kc.modules, name)
        for name in kc.modules.__all__
        if name != "Module"
    ]
    return {
        model.__name__: Card(model, **facts(model) | front_matter(model))
        for model in sorted(models, key=lambda model: model.__name__)
    }


def stem(model):
    return model.__module__.rpartition(".")[2]


def front_matter(model):
    page = (FOLDER / f"{stem(model)}.md").read_text()
    return yaml.safe_load(page.split("---\n")[1])


def facts(model):
    made = make(model)
    parts = {type(layer) for layer in layers_of(made)}
    memory = next((MEMORIES[part] for part in parts & set(MEMORIES)), "none")
    negatives = []
    if has_negatives(made):
        remembers = getattr(made, "remembers_negatives", False)
        negatives = [memory if remembers else "batch"]
    return {
        "negatives": negatives,
        "memory": memory,
        "momentum": kc.layers.MomentumBranch in parts,
        "heads": heads(model),
    }


def make(model):
    """One with small parts."""
    if issubclass(model, kc.modules.Module):
        parts = [keras.layers.Identity()] * ("turned_views" in taken(model))
        return model(*parts)
    parts = [encoder() for _ in range(1 + model.needs_second_encoder)]
    return model(*parts, **({"num_images": 2} if model.needs_index else {}))


def encoder():
    """One with maps of two sizes."""
    halvings = [keras.layers.MaxPooling2D() for _ in range(2)]
    pooling = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential([keras.Input((8, 8, 3)), *halvings, pooling])


def has_negatives(made):
    """Whether its loss, or one that it holds, compares with negatives."""
    losses = [made, *vars(made).values()]
    losses = [getattr(loss, "pair_loss", None) for loss in losses]
    return any(loss.has_negatives for loss in losses if loss is not None)


def heads(model):
    """Arguments of the constructor that are layers, but for views."""
    return [
        name.replace("_", " ")
        for name, argument in taken(model).items()
        if argument.annotation == keras.layers.Layer | None and name != "views"
    ]


def taken(model):
    return inspect.signature(model).parameters
