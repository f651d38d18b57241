import keras


class LogWriter(keras.callbacks.Callback):
    """Adds to the logs of an epoch what other callbacks may read.

    `fit` of a `ContrastiveModel` calls it before those.
    """

    place = 0


class GoesOn(keras.callbacks.Callback):
    """Has `fit` of a `ContrastiveModel` go on where an earlier one ended.

    `fit` calls its hooks after those of all others. It has a callback
    `before`, whose hooks are called before all others; `open`, called before
    training, which returns the first epoch and sets `first_batch`; and
    `close`, called whatever happens.
    """


def in_order(callbacks, first):
    """The callbacks of `fit`: `first`, those that write logs, all others.

    A `CallbackList` stays the same object.

    Returns:
        The callbacks; and the one of them that goes on, or None.
    """
    flat = list(each_of(getattr(callbacks, "callbacks", callbacks) or []))
    going_on = [c for c in flat if isinstance(c, GoesOn)]
    if len(going_on) > 1:
        raise ValueError(
            "`callbacks` must hold at most one `Checkpoint`. "
            f"Received: {len(going_on)}"
        )
    # Sorting keeps the order of equals.
    flat = [first, *sorted(flat, key=place_of)]
    if going_on:
        flat = [going_on[0].before, *flat]
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks.callbacks[:] = flat
    else:
        if going_on and not any(map(is_history, flat)):
            flat.insert(-1, keras.callbacks.History())
        callbacks = flat
    return callbacks, going_on[0] if going_on else None


def place_of(callback):
    if isinstance(callback, LogWriter):
        return callback.place
    if isinstance(callback, GoesOn):
        return 4
    return 3 if is_history(callback) else 2


def is_history(callback):
    return isinstance(callback, keras.callbacks.History)


def each_of(callbacks):
    for callback in keras.tree.flatten(callbacks):
        if isinstance(callback, keras.callbacks.CallbackList):
            yield from each_of(callback.callbacks)
        else:
            yield callback
