import warnings
from typing import Any

import numpy as np
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.callbacks._collapse_diagnostics import (
    CollapseDiagnostics,
)
from keras_contrastive.callbacks._collapse_signs import (
    NOT_FINITE,
    not_finite_message,
    signs_with,
)
from keras_contrastive.training._callback_order import LogWriter
from keras_contrastive.training.contrastive_model import ContrastiveModel

ACTIONS = ("warn", "lower", "stop")


class CollapseGuard(LogWriter):
    """Watches for a collapse during training, and says what may help.

    Every `every_steps` steps, and at the end of each epoch, the model embeds a
    few images in inference mode, always the same views of them. The training is
    not affected unless `action` says so. These are signs of trouble, once
    they have been there for `patience` looks in a row:

    * complete collapse: `projection_spread` below 0.15;
    * dimensional collapse: `projection_rank` below 3;
    * dead dimensions: `dead_dimensions` above 0.9;
    * standing target: a momentum branch whose weights are bit for bit those
      of the look before, and further than 0.05 from the encoder's;
    * one negative: `hardest_repulsion` above 0.5: how much of the repulsion
      of all queries comes from the hardest negative of each;
    * not finite: the loss or a weight, at the first look.

    A sign raises one alarm, and another once it has been away, also over
    several calls of `fit` that train the same model on. Diagnostics
    enter the logs at the end of each epoch: of the encoder's features
    `feature_spread`, `effective_rank` and `dead_dimensions`; of the
    projections, or of features where there are none, `projection_spread`,
    `projection_rank` (around the mean of all images), `uniformity` and, with
    two views, `alignment`; and `momentum_drift` and `hardest_repulsion`
    where the method has such.

    Args:
        images: Array `(images, height, width, channels)`, `uint8` in 0..255
            or float in 0..1, 100 to 300 images, or a tuple of ready views
            for a model with `views=None`. Methods that remember images by
            number take them for numbers 0, 1, ...
        every_steps: Integer, steps from one look to the next. Defaults to 50.
        warmup: Integer, steps after which looks begin to count for the three
            collapses, which untrained heads and moving averages look like.
            Defaults to 100.
        patience: Integer, looks in a row that make an alarm. Defaults to 3.
        action: `"warn"`; or to warn and `"lower"` the learning rate, divided
            by `factor` at every alarm; or to warn and `"stop"` the training.
            What is not finite no rate can cure: `"lower"` stops then too.
        factor: Float above 1. Defaults to 10.
        thresholds: Dictionary, name of a diagnostic above to another
            threshold, for the standing target `standing_drift`.

    Attributes:
        alarms: List of tuples (step, name of the sign, value).

    Raises:
        ValueError: For arguments out of range; when training starts, for
            another model, wrong or too few images or, with `"lower"`, a
            schedule.

    Example:

    >>> images = next(iter(kc.data.shapes(256, 256, split="test")))
    >>> guard = kc.callbacks.CollapseGuard(images, action="stop")
    >>> history = model.fit(train, epochs=100, callbacks=[guard])
    >>> history.history["effective_rank"]

    Reference: the signs, of projections, follow Chen and He, 2020,
        https://arxiv.org/abs/2011.10566, section 4.1, and Jing et al., 2021,
        https://arxiv.org/abs/2110.09348; thresholds are ours, see
        `benchmarks/collapse.py`.
    """

    @checked
    def __init__(
        self,
        images: Any,
        *,
        every_steps: int = 50,
        warmup: int = 100,
        patience: int = 3,
        action: str = "warn",
        factor: float = 10.0,
        thresholds: dict[str, float] | None = None,
    ) -> None:
        super().__init__()
        check_integer("every_steps", every_steps, 1, meaning=" steps")
        check_integer("warmup", warmup, 0, meaning=" steps")
        check_integer("patience", patience, 1, meaning=" looks")
        if action not in ACTIONS:
            raise ValueError(
                f"`action` must be one of {ACTIONS}. "
                f"Received: action={action!r}"
            )
        if not factor > 1:
            raise ValueError(
                "`factor` divides the learning rate and must be above 1. "
                f"Received: factor={factor}"
            )
        self.images, self.every_steps = images, every_steps
        self.warmup = warmup
        self.patience, self.action, self.factor = patience, action, factor
        self.signs = signs_with(thresholds or {})
        self.alarms: list[tuple] = []
        self.watched: ContrastiveModel | None = None

    def on_train_begin(self, logs=None):
        model = self.model
        if not isinstance(model, ContrastiveModel):
            raise ValueError(
                "`CollapseGuard` watches a "
                "`keras_contrastive.ContrastiveModel`. "
                f"Received: {type(model).__name__}"
            )
        if self.action == "lower":
            check_rate(model.optimizer)
        self.is_finite = True
        if model is not self.watched:
            self.diagnostics = CollapseDiagnostics(model, self.images)
            self.watched, self.step = model, None

    def get_state(self):
        return {
            "step": self.step,
            "next_step": self.next_step,
            "judged": self.judged,
            "looks": self.looks,
            "alarms": self.alarms,
            "is_finite": self.is_finite,
            "checksum": self.diagnostics.checksum,
        }

    def set_state(self, state):
        state = dict(state)
        self.diagnostics.checksum = state.pop("checksum")
        vars(self).update(state)
        self.steps_before = self.next_step

    def start(self, step):
        self.step = self.judged = step
        self.looks = {sign.name: 0 for sign in self.signs}
        self.alarms, self.is_finite = [], True

    def on_epoch_begin(self, epoch, logs=None):
        # Not before: other callbacks may have restored an earlier step.
        self.steps_before = steps_made(self.model)
        self.next_step = self.steps_before
        if self.step is None or self.steps_before < self.step:
            self.start(self.steps_before)

    # The hook at the end of a batch would make Keras wait for every step.
    def on_train_batch_begin(self, batch, logs=None):
        self.step = self.steps_before + batch
        # Not the optimizer's, from which `FiniteGuard` takes steps back.
        self.next_step = self.step + self.model.steps_per_execution
        if self.step - self.judged >= self.every_steps:
            logs = self.model.get_metrics_result() if batch else {}
            self.look(float(ops.convert_to_numpy(logs.get("loss", 0.0))))

    def on_epoch_end(self, epoch, logs=None):
        self.step = steps_made(self.model)
        found = self.look(float(logs.get("loss", 0.0)))
        found.pop("standing_drift", None)
        logs.update(found)

    def look(self, loss):
        """Computes the diagnostics and judges them if it is time to."""
        model = self.model  # on JAX, brings the weights up to date
        if not np.isfinite(loss) or not has_finite_weights(model):
            self.judged = self.step
            if self.is_finite:
                self.is_finite = False
                self.raise_alarm(
                    NOT_FINITE, loss, not_finite_message(self.step, loss)
                )
            return {}
        found = self.diagnostics(model)
        if self.step - self.judged >= self.every_steps:
            self.judged = self.step
            self.judge(found)
        return found

    def judge(self, found):
        for sign in self.signs:
            if self.step <= self.warmup and not sign.in_warmup:
                continue
            is_there = sign.is_shown_by(found)
            self.looks[sign.name] = is_there * (self.looks[sign.name] + 1)
            # Not again until it has been away.
            if self.looks[sign.name] == self.patience:
                value = found[sign.diagnostic]
                self.raise_alarm(
                    sign.name, value, sign.message(found, self.step)
                )

    def raise_alarm(self, name, value, message):
        self.alarms.append((self.step, name, value))
        if self.action == "lower" and name != NOT_FINITE:
            optimizer = self.model.optimizer
            rate = float(ops.convert_to_numpy(optimizer.learning_rate))
            optimizer.learning_rate = rate / self.factor
            message += f" The learning rate is now {rate / self.factor:.3g}."
        elif self.action != "warn":
            self.model.stop_training = True
            message += " Training stops."
        warnings.warn(message, stacklevel=2)


def steps_made(model):
    return int(ops.convert_to_numpy(model.optimizer.iterations))


def has_finite_weights(model):
    # All are under way before the first is waited for.
    finite = [
        ops.all(ops.isfinite(weight)) for weight in model.trainable_variables
    ]
    return all(bool(ops.convert_to_numpy(each)) for each in finite)


def check_rate(optimizer):
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if not isinstance(inner.get_config()["learning_rate"], float):
        raise ValueError(
            '`action="lower"` sets the learning rate, which must be a number '
            "and not a schedule; with a schedule, use "
            '`action="stop"`. Received: an optimizer with a schedule'
        )
