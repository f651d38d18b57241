import keras
from keras.saving import deserialize_keras_object as deserialize

from keras_contrastive._keras_internals import layers_of
from keras_contrastive.layers import MomentumBranch
from keras_contrastive.training._callback_order import GoesOn
from keras_contrastive.training._check_devices import (
    check_devices,
    check_steps_compiled,
)
from keras_contrastive.training._check_micro_batch import (
    check_micro_batch,
    count_micro_batches,
)
from keras_contrastive.training._check_parts import check_trainable
from keras_contrastive.training._compiled_steps import CompiledSteps
from keras_contrastive.training._share_batches import num_devices
from keras_contrastive.training._state import state_of


class PreparedSteps(CompiledSteps):
    """How a model is compiled, and made ready for its first step on some data.

    Abstract: loss scaling, micro-batches, and variables that are there before
    the step is compiled.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
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


def computes_in_float16(model):
    layers = layers_of(model)[1:]
    return any(layer.compute_dtype == "float16" for layer in layers)
