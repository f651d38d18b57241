"""What people pass by mistake: values that replace an argument."""

import keras
import numpy as np
from hypothesis import strategies

import keras_contrastive as kc
from tests.fuzz import valid

# More than a loop gets through. As a size it fills any memory, which a
# framework says in its own way.
HUGE = 10**12
SIZES = {
    "epochs",
    "hidden_units",
    "image_size",
    "jigsaw_size",
    "local_size",
    "num_classes",
    "num_images",
    "num_pairs",
    "num_negatives",
    "probe_epochs",
    "queue_size",
    "seeds",
    "size",
    "target_units",
    "units",
}


class Anything:
    """An object of no use."""

    def __repr__(self):
        return "Anything()"


NUMBERS = [-1, 0, 1, 2, 7, HUGE, -0.5, 0.5, 1.5, 1e-30, 1e30, True, False]
NOT_FINITE = [np.nan, np.inf, -np.inf, np.float32("nan")]
WORDS = ["", "0.1", "word", b"bytes"]
NESTED = [
    None,
    [],
    (),
    {},
    set(),
    [None],
    ["a", "b"],
    (0.5,),
    (1, 2),
    (2.0, 1.0),
    (np.nan, 1.0),
    (-1, -2),
    [1, 2, 3],
    ["0.1", 0.2],
    {"accuracy": np.nan},
    {"word": "text"},
    {1: None},
    {"image": "0.1"},
    {"run": valid.RECORDS},
    range(3),
]
# Made anew where they are drawn: layers have state, arrays may be written to.
MADE = {
    "numpy number": lambda: np.float32(0.5),
    "numpy integer": lambda: np.int64(2),
    "numpy boolean": lambda: np.bool_(True),
    "complex": lambda: 1j,
    "object": Anything,
    "class": lambda: Anything,
    "function": lambda: lambda *arguments: None,
    "generator": lambda: (x for x in range(2)),
    "scalar array": lambda: np.array(0.5),
    "empty array": lambda: np.zeros((0,)),
    "no rows": lambda: np.zeros((0, 8), "float32"),
    "vector": lambda: np.linspace(0, 1, valid.COUNT, dtype="float32"),
    "integers": lambda: np.arange(valid.COUNT),
    "negative integers": lambda: -1 - np.arange(valid.COUNT),
    "one row": lambda: np.ones((1, 8), "float32"),
    "matrix": lambda: np.ones((valid.COUNT, 8), "float32"),
    "other matrix": lambda: np.ones((valid.COUNT + 1, 5), "float32"),
    "zeros": lambda: np.zeros((valid.COUNT, 8), "float32"),
    "huge": lambda: np.full((valid.COUNT, 8), 1e30, "float32"),
    "integer matrix": lambda: np.ones((valid.COUNT, 8), "int64"),
    "nan": lambda: np.full((valid.COUNT, 8), np.nan, "float32"),
    "one nan": lambda: np.where(valid.Z1 == valid.Z1[0, 0], np.nan, valid.Z1),
    "booleans": lambda: np.ones((valid.COUNT, 8), bool),
    "text": lambda: np.full((valid.COUNT, 8), "0.1"),
    "objects": lambda: np.full((valid.COUNT, 8), None),
    "complex array": lambda: np.full((valid.COUNT, 8), 1j),
    "tensor": lambda: keras.ops.ones((valid.COUNT, 8)),
    "images": lambda: valid.IMAGES,
    "one image": lambda: valid.IMAGES[0],
    "gray images": lambda: valid.IMAGES[..., 0],
    "int images": lambda: valid.IMAGES.astype("int32"),
    "nan images": lambda: np.full((2, 12, 12, 3), np.nan, "float32"),
    "layer": lambda: keras.layers.Dense(4),
    "layer class": lambda: keras.layers.Dense,
    "head": valid.head,
    "encoder": valid.encoder,
    "pooling": lambda: keras.layers.GlobalAveragePooling2D(),
    "transform": kc.views.Grayscale,
    "pipeline": valid.pipeline,
    "views": valid.views,
    "module": lambda: kc.EquiMod(valid.head(), valid.head(), valid.head()),
    "extrapolation": kc.layers.PositiveExtrapolation,
    "two interpolations": lambda: 2 * [kc.layers.NegativeInterpolation()],
    "loss": kc.losses.NTXent,
    "keras loss": keras.losses.MeanSquaredError,
    "schedule": lambda: keras.optimizers.schedules.CosineDecay(0.5, 10),
    "contrast": valid.contrast,
    "scores": valid.scores,
    "report": valid.report,
    "batches": valid.batches,
    "unlabeled batches": lambda: valid.batches(None),
}
VALUES = [*NUMBERS, *NOT_FINITE, *WORDS, *NESTED, *MADE.items()]


def made(value):
    """An entry of `VALUES` as it is passed."""
    is_made = isinstance(value, tuple) and len(value) == 2
    return value[1]() if is_made and callable(value[1]) else value


def calls(names):
    """Strategy: a name, and one or two arguments with odd values for them."""
    arguments = {name: sorted(valid.VALID[name]()) for name in names}

    @strategies.composite
    def call(draw):
        name = draw(strategies.sampled_from(names))
        chosen = strategies.lists(
            strategies.sampled_from(arguments[name]),
            min_size=1,
            max_size=2,
            unique=True,
        )
        any_value = strategies.sampled_from(VALUES)
        no_size = strategies.sampled_from([v for v in VALUES if v is not HUGE])
        return name, {
            argument: draw(no_size if argument in SIZES else any_value)
            for argument in draw(chosen)
        }

    return call()
