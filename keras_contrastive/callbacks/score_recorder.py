import itertools
import os
import pathlib

import numpy as np

from keras_contrastive._checked import checked
from keras_contrastive._processes import is_first_process
from keras_contrastive._replacing import replacing
from keras_contrastive.training._callback_order import LogWriter
from keras_contrastive.training.contrastive_model import ContrastiveModel

# Steps that stay on the device before they are fetched.
CAPACITY = 512


class ScoreRecorder(LogWriter):
    """Records scores of positive and negative pairs at every training step.

    `metrics.score_statistics` says what is recorded: means, variances,
    quantiles, histograms, gradients. It is computed in the compiled step and
    fetched every few hundred steps. Means over the epoch enter the logs of
    `fit`, with `val_` those of validation, hence `History`, TensorBoard,
    `CSVLogger`, ..., quantiles as `negative_q05` and the like; single steps
    are in `records`, from which `visualization.plot_score_curves` and its
    neighbors draw.

    Args:
        path: Path of a `.npz` file, which holds the records after each epoch,
            never half-written, or None. Where training goes on at a later
            epoch, the file goes on too, after its records of the epochs
            before; a file without such is kept beside the new one, as
            `scores-1.npz` and so on.

    Attributes:
        records: Dictionary of arrays with one row a step: `step`, counted
            over the whole training, `epoch`, of those that the model has
            trained, from 0, and the statistics, float32. Another `fit` of the
            same model goes on with them.

    Raises:
        ValueError: For a path with another ending; when training starts, for
            a model without scores of pairs, such as `BarlowTwins`.

    Example:

    >>> recorder = keras_contrastive.callbacks.ScoreRecorder("scores.npz")
    >>> history = model.fit(train, epochs=100, callbacks=[recorder])
    >>> history.history["negative_variance"]
    >>> figure = keras_contrastive.visualization.plot_score_curves(
    ...     {"MoCo": recorder}
    ... )

    Reference: Zhu et al., 2021, https://arxiv.org/abs/2108.02982.
    """

    @checked
    def __init__(self, path: str | pathlib.Path | None = None) -> None:
        super().__init__()
        if path is not None and pathlib.Path(path).suffix != ".npz":
            raise ValueError(
                "`path` must end in .npz, as the scores are kept as NumPy "
                f"arrays. Received: path={path}"
            )
        if path is not None:
            path = pathlib.Path(os.path.expanduser(path))
        self.path = path
        self.parts: list[dict] = []

    @property
    def records(self):
        if not self.parts:
            return {}
        return {
            name: np.concatenate([part[name] for part in self.parts])
            for name in self.parts[0]
        }

    def set_model(self, model):
        if model is not self.model:
            self.parts = []
        super().set_model(model)
        if not isinstance(model, ContrastiveModel):
            raise ValueError(
                "`ScoreRecorder` reads `model.scores` of a "
                "`keras_contrastive.ContrastiveModel`. "
                f"Received: {type(model).__name__}"
            )
        if model.pair_loss is None:
            raise ValueError(
                "`ScoreRecorder` needs a method that compares pairs: write "
                "its `contrasts(outputs)`, or follow it with "
                "`callbacks.CollapseGuard`. "
                f"Received: {type(model).__name__}, which compares none"
            )
        self.at_once = model.steps_per_execution
        self.capacity = max(CAPACITY, 2 * self.at_once)
        # Before `fit` compiles the step; it ends what begins here.
        model.record_scores(self.capacity)

    def on_train_begin(self, logs=None):
        self.is_new, self.fetched = True, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.waiting = self.model.trained_epochs, 0
        if self.is_new:
            self.parts, self.is_new = self.earlier_parts(), False

    def get_state(self):
        if self.waiting:
            self.fetch()
        return {"records": self.records, "fetched": self.fetched}

    def set_state(self, state):
        records = state["records"]
        self.parts = [records] if records else []
        self.fetched, self.is_new = state["fetched"], False

    def earlier_parts(self):
        """What is on record of the epochs before this one."""
        has_file = self.path is not None and self.path.exists()
        records = self.records
        if not records and has_file:
            with np.load(self.path) as file:
                records = dict(file)
        kept = records.get("epoch", np.zeros(0)) < self.epoch
        if kept.any():
            return [{name: x[kept] for name, x in records.items()}]
        if has_file and is_first_process():
            self.path.rename(unused_path(self.path))
        return []

    # The hook at the end of a batch would make Keras wait for every step.
    def on_train_batch_begin(self, batch, logs=None):
        if self.waiting + self.at_once > self.capacity:
            self.fetch()
        self.waiting += self.at_once

    def on_epoch_end(self, epoch, logs=None):
        self.fetch()
        if self.path and is_first_process():
            with replacing(self.path) as unfinished:
                np.savez_compressed(unfinished, **self.records)

    def fetch(self):
        # On JAX, `self.model` brings the state up to date.
        read = self.model.score_log.read(self.fetched)
        number = len(read["positive_mean"])
        if self.parts and set(read) != set(self.parts[0]) - {"step", "epoch"}:
            raise ValueError(
                "`path` must be another file, or training begin at epoch 0: "
                "its records are of a method with other scores. "
                f"Received: path={self.path}"
            )
        before = sum(len(part["step"]) for part in self.parts)
        self.parts.append(
            {
                "step": before + np.arange(number),
                "epoch": np.full(number, self.epoch),
                **read,
            }
        )
        self.fetched, self.waiting = self.fetched + number, 0


def unused_path(path):
    numbers = itertools.count(1)
    paths = (path.with_stem(f"{path.stem}-{number}") for number in numbers)
    return next(path for path in paths if not path.exists())
