import json
import pathlib

import keras
import numpy as np

from keras_contrastive._check_integer import check_integer
from keras_contrastive.data import from_arrays
from keras_contrastive.evaluation._linear_probe import linear_probe
from keras_contrastive.evaluation._mutual_information import mutual_information
from keras_contrastive.evaluation._patient_progbar import PatientProgbar
from keras_contrastive.evaluation.sweeps.view_sweep import ViewSweep


def sweep_views(
    make_views,
    values,
    images,
    bank,
    queries,
    *,
    make_model,
    held_out=None,
    encoder_of=None,
    seeds=3,
    epochs=5,
    batch_size=256,
    path=None,
    name="value",
):
    """Finds out how much views should share: trains a model a setting.

    For each value and seed a model is made and trained on the views of that
    value, and two things are measured: how much these views share, by
    InfoNCE's bound on held-out images, and what the features know, by a
    linear probe. Plotted against each other they make the reverse U of the
    paper: accuracy rises as views lose what is of no use, and falls as they
    lose more.

    The bound depends on the encoder, the temperature and the batch: these
    must be the same for all values. A model starts from the weights of its
    seed whatever the value. Five batches and more make a bound worth reading.

    Args:
        make_views: Function of a value, which returns a `MultiView`, or None
            where `images` gives ready views.
        values: List of 3 values or more, numbers or strings, no two alike,
            from those that share most to those that share least or the
            other way round.
        images: Array `(images, height, width, channels)` to train on; or
            function of a value and a seed, which returns such an array, or a
            tuple of arrays of ready views.
        bank: Labeled images `(images, labels)` that the probe learns from.
        queries: The same, to test on. Take them from the training set where
            the sweep is to choose views for a model that is tested later.
        make_model: Function of views and a seed, which returns a compiled
            `ContrastiveModel` with negatives.
        held_out: Images for the bound, in the form of `images`. Defaults to
            those of `queries`.
        encoder_of: Function of a trained model, which returns the encoder to
            probe. Defaults to its `encoder`.
        seeds: Integer, runs a value. Defaults to 3.
        epochs: Integer. Defaults to 5.
        batch_size: Integer, in training and for the bound. Defaults to 256.
        path: Path of a JSON file that keeps each run as it ends. A sweep that
            is started again goes on from there. It knows of `name`, `epochs`
            and `batch_size`: take a new file where images or model change.
        name: String, what the values are, for table and figure.

    Returns:
        `ViewSweep`.

    Raises:
        ValueError: For fewer than 3 values or two that are alike, a model
            without negatives, numbers below 1, or a file of another sweep.

    Example:

    >>> family = kc.views.crop_areas(image_size=32)
    >>> sweep = sweep_views(
    ...     family.make_views,
    ...     family.values,
    ...     images,
    ...     bank,
    ...     queries,
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
    if held_out is None:
        if not isinstance(queries, tuple):
            raise ValueError(
                "`queries` must be a tuple of arrays (images, labels), unless "
                "`held_out` has images to measure the bound on. "
                f"Received: {type(queries).__name__}"
            )
        held_out = queries[0]
    settings = {"name": name, "epochs": epochs, "batch_size": batch_size}
    runs = Runs(path, settings)

    def measure(model, value, seed):
        encoder = encoder_of(model) if encoder_of else model.encoder
        shared = mutual_information(
            model, of(held_out, value, seed), batch_size=batch_size
        ).metrics
        return {
            "mutual_information": shared["info_nce"],
            "cap": shared["cap"],
            "accuracy": linear_probe(encoder, bank, queries).accuracy,
        }

    bar = PatientProgbar(len(values) * seeds, unit_name="run")
    for seed in range(seeds):
        for key, value in zip(keys, values, strict=True):
            if runs.lack(key, seed):
                keras.utils.set_random_seed(seed)
                model = make_model(make_views(value), seed)
                if runs.lack("untrained", seed):
                    runs.keep("untrained", seed, measure(model, value, seed))
                train(model, of(images, value, seed), epochs, batch_size, seed)
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


def of(images, value, seed):
    return images(value, seed) if callable(images) else images


def train(model, images, epochs, batch_size, seed):
    if isinstance(images, tuple):
        # Ready views are inputs, not inputs and targets.
        model.fit(images, batch_size=batch_size, epochs=epochs, verbose=0)
        return
    data = from_arrays(images, batch_size=batch_size, shuffle=True, seed=seed)
    model.fit(data, epochs=epochs, verbose=0)


class Runs:
    """What was measured, by value and seed; in a file where there is a path."""

    def __init__(self, path, settings):
        self.path = None if path is None else pathlib.Path(path)
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

    def lack(self, key, seed):
        return f"{key} seed {seed}" not in self.kept

    def keep(self, key, seed, found):
        self.kept[f"{key} seed {seed}"] = found
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            content = {"settings": self.settings, "runs": self.kept}
            # Whole or not at all, should the run be stopped here.
            part = self.path.with_name(self.path.name + ".part")
            part.write_text(json.dumps(content, indent=1) + "\n")
            part.replace(self.path)

    def table(self, measured, keys, seeds):
        return np.array(
            [
                [
                    self.kept[f"{key} seed {seed}"][measured]
                    for seed in range(seeds)
                ]
                for key in keys
            ]
        )
