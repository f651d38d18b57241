import contextlib

import keras
from keras.saving import deserialize_keras_object as deserialize
from keras.utils import unpack_x_y_sample_weight

from keras_contrastive._keras_internals import (
    forget_restored_epoch,
    layers_of,
    raise_hidden,
    restore_lost,
)
from keras_contrastive._processes import is_first_process
from keras_contrastive.contrasts._log import ScoreLog
from keras_contrastive.data import Batches
from keras_contrastive.layers import MomentumBranch
from keras_contrastive.training._batch_sizes import Sizes, sizes_of
from keras_contrastive.training._callback_order import GoesOn, in_order
from keras_contrastive.training._check_arguments import (
    as_split,
    check_arguments,
    check_batch_size,
    check_index,
)
from keras_contrastive.training._check_data import check_data
from keras_contrastive.training._check_devices import (
    check_devices,
    check_on_device,
    check_steps_compiled,
)
from keras_contrastive.training._check_length import check_length
from keras_contrastive.training._check_micro_batch import (
    check_micro_batch,
    count_micro_batches,
)
from keras_contrastive.training._check_parts import check_trainable
from keras_contrastive.training._check_processes import check_processes
from keras_contrastive.training._follow_epochs import FollowEpochs
from keras_contrastive.training._random_streams import (
    load_random_streams,
    save_random_streams,
)
from keras_contrastive.training._share_batches import (
    num_devices,
    share_batches,
    sharing,
)
from keras_contrastive.training._state import state_of


class Pretraining(keras.Model):
    """The training of a model that computes its own loss.

    Abstract, what `ContrastiveModel` adds to the `compile`, `fit` and
    `evaluate` of Keras: checks of the data, loss scaling, the epoch told to
    whatever depends on it, and the record of scores.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.score_log = ScoreLog()
        self.is_fitting = False
        # `Batches` that `fit` trains on.
        self.training_data = None
        self.trained_epochs = 0
        # Images that pass the encoders at once, and the equal parts of a
        # batch that this makes.
        self.micro_batch, self.micro_batches = None, 1
        # Images of a batch at most, where that is known.
        self.largest_batch = None

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        auto_scale_loss=True,
        micro_batch=None,
        **kwargs,
    ):
        """Configures training; the objective belongs to the model.

        Args:
            optimizer: Optimizer or its name. If a part of the model computes
                in float16 it is wrapped in a
                `keras.optimizers.LossScaleOptimizer`.
            loss: Must be None, and so must metrics.
            auto_scale_loss: Boolean, whether to wrap. Defaults to True.
            micro_batch: Integer, images that pass the encoders at once in
                training, or None for the whole batch. For batches larger than
                memory: the loss and its gradient are those of the batch, while
                of the encoder no more than a micro-batch is held, which costs
                one forward pass more. Batch normalization of the encoder sees
                micro-batches. It must divide the batch; a smaller last batch
                falls into as many parts. It acts in `fit` and
                `train_on_batch`, on what passes `encode`, `encode_parts` or
                `pass_through`.
            **kwargs: Further arguments of `keras.Model.compile`.
        """
        given = {"loss": loss, **kwargs}
        for name in ("loss", "metrics", "weighted_metrics"):
            if given.get(name) is not None:
                raise ValueError(
                    f"`{name}` must be left out: `{type(self).__name__}` "
                    f"computes and logs {self.objective_names} itself. "
                    f"Received: {name}={given[name]}"
                )
        check_devices(self)
        with self.scope():
            check_steps_compiled(kwargs)
        check_micro_batch(self, micro_batch)
        self.micro_batch, self.micro_batches = micro_batch, 1
        check_trainable(self)
        optimizer = keras.optimizers.get(optimizer)
        if auto_scale_loss and computes_in_float16(self):
            if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
                optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        super().compile(optimizer, auto_scale_loss=False, **kwargs)
        # Momentum branches move with the weights, not with every batch.
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        for branch in self.momentum_branches():
            branch.calls_per_step = inner.gradient_accumulation_steps or 1
            branch.micro_batches = 1

    def get_compile_config(self):
        config = super().get_compile_config()
        return {**config, "micro_batch": self.micro_batch} if config else {}

    def compile_from_config(self, config):
        # Keras leaves a model with its own `compile` uncompiled on loading.
        self.compile(**deserialize(config))
        if self.built:
            self.optimizer.build(self.trainable_variables)

    @share_batches(learns=True)
    def fit(self, x=None, y=None, batch_size=None, **kwargs):
        """Trains the model, as `keras.Model.fit` with a first look at the data.

        The first batch is checked for rank, range and size before anything is
        compiled, where looking at it costs nothing: of arrays, of data sets
        and of generators. No batch may hold one image alone. On TensorFlow a
        step that finds no data would move counters, so that data of unknown
        length needs `steps_per_epoch`, as a generator does for more epochs.

        The model counts its epochs in `trained_epochs`, which is saved with
        it. Without `initial_epoch` training goes on after them, also where
        Keras counts from 0 again: `keras_contrastive.data` is read in the
        order of the next epoch, and what waits for an epoch or is measured
        every few epochs counts on. With `initial_epoch=k`, 0 included, the
        model has trained k epochs. An epoch that was interrupted begins again.

        Devices share each batch evenly: a batch size that is no multiple of
        their number is refused. Of a smaller last batch that they could not
        share, `keras_contrastive.data` leaves out what is over, here and in
        `evaluate`; of other data it is refused.

        Callbacks of this package that add to the logs, such as `KNNProbe`,
        are called before all others, which can then monitor what they add.
        """
        split = kwargs.get("validation_split") or 0.0
        weights = kwargs.get("sample_weight"), kwargs.get("class_weight")
        check_devices(self)
        x, batch = check_data(self, x, y)
        check_processes(x, batch)
        check_arguments(x, y, *weights, split)
        check_index(self, x)
        devices = num_devices(self)
        of_held = kwargs.get("validation_batch_size") or batch_size
        learned, left = as_split(x, split)
        check_batch_size(learned, batch_size, devices, batch)
        self.prepare_for(sizes_of(learned, batch_size, batch))
        if left is not None:
            check_batch_size(left, of_held, devices)
        held, *targets = unpack_x_y_sample_weight(kwargs.get("validation_data"))
        if held is not None:
            held, held_batch = check_data(self, held, targets[0])
            check_processes(held, held_batch)
            check_arguments(held, *targets)
            check_batch_size(held, of_held, devices, held_batch)
            kwargs["validation_data"] = (held, *targets)
        if not is_first_process():
            kwargs["verbose"] = 0
        is_numbered = "initial_epoch" in kwargs
        epochs = kwargs.get("epochs", 1) - kwargs.get("initial_epoch", 0)
        may_not_end_early = check_length(
            self, x, kwargs.get("steps_per_epoch"), epochs
        )
        follow = FollowEpochs(self, x, is_numbered, may_not_end_early)
        callbacks, going_on = in_order(kwargs.pop("callbacks", None), follow)
        listed = getattr(callbacks, "callbacks", callbacks)
        self.is_fitting, self.training_data = True, follow.data
        before = []
        try:
            self.build_before_steps(batch, listed)
            self.separate_averages()
            before = self.values()
            if going_on:
                kwargs["initial_epoch"] = going_on.open(
                    self, x, held, listed, kwargs
                )
                follow.first_batch = going_on.first_batch
            return super().fit(x, y, batch_size, callbacks=callbacks, **kwargs)
        except Exception as error:
            restore_lost(before)
            self.forget_compiled_steps()
            raise_hidden(error)
            for data in (x, held):
                if isinstance(data, Batches):
                    data.raise_own(error)
            raise
        finally:
            self.is_fitting, self.training_data = False, None
            self.record_scores(0)
            forget_restored_epoch(self)
            listed.remove(follow)
            if going_on:
                going_on.close()
                listed.remove(going_on.before)

    @share_batches()
    def evaluate(self, x=None, y=None, batch_size=None, **kwargs):
        """Mean loss and terms, as `keras.Model.evaluate`.

        The data is checked as by `fit`.
        """
        batch = None
        if not self.is_fitting:
            x, batch = check_data(self, x, y)
            check_processes(x, batch)
            check_arguments(x, y, kwargs.get("sample_weight"))
        check_batch_size(x, batch_size, num_devices(self), batch)
        try:
            return super().evaluate(x, y, batch_size, **kwargs)
        except Exception as error:
            self.forget_compiled_steps()
            raise_hidden(error)
            if isinstance(x, Batches):
                x.raise_own(error)
            raise
        finally:
            if not self.is_fitting:
                self.record_scores(0)

    def predict(self, x, *args, **kwargs):
        """Outputs for all images, as `keras.Model.predict`."""
        check_on_device(self, x)
        with sharing(self):
            return super().predict(x, *args, **kwargs)

    def train_on_batch(self, x, *args, **kwargs):
        """One step, as `keras.Model.train_on_batch`."""
        if x is not None:
            rows = len(keras.tree.flatten(x)[0])
            self.prepare_for(Sizes(rows, rows, 0))
        return super().train_on_batch(x, *args, **kwargs)

    def prepare_for(self, sizes):
        """Has steps compiled for batches of these `Sizes`, None if unknown."""
        count = count_micro_batches(self.micro_batch, sizes, num_devices(self))
        if count != self.micro_batches:
            self.forget_compiled_steps()
            self.micro_batches = count
            for branch in self.momentum_branches():
                branch.micro_batches = count
        if sizes and sizes.batch > (self.largest_batch or 0):
            self.largest_batch = sizes.batch
            # Others compile their steps for each size.
            if keras.backend.backend() == "tensorflow":
                self.forget_compiled_steps()

    def momentum_branches(self):
        return [x for x in layers_of(self) if isinstance(x, MomentumBranch)]

    def build_before_steps(self, batch, callbacks):
        """Creates variables that a callback restores before the first step.

        On TensorFlow it creates all: Keras would create them in that step,
        and have queues and banks in its graph, as constants.
        """
        restores = any(
            isinstance(callback, keras.callbacks.BackupAndRestore | GoesOn)
            or getattr(callback, "needs_variables", False)
            for callback in callbacks
        )
        is_needed = restores or keras.backend.backend() == "tensorflow"
        if not is_needed or batch is None:
            return
        with self.scope():
            if not self.built:
                self.build(
                    keras.tree.map_structure(
                        lambda array: (None, *array.shape[1:]), batch
                    )
                )
            if not self.optimizer.built:
                self.optimizer.build(self.trainable_variables)

    def separate_averages(self):
        """Gives the averages of an optimizer arrays of their own.

        On JAX Keras ends a `fit` with weights and averages in one array, and
        fails in the next one, where a step gives each array away.
        """
        if keras.backend.backend() == "jax":
            for variable in self.optimizer.variables:
                variable.assign(keras.ops.copy(variable))

    def values(self):
        """Pairs of each variable and its value, on JAX.

        The first step takes their memory over, whoever holds them.
        """
        if keras.backend.backend() != "jax":
            return []
        parts = state_of(self).values()
        return [(v, v.value) for variables in parts for v in variables]

    def record_scores(self, capacity):
        """Has the next steps record the last `capacity` scores, 0 for none.

        `callbacks.ScoreRecorder` calls it, and `fit` at its end.
        """
        if capacity == self.score_log.capacity == 0:
            return
        with self.scope():
            if capacity:
                self.score_log.start(capacity)
            else:
                self.score_log.stop()
        self.forget_compiled_steps()

    def scope(self):
        """Where variables are made: under a strategy of TensorFlow, if any."""
        strategy = getattr(self, "distribute_strategy", None)
        return strategy.scope() if strategy else contextlib.nullcontext()

    def forget_compiled_steps(self):
        """Has the steps compiled anew, as after one that failed to compile.

        Keras would go on with what is left of it, and fail at right data.
        """
        if self.compiled:
            self.train_function = self.test_function = None

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["trained_epochs"] = self.trained_epochs
        save_random_streams(self, store)

    def load_own_variables(self, store):
        weights = {name: store[name] for name in store.keys()}
        # Files of earlier versions have none.
        self.trained_epochs = int(weights.pop("trained_epochs", 0))
        load_random_streams(self, weights)
        super().load_own_variables(weights)


def computes_in_float16(model):
    layers = layers_of(model)[1:]
    return any(layer.compute_dtype == "float16" for layer in layers)
