import weakref
from typing import Any

import keras

from keras_contrastive._keras_internals import layers_of
from keras_contrastive._processes import num_processes

COMPILED: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def start(model: keras.Model, x: Any) -> Any:
    """Outputs for a batch in inference mode, which may still be computed.

    What `predict_on_batch` returns, as tensors that nobody has waited for. Of
    several processes each computes by itself.
    """
    if keras.backend.backend() != "jax":
        model.make_predict_function()
        return model.predict_function([(x,)])
    if not all(layer.built for layer in layers_of(model)):
        with keras.StatelessScope():
            model(x)
    weights = [
        [local(variable.value) for variable in variables]
        for variables in (
            model.trainable_variables,
            model.non_trainable_variables,
        )
    ]
    if model.run_eagerly or not model.jit_compile:
        return model.predict_step(weights, (x,))[0]
    return compiled(model)(weights, (x,))


def local(value: Any) -> Any:
    """A weight as this process holds it."""
    return value.addressable_data(0) if num_processes() > 1 else value


def compiled(model: keras.Model) -> Any:
    """The outputs of its `predict_step`, which JAX compiles once."""
    if model not in COMPILED:
        import jax

        reference: Any = weakref.ref(model)
        COMPILED[model] = jax.jit(
            lambda weights, data: reference().predict_step(weights, data)[0]
        )
    return COMPILED[model]
