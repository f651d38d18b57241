"""Every use of what Keras keeps private, each with what would replace it.

`tests/test_keras_internals.py` has a test for each, which names what Keras
changed when it fails.
"""

from typing import Any

import keras


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
            raise error.__context__ from None
        raise
