"""Drawn parameters in few words."""

import textwrap
from typing import Any

import keras

from keras_contrastive.views import (
    ColorJitter,
    Jigsaw,
    Pipeline,
    RandomResizedCrop,
    Transform,
)

WIDTH = 25  # letters that fit under a picture
NO_BREAK = "\N{NO-BREAK SPACE}"
SHORT = {
    "gaussian_blur": "blur",
    "grayscale": "gray",
    "color_jitter": "jitter",
    "random_resized_crop": "crop",
}


def leaves(transform: Transform) -> list[Transform]:
    """The transforms that a pipeline, and pipelines in it, are made of."""
    if not isinstance(transform, Pipeline):
        return [transform]
    return [leaf for part in transform.transforms for leaf in leaves(part)]


def captions(pipeline: Pipeline, vectors: Any) -> list[str]:
    """Captions for rows of encoded parameters, one line for each transform."""
    vectors = keras.ops.convert_to_numpy(vectors)
    return [caption(leaves(pipeline), vector) for vector in vectors]


def caption(transforms: list[Transform], vector: Any) -> str:
    lines, start = [], 0
    for transform in transforms:
        values = {}
        for name, length in transform.parameters.items():
            values[name] = vector[start : start + length].tolist()
            start += length
        # A transform without parameters, or not applied, has no line.
        if values and values.pop("applied", [1])[0]:
            lines += textwrap.wrap(in_words(transform, values), WIDTH)
    return "\n".join(lines).replace(NO_BREAK, " ")


def in_words(transform: Transform, values: dict[str, list[float]]) -> str:
    name = SHORT.get(transform.name, transform.name.replace("_", " "))
    texts = {
        # Long vectors, such as the kernel of a blur, are left out.
        parameter: in_numbers(vector) if len(vector) <= 4 else "..."
        for parameter, vector in values.items()
    }
    if isinstance(transform, RandomResizedCrop):
        box = "{top},{left} {height}x{width}".format(**texts)
        return f"{name} {box}" + " flip" * (texts["flip"] == "1")
    if isinstance(transform, Jigsaw):
        return f"{name} {in_numbers(values['permutation'])}"
    if isinstance(transform, ColorJitter):
        on = [name for name in transform.ranges if transform.is_on(name)]
        words = [f"{name[0]} {texts[name]}" for name in on]
        words = [" ".join(words[:2]), " ".join(words[2:])]
    elif len(texts) == 1:
        words = list(texts.values())
    else:
        words = [" ".join(pair) for pair in texts.items()]
    # A line may end before a parameter, not between its name and its value.
    return " ".join([name, *(word.replace(" ", NO_BREAK) for word in words)])


def in_numbers(vector: list[float]) -> str:
    return " ".join(number(value) for value in vector)


def number(value: float) -> str:
    """A number in few digits: 3, .05, -1.25."""
    text = f"{value + 0.0:.2f}" if abs(value) >= 0.1 else f"{value + 0.0:.1g}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("0.", ".", 1) if abs(value) < 1 else text
