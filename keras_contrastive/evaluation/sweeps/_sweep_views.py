import json
import os
import pathlib
from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive._replacing import replacing
from keras_contrastive.data import from_arrays
from keras_contrastive.evaluation._linear_probe import linear_probe
from keras_contrastive.evaluation._mutual_information import (
    count_inputs,
    mutual_information,
)
from keras_contrastive.evaluation._overlap import check_max_overlap
from keras_contrastive.evaluation._patient_progbar import PatientProgbar
from keras_contrastive.evaluation.sweeps.view_sweep import ViewSweep
from keras_contrastive.training.contrastive_model import ContrastiveModel


@checked
def sweep_views(
    make_views: Callable[[Any], Any],
    values: Iterable[Any],
    images: Any,
    train: Any,
    test: Any,
    *,
    make_model: Callable[[Any, int], ContrastiveModel],
    held_out: Any = None,
    encoder_of: Callable[[ContrastiveModel], keras.Model] | None = None,
    seeds: int = 3,
    epochs: int = 5,
    batch_size: int = 256,
    max_overlap: float = 0.05,
    path: str | os.PathLike[str] | None = None,
    name: str = "value",
) -> ViewSweep:
    """Finds out how much views should share, with a model for each value.

    For each value and seed a model is made and trained on the views of that
    value, and two things are measured: how much these views share, by
    InfoNCE's bound on held-out images, and what the features know, by a
    linear probe. Plotted against each other they make the reverse U of the
    paper: accuracy rises as views lose what is of no use, and falls as they
    lose more.

    The bound depends on the encoder, the temperature and the batch size, which
    must be the same for all values. All models of a seed start from the same
    weights. The bound needs at least five batches to be worth reading.

    Args:
        make_views: Function from a value to a `MultiView`, or to `None` where
            `images` gives ready views.
        values: List of at least 3 values, numbers or strings, no two alike,
            from those that share most to those that share least or the
            other way round.
        images: Array `(images, height, width, channels)` to pretrain on; or a
            function from a value and a seed to such an array, or to a tuple
            of arrays of ready views.
        train: Labeled images `(images, labels)` that the probe learns from.
        test: Labeled images that the probe is tested on. Take them from the
            training set if the sweep is to choose views for a model that is
            tested later.
        make_model: Function from views and a seed to a compiled
            `ContrastiveModel` with negatives.
        held_out: Images for the bound, in the form of `images`. Defaults to
            those of `test`.
        encoder_of: Function from a trained model to the encoder to probe.
            Defaults to its `encoder`.
        seeds: Integer, runs per value. Defaults to 3.
        epochs: Integer, epochs of each run. Defaults to 5.
        batch_size: Integer, in training and for the bound. Defaults to 256.
        max_overlap: Float in 0..1, share of the images of `test`, or of
            those of `train`, that may be in the other. Defaults to 0.05.
        path: Path of a JSON file that keeps each run as it ends. A sweep that
            is started again goes on from there. The file knows `name`,
            `epochs` and `batch_size` only: take a new one if images or model
            change. Defaults to `None`, no file.
        name: String, what the values are, for table and figure. Defaults to
            `"value"`.

    Returns:
        `ViewSweep`.

    Raises:
        ValueError: If there are fewer than 3 values or two are alike, a
            number is out of its range, a model has no negatives, or the file
            is of another sweep.

    Example:

    >>> family = kc.views.crop_areas(image_size=32)
    >>> sweep = sweep_views(
    ...     family.make_views,
    ...     family.values,
    ...     images,
    ...     train,
    ...     test,
    ...     make_model=make_model,
    ...     path="area.json",
    ... )
    >>> kc.visualization.plot_reverse_u(sweep)

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, section
        3.
    """
    values = list(values)
    keys = [str(value) for value in values]
    if len(set(keys)) < max(3, len(keys)):
        raise ValueError(
            "`values` must be at least 3, no two alike: a curve has two ends "
            f"and an inside. Received: values={values}"
        )
    check_integer("seeds", seeds, 1)
    check_integer("epochs", epochs, 1)
    check_integer("batch_size", batch_size, 2)
    check_max_overlap(max_overlap)
    if held_out is None:
        if not isinstance(test, tuple):
            raise ValueError(
                "`test` must be a tuple of arrays (images, labels), unless "
                "`held_out` has images to measure the bound on. "
                f"Received: {type(test).__name__}"
            )
        held_out = test[0]
    settings = {"name": name, "epochs": epochs, "batch_size": batch_size}
    runs = Runs(path, settings)

    def measure(
        model: ContrastiveModel, value: Any, seed: int
    ) -> dict[str, float]:
        encoder = encoder_of(model) if encoder_of else model.encoder
        held = of(held_out, value, seed)
        count = count_inputs(model, held, "held_out")
        meaning = ", the images of `held_out`"
        check_integer("batch_size", batch_size, 2, count, meaning)
        shared = mutual_information(model, held, batch_size=batch_size).metrics
        return {
            "mutual_information": shared["info_nce"],
            "cap": shared["cap"],
            "accuracy": linear_probe(
                encoder, train, test, max_overlap=max_overlap
            ).accuracy,
        }

    bar = PatientProgbar(len(values) * seeds, unit_name="run")
    for seed in range(seeds):
        for key, value in zip(keys, values, strict=True):
            if runs.lack(key, seed):
                keras.utils.set_random_seed(seed)
                model = make_model(make_views(value), seed)
                if not isinstance(model, ContrastiveModel):
                    raise ValueError(
                        "`make_model` must return a `ContrastiveModel`. "
                        f"Received: {type(model).__name__}"
                    )
                if runs.lack("untrained", seed):
                    runs.keep("untrained", seed, measure(model, value, seed))
                pretrain(
                    model, of(images, value, seed), epochs, batch_size, seed
                )
                runs.keep(key, seed, measure(model, value, seed))
            bar.add(1)
    return ViewSweep(
        name,
        values,
        runs.table("mutual_information", keys, seeds),
        runs.table("accuracy", keys, seeds),
        runs.table("accuracy", ["untrained"], seeds)[0],
        {**settings, "cap": runs.kept[f"{keys[0]} seed 0"]["cap"]},
    )


def of(images: Any, value: Any, seed: int) -> Any:
    return images(value, seed) if callable(images) else images


def pretrain(
    model: ContrastiveModel,
    images: Any,
    epochs: int,
    batch_size: int,
    seed: int,
) -> None:
    if isinstance(images, tuple):
        # Ready views are inputs, not inputs and targets.
        model.fit(images, batch_size=batch_size, epochs=epochs, verbose=0)
        return
    data = from_arrays(images, batch_size=batch_size, shuffle=True, seed=seed)
    model.fit(data, epochs=epochs, verbose=0)


class Runs:
    """What was measured, by value and seed; kept in a file if there is a path.

    Args:
        path: Path of the file, or `None`.
        settings: Dictionary of what the runs depend on.
    """

    def __init__(
        self, path: str | os.PathLike[str] | None, settings: dict[str, Any]
    ) -> None:
        self.path: pathlib.Path | None = None
        if path is not None:
            self.path = pathlib.Path(os.path.expanduser(path))
        self.settings, self.kept = settings, {}
        if self.path and self.path.exists():
            found = json.loads(self.path.read_text())
            if found.get("settings") != settings:
                raise ValueError(
                    f"`path` holds another sweep, of {found.get('settings')}: "
                    f"delete it or name another. Received: path={path}, "
                    f"settings {settings}"
                )
            self.kept = found["runs"]

    def lack(self, key: str, seed: int) -> bool:
        return f"{key} seed {seed}" not in self.kept

    def keep(self, key: str, seed: int, found: dict[str, float]) -> None:
        self.kept[f"{key} seed {seed}"] = found
        if self.path:
            content = {"settings": self.settings, "runs": self.kept}
            with replacing(self.path) as unfinished:
                unfinished.write_text(json.dumps(content, indent=1) + "\n")

    def table(self, measured: str, keys: list[str], seeds: int) -> np.ndarray:
        return np.array(
            [
                [
                    self.kept[f"{key} seed {seed}"][measured]
                    for seed in range(seeds)
                ]
                for key in keys
            ]
        )
