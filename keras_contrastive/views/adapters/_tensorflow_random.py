"""Replaces TensorFlow's random numbers while a layer is traced."""

import contextlib
import threading

from keras_contrastive._keras_internals import RANDOM_GENERATOR
from keras_contrastive.views.adapters._keyed_random import KeyedRandom

# Beginnings of the names of operations that keep a state of their own.
STATEFUL = ("Random", "Rng", "TruncatedNormal", "Multinomial", "Parameterized")

LOCK = threading.RLock()


@contextlib.contextmanager
def redirected(layers, random):
    """Context in which layers, and this thread, draw from `random`.

    It replaces the layers' `tf.random.Generator`s and the two functions of
    `tf.random` that the factor samplers of keras-cv call.
    """
    import tensorflow as tf

    owner = threading.get_ident()

    def redirect(name, original):
        def function(*args, **kwargs):
            is_owner = threading.get_ident() == owner
            chosen = getattr(random, name) if is_owner else original
            return chosen(*args, **kwargs)

        return function

    with LOCK:
        saved = [
            (layer, RANDOM_GENERATOR, getattr(layer, RANDOM_GENERATOR))
            for layer in layers
            if hasattr(layer, RANDOM_GENERATOR)
        ]
        for layer, name, _ in saved:
            setattr(layer, name, random)
        for name in ("uniform", "normal"):
            original = getattr(tf.random, name)
            saved.append((tf.random, name, original))
            setattr(tf.random, name, redirect(name, original))
        try:
            yield
        finally:
            for place, name, original in saved:
                setattr(place, name, original)


class TracedRandom(KeyedRandom):
    """A row of random numbers that no loop may use more than once."""

    def __init__(self, layer, functions, row=None):
        import tensorflow as tf

        super().__init__(layer, functions, row)
        self.graph = tf.compat.v1.get_default_graph
        self.home = self.graph()

    def take(self, shape):
        graph = self.graph()
        while graph is not self.home:
            if type(graph).__name__ == "WhileBodyFuncGraph":
                raise ValueError(
                    f"`{type(self.layer).__name__}` draws random numbers in a "
                    "loop of TensorFlow, which `Augment` cannot tie to an "
                    "image."
                )
            graph = graph.outer_graph
        return super().take(shape)


def refuse_stateful(layer, program):
    """Raises `ValueError` if a traced program draws by itself."""
    graph = program.graph.as_graph_def()
    nodes = [*graph.node]
    for function in graph.library.function:
        nodes += function.node_def
    drawn = sorted({node.op for node in nodes if node.op.startswith(STATEFUL)})
    if drawn:
        raise ValueError(
            f"`{type(layer).__name__}` draws random numbers that `Augment` "
            "cannot tie to an image; it can with `self._random_generator`, "
            "`tf.random.uniform` and `tf.random.normal`. "
            f"Received: operations {drawn}"
        )
