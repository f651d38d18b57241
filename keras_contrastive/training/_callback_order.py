import keras


class LogWriter(keras.callbacks.Callback):
    """Adds to the logs of an epoch what other callbacks may read.

    `fit` of a `ContrastiveModel` calls it before those.
    """


def in_order(callbacks, first):
    """The callbacks of `fit`: `first`, those that write logs, all others.

    A `CallbackList` stays the same object.
    """
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks.callbacks[:] = in_order(callbacks.callbacks, first)
        return callbacks
    flat = list(each_of(callbacks or []))
    # Sorting keeps the order of equals.
    return [first, *sorted(flat, key=lambda c: not isinstance(c, LogWriter))]


def each_of(callbacks):
    for callback in keras.tree.flatten(callbacks):
        if isinstance(callback, keras.callbacks.CallbackList):
            yield from each_of(callback.callbacks)
        else:
            yield callback
