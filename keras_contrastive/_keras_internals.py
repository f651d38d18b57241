"""Every use of what Keras keeps private, each with what would replace it.

`tests/test_keras_internals.py` has a test for each, which names what Keras
changed when it fails.
"""

from typing import Any

import keras

# Whether Keras traces a model, whose variables it will make afterwards.
# Replaced by: no call of initializers there.
from keras.src.backend.common.stateless_scope import in_stateless_scope

# A copy within the process may hold functions that a file may not.
# Replaced by: a public scope of `safe_mode`.
from keras.src.saving.serialization_lib import SafeModeScope, in_safe_mode

# `fit` takes a `DataAdapter` as it is, whereas it reorders a `PyDataset` by
# Python's global random numbers unless the user remembers `shuffle=False`.
# Replaced by: a public `keras.utils.DataAdapter`.
from keras.src.trainers.data_adapters.data_adapter import DataAdapter

# Replaced by: a default `DataAdapter.get_torch_dataloader`.
from keras.src.trainers.data_adapters.data_adapter_utils import (
    get_torch_dataloader,
)

__all__ = [
    "RANDOM_GENERATOR",
    "DataAdapter",
    "SafeModeScope",
    "build_by_call",
    "copy_lambda",
    "forget_restored_epoch",
    "get_torch_dataloader",
    "in_safe_mode",
    "in_stateless_scope",
    "index_of",
    "layers_of",
    "raise_hidden",
]

# Attribute of keras-cv's layers that holds what they draw from.
# Replaced by: an argument for a random generator.
RANDOM_GENERATOR = "_random_generator"


def layers_of(model: keras.layers.Layer) -> list[keras.layers.Layer]:
    """A layer and all layers inside it, at any depth, each once.

    Replaced by: a public `Layer.flatten_layers`.
    """
    return list(model._flatten_layers())


def build_by_call(model: keras.Model, inputs: Any) -> None:
    """Creates all weights of a model by tracing its call on placeholders.

    Keras puts advice for authors of layers before what went wrong in it;
    what comes out here is the error itself.

    Replaced by: an error of `compute_output_spec` that is the cause.
    """
    try:
        model.compute_output_spec(inputs)
    except Exception as error:
        if "Could not automatically infer" in str(error):
            raise (error.__context__ or error) from None
        raise


def copy_lambda(layer: keras.layers.Lambda) -> keras.layers.Lambda:
    """The same layer around the very function of another.

    Replaced by: a public `Lambda.output_shape`, as it was given.
    """
    return keras.layers.Lambda(
        layer.function,
        output_shape=layer._output_shape,
        mask=layer.mask,
        arguments=layer.arguments,
        **keras.layers.Layer.get_config(layer),
    )


def forget_restored_epoch(model: keras.Model) -> None:
    """Forgets the epoch at which `BackupAndRestore` had a `fit` begin.

    The next `fit` would begin there too, and train nothing if it is shorter.

    Replaced by: a `fit` that forgets it at its end.
    """
    model._initial_epoch = None


def raise_hidden(error: Exception) -> None:
    """Raises what was wrong with the input where Keras hides it.

    When `fit` builds a model, Keras before 3.14 hides each error of its call
    in a `RuntimeError` with advice for authors of layers.

    Replaced by: the lowest allowed Keras 3.14.
    """
    hidden = error.__context__
    if "Unable to automatically build" in str(error):
        if isinstance(error, RuntimeError) and isinstance(hidden, ValueError):
            raise hidden from None


def restore_lost(values: list[tuple[Any, Any]]) -> None:
    """Gives variables back the values that a failed `fit` has lost.

    On JAX Keras takes them away before the first step, which reads its batch
    and, where that fails, gives nothing back.

    Args:
        values: Pairs of a variable and its value before that `fit`.

    Replaced by: a `fit` that takes them away after it has read a batch.
    """
    for variable, value in values:
        if variable._value is None:
            variable.assign(value)


def index_of(variable: Any, optimizer: keras.optimizers.Optimizer) -> int:
    """Where a variable stands among those that an optimizer was built for.

    Replaced by: a public `Optimizer.get_variable_index`.
    """
    return optimizer._get_variable_index(variable)
