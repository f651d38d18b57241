import concurrent.futures
import os
import pathlib
import time
import warnings
import weakref
from typing import Any

import keras

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive._processes import is_first_process
from keras_contrastive.callbacks._callback_states import CallbackStates
from keras_contrastive.callbacks._check_checkpoint import check_checkpoint
from keras_contrastive.callbacks._model_arrays import (
    read_arrays,
    write_arrays,
    write_metrics,
    write_random_state,
)
from keras_contrastive.callbacks._same_run import check_same_run, described
from keras_contrastive.callbacks._shared_files import SharedFiles
from keras_contrastive.callbacks._termination import Termination
from keras_contrastive.data import Batches
from keras_contrastive.training._callback_order import GoesOn
from keras_contrastive.training._follow_epochs import FollowEpochs
from keras_contrastive.training._seeds import seeds_of, set_seeds

MAX_FAILURES = 3
# Ends the rest of an epoch; `True` of another callback ends the training.
END_OF_EPOCH = "the epoch is complete"
# How many calls of `fit` of a model have ended, by folder.
ENDED: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


class Checkpoint(GoesOn):
    """Saves the whole state of a training, and goes on from it.

    The same script, started again after it was killed at whatever moment,
    goes on with the first `fit` and ends with the numbers of a training that
    was never interrupted, bit for bit on the same backend, kind of device
    and versions. Nothing else must be called or loaded.

    Saved is all that a step reads or writes: weights, batch statistics,
    momentum branches, queues, banks, the steps of views and random layers,
    the optimizer with its averages and loss scale, the means of the running
    epoch; the order of the data and the place in it; and what the other
    callbacks know: plain values and arrays among their attributes, or what
    their `get_state()` returns and `set_state(state)` takes.

    A state is also saved when a `fit` ends; one that has ended trains nothing
    when it is started again, and more if its `epochs` are more. Where a script
    calls `fit` several times, those that had ended are passed over. At SIGTERM
    the state is saved at the next step, and the process exits with status 143.

    A file is written in the background to another name, flushed to the disk
    and renamed. A damaged one is passed over for the one before. A state that
    is not finite is never written, see `FiniteGuard`. Where writing fails,
    training goes on with a warning; a third failure in a row, or one without
    any file of the run, raises it.

    Args:
        folder: Path of a folder for this run alone.
        every_steps: Integer, steps from one file to the next, a multiple of
            `steps_per_execution`. Needs data of `keras_contrastive.data`.
        every_minutes: Number, minutes from one file to the next. Defaults,
            as `every_steps`, to None: with neither, each epoch ends with one.
        keep: Integer, how many files stay. Defaults to 3.

    Of several processes, on JAX, the first one writes, into a folder on a disk
    that all share.

    Data other than that of `keras_contrastive.data` has no place to go back
    to: the epoch begins anew, in whatever order the data then has.

    Raises:
        ValueError: For arguments out of range; from `fit`, before anything is
            trained, if the folder belongs to another run (method, settings,
            weights, data, seed of the data, global batch), is in use, cannot
            be written or holds damaged files only.
        OSError: From `fit`, if nothing can be written.

    Example:

    >>> model.fit(
    ...     kc.data.from_folder("photos", 256, image_size=96),
    ...     epochs=200,
    ...     callbacks=[kc.callbacks.Checkpoint("runs/a", every_minutes=5)],
    ... )
    """

    @checked
    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        every_steps: int | None = None,
        every_minutes: float | None = None,
        keep: int = 3,
    ) -> None:
        super().__init__()
        if every_steps is not None:
            check_integer("every_steps", every_steps, 1, meaning=" steps")
        if every_minutes is not None and not 0 < every_minutes < float("inf"):
            raise ValueError(
                "`every_minutes` must be above 0. "
                f"Received: every_minutes={every_minutes}"
            )
        if every_steps is not None and every_minutes is not None:
            raise ValueError(
                "`every_minutes` must be left out where `every_steps` says "
                f"when to save. Received: every_steps={every_steps}, "
                f"every_minutes={every_minutes}"
            )
        check_integer("keep", keep, 1, meaning=" files")
        self.every_steps, self.every_minutes = every_steps, every_minutes
        self.files = SharedFiles(pathlib.Path(folder).absolute(), keep)
        self.before = BeforeOthers(self)
        self.is_open = False

    @property
    def folder(self) -> pathlib.Path:
        return self.files.folder

    def open(self, model, data, held, callbacks, arguments):
        self.data = data if isinstance(data, Batches) else None
        self.held = held if isinstance(held, Batches) else None
        self.at_once = model.steps_per_execution
        self.epochs = arguments.get("epochs", 1)
        self.others = [c for c in callbacks if not isinstance(c, STATELESS)]
        check_checkpoint(self, model, arguments)
        self.writer: Any = concurrent.futures.ThreadPoolExecutor(1)
        self.writing: Any = None
        self.failures, self.termination = 0, Termination()
        self.restored: Any = None
        self.begins_in: int | None = None
        self.step = self.first_batch = 0
        self.files.open()
        self.is_open = True
        self.run = described(model, data)
        ended = ENDED.setdefault(model, {})
        found = self.files.newest()
        if found is None:
            ended[self.folder] = 0
        self.number = ended.get(self.folder, 0)
        first_epoch = arguments.get("initial_epoch", 0)
        if found is None:
            return first_epoch
        manifest, arrays = found
        if self.number:  # callbacks may have changed the learning rate since
            self.run["optimizer"] = manifest["run"]["optimizer"]
        check_same_run(manifest["run"], self.run, self.folder)
        self.step = manifest["step"]
        if manifest["fit"] < self.number:
            self.begins_in = first_epoch
            return first_epoch
        set_seeds(model, manifest["seeds"])
        model.forget_compiled_steps()
        write_arrays(model, arrays, "model", "optimizer")
        model.trained_epochs = manifest["trained_epochs"]
        if self.held is not None and manifest["validation_epoch"] is not None:
            self.held.seek(manifest["validation_epoch"])
        is_later = manifest["fit"] > self.number
        first_epoch = max(first_epoch, manifest["epoch"])
        if is_later or manifest["stopped"]:
            first_epoch = self.epochs
        if not is_later:
            self.restored = manifest, arrays
            self.first_batch = manifest["batch"]
        if arguments.get("verbose") != 0:
            place = f"after {self.step} steps, as {self.folder} tells"
            if first_epoch >= self.epochs:
                print(f"This training ended before, {place}")
            else:
                print(f"Going on in epoch {first_epoch + 1}, {place}")
        return first_epoch

    def on_train_begin(self, logs=None):
        if not self.is_open:
            raise ValueError(
                "`Checkpoint` goes on with the training of a "
                "`keras_contrastive.ContrastiveModel`. "
                f"Received: {type(self.model).__name__}"
            )
        self.states = CallbackStates(self.others)
        if self.restored is not None:
            manifest, arrays = self.restored
            self.states.write(manifest["callbacks"], arrays)
            # An epoch resets them; where none follows, they are the last ones.
            write_metrics(self.model, arrays)
        self.saved_at, self.saved_step = time.monotonic(), self.step
        if self.begins_in is not None:
            # Called again after a failure, this `fit` begins from here.
            self.save(epoch=self.begins_in, batch=0)
        self.termination.watch()

    # After all others, some of which have set what was restored.
    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.begun = epoch, self.step
        self.offset, self.first_batch = self.first_batch, 0
        if self.restored is None:
            return
        (manifest, arrays), self.restored = self.restored, None
        if manifest["within_epoch"]:
            write_arrays(self.model, arrays, "model", "optimizer")
            if not write_metrics(self.model, arrays):
                warnings.warn(
                    "The run goes on with other `callbacks`, which log other "
                    "metrics: the means of the running epoch begin anew.",
                    stacklevel=2,
                )
            self.states.write(manifest["callbacks"], arrays)
        write_random_state(arrays)

    def before_batch(self, batch):
        """Before the hooks of all others, the state is that after a step."""
        self.step = self.begun + batch
        place = {"epoch": self.epoch, "batch": self.offset + batch}
        if self.termination.is_asked_at(self.step):
            if self.data is not None:
                self.save(**place, within_epoch=True)
            self.exit()
        made = self.at_once
        if self.data is not None:
            if batch and self.is_due():
                self.save(**place, within_epoch=True)
            rest = len(self.data) - self.offset - batch
            made = min(made, rest)
            if self.offset and rest == made:
                # On TensorFlow a step that finds no data still moves counters.
                self.model.stop_training = (
                    self.model.stop_training or END_OF_EPOCH
                )
        self.step += made

    def before_epoch_end(self):
        if self.model.stop_training == END_OF_EPOCH:
            self.model.stop_training = False

    def on_epoch_end(self, epoch, logs=None):
        stopped = bool(self.model.stop_training)
        is_last = stopped or epoch + 1 == self.epochs
        is_each = self.every_steps is None and self.every_minutes is None
        if is_each or is_last or self.termination.is_asked or self.is_due():
            self.save(epoch=epoch + 1, batch=0, stopped=stopped)
        if self.termination.is_asked:
            self.exit()

    def on_train_end(self, logs=None):
        self.settle()
        ENDED[self.model][self.folder] = self.number + 1
        if self.termination.is_asked:  # in the last step, or after it
            self.exit()

    def is_due(self):
        if self.every_steps is not None:
            # An epoch may end within `steps_per_execution`.
            return self.step // self.every_steps > (
                self.saved_step // self.every_steps
            )
        if self.every_minutes is not None:
            return time.monotonic() - self.saved_at >= 60 * self.every_minutes
        return False

    def save(self, *, epoch, batch, within_epoch=False, stopped=False):
        if not is_first_process():
            return
        self.settle()
        self.saved_at, self.saved_step = time.monotonic(), self.step
        model = self.model  # on JAX, brings the weights up to date
        arrays, paths = read_arrays(model)
        states, others = self.states.read()
        manifest = {
            "run": self.run,
            "fit": self.number,
            "step": self.step,
            "epoch": epoch,
            "batch": batch,
            "within_epoch": within_epoch,
            "stopped": stopped,
            "trained_epochs": int(model.trained_epochs),
            "validation_epoch": self.held.epoch if self.held else None,
            "seeds": seeds_of(model),
            "callbacks": states,
            "paths": paths,
        }
        self.writing = self.writer.submit(
            self.files.write, self.step, manifest, arrays | others
        )

    def settle(self):
        """Waits for the last file; says so, or raises, if it is not there."""
        if self.writing is None:
            return
        error, self.writing = self.writing.exception(), None
        if error is None:
            self.failures = 0
            return
        self.failures += 1
        # A folder that takes no files any more is a ValueError from this.
        cause = error.__cause__ or error
        expected = isinstance(cause, OSError | FloatingPointError)
        has_file = bool(self.files.files())
        if not expected or self.failures == MAX_FAILURES or not has_file:
            raise error
        warnings.warn(
            f"`Checkpoint` could not save a state in {self.folder}: "
            f"{type(error).__name__}: {error}. "
            "The files before it are as they were.",
            stacklevel=2,
        )

    def exit(self):
        self.settle()
        self.termination.exit()

    def close(self):
        if not self.is_open:
            return
        self.is_open = False
        self.termination.reset()
        self.writer.shutdown()
        self.writer = None  # a thread cannot be pickled
        self.files.close()
        self.termination.close()


class BeforeOthers(keras.callbacks.Callback):
    """What a `Checkpoint` does before all other callbacks."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__()
        self.checkpoint = checkpoint

    # The hook at the end of a batch would make Keras wait for every step.
    def on_train_batch_begin(self, batch, logs=None):
        self.checkpoint.before_batch(batch)

    def on_epoch_end(self, epoch, logs=None):
        self.checkpoint.before_epoch_end()


# What a `fit` has for itself.
STATELESS = (
    Checkpoint,
    BeforeOthers,
    FollowEpochs,
    keras.callbacks.ProgbarLogger,
)
