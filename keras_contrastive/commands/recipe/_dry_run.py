import time

import keras
import numpy as np

from keras_contrastive.commands._machine import device, peak_memory
from keras_contrastive.commands._rows import print_rows
from keras_contrastive.data import from_arrays
from keras_contrastive.recipes import Recipe, Run

STEPS = 3


class StepTimes(keras.callbacks.Callback):
    """Seconds of each epoch, which is one step here."""

    def on_train_begin(self, logs=None):
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch, logs=None):
        self.begun = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.begun)


def dry_run(recipe: Recipe, run: Run) -> None:
    """Makes three steps on noise, and prints what the whole run would take."""
    keras.utils.set_random_seed(run.seed or 0)
    batch_size = run.batch_size
    model = recipe.make_model(run)
    # Where memory ends, these are what is left to read.
    rows = {
        "recipe": f"{recipe.name}: {recipe.title}",
        "steps": f"{run.steps:,}, {run.epochs} epochs of {recipe.num_images:,} "
        f"images in batches of {batch_size}",
    }
    print_rows(rows, width=len("peak memory"))
    shape = (batch_size, recipe.image_size, recipe.image_size, 3)
    rng = np.random.default_rng(run.seed)
    images = rng.integers(0, 256, shape, "uint8")
    labels = np.arange(batch_size) % 10 if model.needs_labels else None
    data = from_arrays(
        images,
        labels,
        batch_size=batch_size,
        shuffle=True,
        index=model.needs_index,
    )
    times = StepTimes()
    model.fit(data, epochs=STEPS, verbose=0, callbacks=[times])
    first, *_, last = times.seconds
    peak, owner = peak_memory()
    rows = {
        "a step": f"{last:.3f} s on {device()}; the first, which compiles, "
        f"{first:.1f} s",
        "pretraining": f"{run.steps * last / 3600:.1f} hours at that rate, "
        "without reading images and evaluation",
        "peak memory": f"{peak / 2**30:.2f} GiB {owner}",
        "weights": f"{model.encoder.count_params():,} of the encoder, "
        f"{model.count_params():,} of the model",
    }
    print_rows(rows)
