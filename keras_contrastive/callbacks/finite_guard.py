import warnings
from typing import Any

import numpy as np
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.callbacks._kept_state import KeptState
from keras_contrastive.training._callback_order import LogWriter
from keras_contrastive.training.contrastive_model import ContrastiveModel

POLICIES = ("stop", "rollback")


class FiniteGuard(LogWriter):
    """Keeps a batch that breaks the training from costing it.

    One infinite pixel makes nearly all weights infinite or no numbers, and so
    does one step that is much too long. After every step the guard looks at
    all variables: weights, statistics of batch normalization, momentum
    branches, queues and banks, the optimizer's averages, and the terms of the
    loss. If one is not finite, it sets everything back to the state before
    that step, and warns: which term, which step, which images and which
    variables. Callbacks of Keras and yours are called after the guard, so that
    they neither save nor monitor what is broken. The logs of an epoch without
    a good step are not a number.

    * `"stop"`: training ends, and the model holds the last good state. The
      epoch counts as trained, as Keras counts one that is stopped.
    * `"rollback"`: training goes on with the next batch, as if it had never
      seen the bad one, bit for bit. A batch too many ends it with an error,
      and the model holds the last good state.

    With `compile(steps_per_execution=n)` Keras calls once every n steps: the
    guard then passes over all n batches of which one is bad.

    The loss alone tells too little. On a CPU, JAX's compiler computes a ReLU
    and the mean over places that follows it in one loop, in which the maximum
    of 0 and not a number is 0, whatever its flags: features and loss stay
    finite while the step writes not a number into the weights. For pixels that
    are not finite a `ContrastiveModel` says so in its loss; the guard sees the
    weights themselves. In float16 the `LossScaleOptimizer` leaves out the steps
    of gradients that are not finite, and a batch with a bad pixel breaks
    nothing but the logged loss.

    Under `tf.distribute` the logged means of an epoch with a bad batch are
    right to rounding, all else to the bit.

    The last good state stays on the device, which takes as much memory as all
    weights, banks and the optimizer's averages once more. Each step ends
    before the next one begins.

    Args:
        policy: `"stop"` or `"rollback"`. Defaults to `"stop"`.
        max_rollbacks: Integer, batches that one `fit` passes over before the
            next one is an error. Defaults to 3.

    Attributes:
        alarms: List of dictionaries, one for each bad batch of the last `fit`:
            `step`, steps of the optimizer before it; `epoch` and `batch`,
            counted from 0; `terms`, names of the logged terms that
            are not finite; `variables`, paths of the model's variables and
            the optimizer's; `images`, where the images of the batch stand in
            the source of `keras_contrastive.data`, empty for other data; and
            `bad_images`, those of them that themselves hold what is not
            finite.

    Warns:
        UserWarning: At every bad batch.

    Raises:
        ValueError: For a wrong policy; when training starts, for another
            model, or one that is not finite to begin with; in training, for a
            bad batch after `max_rollbacks`.

    Example:

    >>> guard = kc.callbacks.FiniteGuard("rollback")
    >>> model.fit(train, epochs=100, callbacks=[guard])
    >>> [alarm["bad_images"] for alarm in guard.alarms]
    """

    # `fit` then creates all variables before the first step.
    needs_variables = True
    # Keeps what the other ones have changed before a step.
    place = 1

    @checked
    def __init__(self, policy: str = "stop", *, max_rollbacks: int = 3) -> None:
        super().__init__()
        if policy not in POLICIES:
            raise ValueError(
                f"`policy` must be one of {POLICIES}. "
                f"Received: policy={policy!r}"
            )
        check_integer("max_rollbacks", max_rollbacks, 0, meaning=" batches")
        self.policy, self.max_rollbacks = policy, max_rollbacks
        self.alarms: list[dict[str, Any]] = []
        self.has_good_step = False
        self.kept: KeptState | None = None

    def on_train_begin(self, logs=None):
        if not isinstance(self.model, ContrastiveModel):
            raise ValueError(
                "`FiniteGuard` watches a "
                "`keras_contrastive.ContrastiveModel`. "
                f"Received: {type(self.model).__name__}"
            )
        self.alarms, self.kept = [], None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.has_good_step = epoch, False
        data = self.model.training_data
        # A run that goes on within an epoch begins in its middle.
        self.offset = data._first_batch if data else 0
        self.data_epoch = data.epoch if data else 0

    def on_train_batch_begin(self, batch, logs=None):
        model = self.model  # on JAX, brings the weights up to date
        self.first = self.offset + batch
        if self.kept is None:
            self.kept = first_state(model)
        # Not at the end of the batch before: what callbacks have changed since
        # is to stay.
        self.kept.keep()

    def on_train_batch_end(self, batch, logs=None):
        model = self.model
        broken = self.kept.not_finite()
        if not broken:
            self.has_good_step = True
            return
        self.kept.restore()
        # Callbacks that follow monitor these.
        logs.update(model.get_metrics_result())
        alarm = self.describe(broken, batch)
        self.alarms.append(alarm)
        told = message(alarm)
        if self.policy == "stop":
            model.stop_training = True
            told += (
                " Training stops; the model holds the state before that step."
            )
        elif len(self.alarms) > self.max_rollbacks:
            raise ValueError(
                f"{told} The model holds the state before that step. So many "
                "bad batches have a cause: look at the images, lower the "
                "learning rate or lengthen its warm-up, clip gradients. "
                f"Received: {len(self.alarms)} bad batches, "
                f"max_rollbacks={self.max_rollbacks}"
            )
        else:
            told += " Training goes on as if it had not seen that batch."
        warnings.warn(told, stacklevel=2)

    def on_epoch_end(self, epoch, logs=None):
        if not self.has_good_step:  # Keras calls the mean of no steps 0
            logs.update(dict.fromkeys(self.model.get_metrics_result(), np.nan))

    def on_train_end(self, logs=None):
        self.kept = None  # gives the memory back

    def describe(self, broken, last_batch):
        model = self.model
        ids = {id(variable) for variable in broken}
        metrics = {id(variable) for variable in model.metrics_variables}
        images, bad_images = self.images_of(self.offset + last_batch)
        return {
            "step": int(ops.convert_to_numpy(model.optimizer.iterations)),
            "epoch": self.epoch,
            "batch": self.first,
            "terms": [
                metric.name
                for metric in model.metrics
                if ids & {id(variable) for variable in metric.variables}
            ],
            "variables": [v.path for v in broken if id(v) not in metrics],
            "images": images,
            "bad_images": bad_images,
        }

    def images_of(self, last):
        """Where the images stand in the data, and those not finite."""
        data = self.model.training_data
        # With `steps_per_epoch` a pass over the data is no epoch.
        if data is None or self.params["steps"] != len(data):
            return [], []
        size = data.batch_size
        order = data.order(self.data_epoch)
        rows = order[self.first * size : (last + 1) * size]
        images, _ = data.source.read(rows)
        finite = np.isfinite(images).all(axis=(1, 2, 3))
        return rows.tolist(), rows[~finite].tolist()

    def get_state(self) -> dict[str, Any]:
        """What `Checkpoint` saves: the alarms, which count."""
        return {"alarms": self.alarms, "has_good_step": self.has_good_step}

    def set_state(self, state: dict[str, Any]) -> None:
        """Goes on from what `get_state` returned."""
        self.alarms = list(state["alarms"])
        self.has_good_step = state["has_good_step"]


def first_state(model):
    """The state before the first step, which is also looked at."""
    if not model.built:
        raise ValueError(
            "`FiniteGuard` keeps the state before each step, for which the "
            "model must be built: call `model.build((None, height, width, "
            "channels))` before `fit`. Received: a model without weights, and "
            "data whose shape is not known before the first step"
        )
    if not model.optimizer.built:
        with model.scope():
            model.optimizer.build(model.trainable_variables)
    kept = KeptState(model)
    broken = kept.not_finite()
    if broken:
        raise ValueError(
            "`FiniteGuard` needs a model that is finite when training starts: "
            "make it anew, or load weights from before it broke. Received: "
            f"not finite {shortened([v.path for v in broken])}"
        )
    return kept


def message(alarm):
    where = (
        f"Step {alarm['step']}, batch {alarm['batch']} of epoch "
        f"{alarm['epoch']}: not finite."
    )
    parts = {
        "terms": "Of the loss",
        "variables": "First variables",
        "images": "Images of the batch, by where they stand in the data",
        "bad_images": "Images that themselves are not finite",
    }
    return " ".join(
        [where]
        + [
            f"{words}: {shortened(alarm[key])}."
            for key, words in parts.items()
            if alarm[key]
        ]
    )


def shortened(values, limit=8):
    dots = f", ... ({len(values)} in all)" if len(values) > limit else ""
    return ", ".join(map(str, values[:limit])) + dots
