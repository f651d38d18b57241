import warnings

import keras


def check_checkpoint(checkpoint, model, arguments):
    """Raises where a training cannot be saved as a `Checkpoint` is asked to.

    Args:
        checkpoint: The `Checkpoint`, which knows the data and the callbacks.
        model: The compiled model.
        arguments: Dictionary, those of `fit`.
    """
    if not model.built:
        raise ValueError(
            "`x` does not tell its shape before the first step: call "
            "`model.build((None, height, width, channels))` before `fit`. "
            "Received: a model without weights"
        )
    for callback in checkpoint.others:
        if isinstance(callback, keras.callbacks.BackupAndRestore):
            raise ValueError(
                "`callbacks` must hold either `Checkpoint` or "
                "`BackupAndRestore`. Received: both"
            )
    every_steps = checkpoint.every_steps
    if checkpoint.data is None:
        if every_steps is not None:
            raise ValueError(
                "`every_steps` needs data in which there is a place to go "
                "back to: `keras_contrastive.data.from_arrays(images, "
                "batch_size=...)` or another of its loaders. With other "
                "data use `every_minutes`, or neither. "
                f"Received: every_steps={every_steps}"
            )
        warnings.warn(
            "`Checkpoint` saves at the ends of epochs alone, and goes on "
            "in another order of images than without interruption: only "
            "data of `keras_contrastive.data` goes on exactly.",
            stacklevel=4,
        )
        return
    if arguments.get("steps_per_epoch") is not None:
        raise ValueError(
            "`steps_per_epoch` must be left out with `Checkpoint`, whose "
            "epochs are those of the data. Received: "
            f"steps_per_epoch={arguments['steps_per_epoch']}"
        )
    steps = checkpoint.epochs * len(checkpoint.data)
    at_once = model.steps_per_execution
    if every_steps is not None and (
        every_steps % at_once or every_steps > steps
    ):
        raise ValueError(
            "`every_steps` must be a multiple of `steps_per_execution`, "
            "and at most the number of steps of this training. Received: "
            f"every_steps={every_steps}, steps_per_execution={at_once}, "
            f"{steps} steps"
        )
