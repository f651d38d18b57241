import math
import os
import pathlib
import warnings
from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive._processes import alone, is_first_process
from keras_contrastive._replacing import folder_beside, replacing
from keras_contrastive.callbacks._trained_epochs import trained_epochs

ENDINGS = (".keras", ".weights.h5")
MODES = ("auto", "min", "max")


class BestModel(keras.callbacks.Callback):
    """Keeps the model of the best epoch in a file that is always whole.

    What `keras.callbacks.ModelCheckpoint(save_best_only=True)` does, with
    these promises: the file is replaced in one step, so that a full disk or a
    killed process leaves the one before; no NaN or infinity enters it, neither
    a monitored one nor one in a variable; and a name that is not in the logs
    is an error at the first epoch. `kc.callbacks.Checkpoint` keeps the best
    value, with which an interrupted run goes on.

    Args:
        path: Path of the file. Ends in `.keras` for a whole model, or in
            `.weights.h5` for weights alone, both with the optimizer.
            Its folder is made if it is missing.
        monitor: String, name in the logs of an epoch, such as
            `"knn_accuracy"` of a `KNNProbe`. Defaults to `"loss"`.
        mode: `"min"` if less is better, `"max"` if more is, or `"auto"`: less
            of the loss and its terms, more of what has `acc` in its name.
        every: Integer, epochs from one look at the logs to the next, such as
            `every` of the probe. Defaults to 1.
        encoder_only: Boolean, whether to write `model.encoder` alone.
            Defaults to False.
        initial_value_threshold: Float that the first value must surpass to be
            written, such as that of a file of an earlier run, or None.

    Attributes:
        best: Float, the value of the model in the file, or the threshold.

    Raises:
        ValueError: For arguments out of range; when training starts, for a
            folder that cannot be written, a name of which `"auto"` does not
            know the mode, or a model without encoder; at the end of an
            epoch, if the logs lack the name.
        OSError: If the disk is full. The file is still the one before.

    Warns:
        UserWarning: If an epoch was the best, but not finite.

    Example:

    >>> probe = kc.callbacks.KNNProbe((images, labels), validation, every=10)
    >>> best = kc.callbacks.BestModel(
    ...     "encoder.keras",
    ...     monitor="knn_accuracy",
    ...     every=10,
    ...     encoder_only=True,
    ... )
    >>> model.fit(train, epochs=100, callbacks=[probe, best])
    >>> encoder = keras.saving.load_model("encoder.keras")
    """

    @checked
    def __init__(
        self,
        path: str | os.PathLike,
        *,
        monitor: str = "loss",
        mode: str = "auto",
        every: int = 1,
        encoder_only: bool = False,
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__()
        self.path = pathlib.Path(os.path.expanduser(path))
        if not self.path.name.endswith(ENDINGS):
            raise ValueError(
                "`path` must end in '.keras', for a whole model, or in "
                f"'.weights.h5'. Received: path={str(path)!r}"
            )
        if "{" in self.path.name:
            raise ValueError(
                "`path` is one file, which the best model of all epochs "
                "replaces: leave fields such as {epoch} out. "
                f"Received: path={str(path)!r}"
            )
        if mode not in MODES:
            raise ValueError(
                f"`mode` must be one of {MODES}. Received: mode={mode!r}"
            )
        check_integer("every", every, 1, meaning=" epochs")
        self.monitor, self.mode, self.every = monitor, mode, every
        self.encoder_only = encoder_only
        self.best = initial_value_threshold

    def get_state(self) -> dict[str, Any]:
        return {"best": self.best}

    def set_state(self, state: dict[str, Any]) -> None:
        self.best = state["best"]

    def on_train_begin(self, logs: Any = None) -> None:
        self.is_less = self.resolved_mode() == "min"
        self.saved()
        # Now, so that a folder without access comes to light at once.
        with folder_beside(self.path):
            pass

    def resolved_mode(self) -> str:
        if self.mode != "auto":
            return self.mode
        name = self.monitor.removeprefix("val_")
        if name in ("loss", *getattr(self.model, "objective_names", ())):
            return "min"
        if "acc" in name:
            return "max"
        raise ValueError(
            "`mode` must be 'min' or 'max' where the name of what is monitored "
            "does not tell, as 'loss' and '..._accuracy' do. "
            f"Received: monitor={self.monitor!r}, mode='auto'"
        )

    def saved(self) -> keras.Model:
        """What is written, on JAX with the weights of the last step."""
        model = self.model
        if not self.encoder_only:
            return model
        if not hasattr(model, "encoder"):
            raise ValueError(
                "`encoder_only=True` needs a model with an attribute "
                f"`encoder`. Received: {type(model).__name__}"
            )
        return model.encoder

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if trained_epochs(self.model, epoch) % self.every:
            return
        if self.monitor not in (logs or {}):
            raise ValueError(
                "`monitor` must be a name in the logs, at each `every`-th "
                "epoch: write `every=k` if it is measured every k epochs. "
                f"Received: monitor={self.monitor!r}, every={self.every}; "
                f"the logs of epoch {epoch} have {sorted(logs or {})}"
            )
        value = float(ops.convert_to_numpy(logs[self.monitor]))
        if self.is_better(value):
            self.save(value)

    def is_better(self, value: float) -> bool:
        if self.best is None or math.isnan(value):
            return True
        return value < self.best if self.is_less else value > self.best

    def save(self, value: float) -> None:
        saved = self.saved()
        wrong = [] if math.isfinite(value) else [self.monitor]
        wrong += [x.path for x in variables_of(saved) if is_spoilt(x)]
        if wrong:
            warnings.warn(
                f"{self.path} stays as it is: {wrong[0]} is not finite.",
                stacklevel=2,
            )
            return
        if is_first_process():
            self.write(saved)
        self.best = value

    def write(self, saved: keras.Model) -> None:
        with alone(), replacing(self.path) as unfinished:
            if self.path.suffix == ".keras":
                saved.save(unfinished)
            else:
                saved.save_weights(unfinished)


def variables_of(model: keras.Model) -> list[Any]:
    """All that a file of the model holds."""
    optimizer = getattr(model, "optimizer", None)
    return model.variables + (optimizer.variables if optimizer else [])


def is_spoilt(variable: Any) -> bool:
    if not keras.backend.is_float_dtype(variable.dtype):
        return False
    return not bool(ops.convert_to_numpy(ops.all(ops.isfinite(variable))))
