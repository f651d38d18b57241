"""Every use of what Keras keeps private, each with what would replace it.

`tests/test_keras_internals.py` has a test for each, which names what Keras
changed when it fails.
"""

import keras


def layers_of(model: keras.layers.Layer) -> list[keras.layers.Layer]:
    """A layer and all layers inside it, at any depth, each once.

    Replaced by: a public `Layer.flatten_layers`.
    """
    return list(model._flatten_layers())
