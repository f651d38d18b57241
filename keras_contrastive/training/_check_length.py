"""Data whose epochs end where nobody said that they would."""

import types

import keras

from keras_contrastive._keras_internals import DataAdapter
from keras_contrastive.data import Batches
from keras_contrastive.training._first_element import is_of

STEPS = "`steps_per_epoch=number_of_batches`"
OF_GENERATORS = f"pass {STEPS} and yield that many for each epoch"
OF_TF_DATA = (
    "let it end in `.apply(tf.data.experimental.assert_cardinality("
    f"number_of_batches))`, or in `.repeat()` with {STEPS}"
)
OF_OTHERS = f"pass {STEPS} and data that does not end"


def check_length(model, x, steps_per_epoch, epochs):
    """Refuses data of unknown length where training on it goes wrong.

    A compiled step of TensorFlow that finds no data fails only after whatever
    does not depend on data: counters, seeds and queues have moved. And for
    another epoch of a generator Keras would take the few batches that it has
    read to learn their shapes.

    Args:
        model: `ContrastiveModel`.
        x: What `fit` trains on.
        steps_per_epoch: Argument of `fit`.
        epochs: Integer, how many there will be.

    Returns:
        Boolean, whether an epoch with fewer batches than Keras expects is an
        error.
    """
    together = model.steps_per_execution
    if steps_per_epoch is not None and steps_per_epoch % together:
        raise ValueError(
            "`steps_per_epoch` must be a multiple of `steps_per_execution`, "
            "or an epoch has more steps. Received: "
            f"steps_per_epoch={steps_per_epoch}, steps_per_execution={together}"
        )
    if isinstance(x, Batches):  # may begin within an epoch; checks its source
        return False
    if number_of_batches(x) is not None:
        return steps_per_epoch is None
    reason = ""
    if moves_without_data(model):
        reason = (
            "has no length: on TensorFlow the step that finds no more data "
            "would still move counters, seeds and queues"
        )
    elif is_generator(x) and epochs > 1:
        reason = "gives each batch once: nothing is left for another epoch"
    if reason and steps_per_epoch is None:
        raise ValueError(
            f"`x` {reason}. Instead, {cure_of(x)}. "
            f"Received: x of type {type(x).__name__}, epochs={epochs}, "
            "steps_per_epoch=None"
        )
    return True


def check_steps(x, seen, expected):
    """Refuses an epoch in which data ran out; counters may have moved on."""
    if expected is not None and seen < expected:
        raise ValueError(
            f"`x` ran out of data: {seen} of the {expected} batches of an "
            f"epoch were left. Instead, {cure_of(x)}. "
            f"Received: x of type {type(x).__name__}"
        )


def number_of_batches(x):
    """As Keras counts them; None where it only reads until the end."""
    if is_generator(x) or is_of(("grain",), x):
        return None
    if isinstance(x, keras.utils.PyDataset | DataAdapter):
        return x.num_batches
    if hasattr(x, "cardinality"):
        count = x.cardinality
        count = int(count() if callable(count) else count)
        return count if count >= 0 else None
    try:
        return len(x)
    except TypeError:
        return None


def moves_without_data(model):
    return (
        keras.backend.backend() == "tensorflow"
        and not (model.run_eagerly or model.jit_compile)
        and model.steps_per_execution == 1
    )


def is_generator(x):
    return isinstance(x, types.GeneratorType)


def cure_of(x):
    if is_generator(x):
        return OF_GENERATORS
    return OF_TF_DATA if hasattr(x, "cardinality") else OF_OTHERS
