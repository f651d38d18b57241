"""A process of a training: `python -m tests.distribution.worker PLAN`.

PLAN is JSON with what to do, a function below, the number of processes, the
rank of this one, a port and a folder. What it found goes to `FOLDER/RANK.npz`.
"""

import contextlib
import json
import os
import pathlib
import signal
import sys
import time

PLAN = json.loads(sys.argv[1])
FOLDER = pathlib.Path(PLAN["folder"])
RANK, PROCESSES = PLAN["rank"], PLAN["processes"]
os.environ["XLA_FLAGS"] = " ".join(
    [
        "--xla_backend_optimization_level=0",
        "--xla_cpu_multi_thread_eigen=false",
        f"--xla_force_host_platform_device_count={PLAN.get('devices', 1)}",
    ]
)

import keras  # noqa: E402
import numpy as np  # noqa: E402

if PROCESSES > 1:
    keras.distribution.initialize(f"127.0.0.1:{PLAN['port']}", PROCESSES, RANK)
if PROCESSES * PLAN.get("devices", 1) > 1 and PLAN.get("distributed", True):
    keras.distribution.set_distribution(keras.distribution.DataParallel())

import keras_contrastive as kc  # noqa: E402
from keras_contrastive.data import batches as batches_module  # noqa: E402
from keras_contrastive.training._state import state_of, to_host  # noqa: E402
from tests.conformance import tiny, training  # noqa: E402
from tests.conformance.methods import METHODS  # noqa: E402

IMAGES = training.images(32)
LABELS = np.arange(32) % 3
BATCH = 8


def batches(method="SimCLR", images=IMAGES, **kwargs):
    row = METHODS[method]
    labels = LABELS if row.labels else None
    return kc.data.from_arrays(
        images,
        labels,
        batch_size=BATCH,
        index=row.index,
        shuffle=True,
        **kwargs,
    )


def compiled(method):
    model = training.make(method)
    model.compile(keras.optimizers.SGD(METHODS[method].rate, momentum=0.9))
    return model


def arrays_of(model):
    return {
        f"{group} {i}": value
        for group, variables in state_of(model).items()
        for i, value in enumerate(to_host(variables))
    }


def train(method, epochs=2, callbacks=(), data=None):
    """The state after five or more steps, and the loss of each epoch."""
    model = compiled(method)
    data = batches(method) if data is None else data
    history = model.fit(
        data, epochs=epochs, verbose=0, callbacks=[*callbacks]
    ).history
    return model, {**arrays_of(model), "losses": np.array(history["loss"])}


def methods():
    """Each of some methods; and the first one on data of `tf.data`.

    With `same_rows` each process feeds the first rows, as one would by mistake.
    """
    found = {}
    if PLAN.get("same_rows"):
        batches_module.own_rows = lambda size: np.arange(size // PROCESSES)
    for method in PLAN["methods"]:
        _, state = train(method, PLAN.get("epochs", 2))
        found |= {f"{method}: {name}": x for name, x in state.items()}
    if PLAN.get("tf_data"):
        data = batches(PLAN["methods"][0]).to_tf_dataset()
        _, state = train(PLAN["methods"][0], data=data)
        found |= {f"tf.data: {name}": x for name, x in state.items()}
    return found


def evaluation():
    """What is measured while a model trains, and after."""
    labeled, held = (IMAGES, LABELS), (255 - IMAGES[:11], LABELS[:11])
    guard = kc.callbacks.CollapseGuard(IMAGES[:6], every_steps=3, warmup=0)
    recorder = kc.callbacks.ScoreRecorder(FOLDER / "scores.npz")
    model, found = train(
        "MoCo",
        callbacks=[
            guard,
            recorder,
            kc.callbacks.KNNProbe(labeled, held, every=1, k=3),
            kc.callbacks.FiniteGuard("rollback"),
            kc.callbacks.BestModel(FOLDER / "best.keras"),
        ],
    )
    encoder = model.encoder
    features, _ = kc.evaluation.extract_features(encoder, labeled)
    heads = kc.evaluation.linear_probe(encoder, labeled, held, epochs=3)
    tuned = kc.evaluation.fine_tune(
        encoder, labeled, held, epochs=1, batch_size=BATCH
    )
    return {
        **found,
        "looks": np.array(json.dumps(guard.looks)),
        "records": recorder.records["positive_mean"],
        "features": features,
        "linear": heads.predictions,
        "fine-tuned": tuned.predictions,
        "evaluated": np.array(model.evaluate(batches(), verbose=0)),
    }


def refusals():
    """What is refused on every process, by name."""
    one_sided = IMAGES if RANK else IMAGES[::-1]
    views = kc.views.simclr(12, blur=False, seed=RANK)
    unlike = kc.SimCLR(tiny.encoder(), views)
    unlike.compile("sgd")
    model = compiled("SimCLR")
    distribution = keras.distribution.distribution()
    cases = {
        "arrays": lambda: model.fit(IMAGES, batch_size=BATCH),
        "other data": lambda: model.fit(batches(images=one_sided)),
        "other seeds": lambda: model.fit(batches(seed=RANK)),
        "other order": lambda: model.fit(batches(seed=RANK).to_tf_dataset()),
        "other views": lambda: unlike.fit(batches()),
    }
    found = {name: message_of(call) for name, call in cases.items()}
    distribution.auto_shard_dataset = False
    found["same rows"] = message_of(
        lambda: model.fit(IMAGES, batch_size=BATCH, verbose=0)
    )
    found["other count"] = message_of(
        lambda: model.fit(IMAGES[RANK:][: 9 + RANK], batch_size=BATCH)
    )
    keras.distribution.set_distribution(None)
    found["no distribution"] = message_of(lambda: model.fit(batches()))
    return {name: np.array(message) for name, message in found.items()}


def message_of(call):
    try:
        call()
    except ValueError as error:
        return str(error)
    return "nothing was raised"


class Strike(keras.callbacks.Callback):
    """Sends this process a signal before a step."""

    def get_state(self):
        return {}

    def set_state(self, state):
        pass

    def on_train_begin(self, logs=None):
        self.waiting = PLAN["step"] if RANK == PLAN["struck"] else -1

    def on_train_batch_begin(self, batch, logs=None):
        if PLAN["signal"] == "SIGTERM":
            time.sleep(0.2)  # JAX takes a second or two to tell the others
        self.waiting -= 1
        if self.waiting == 0:
            os.kill(os.getpid(), getattr(signal, PLAN["signal"]))


def life():
    """A training with `Checkpoint`, perhaps struck by a signal."""
    callbacks = [kc.callbacks.Checkpoint(FOLDER / "states", every_steps=1)]
    if PLAN.get("signal"):
        callbacks.append(Strike())
    _, found = train("MoCo", PLAN["epochs"], callbacks)
    return found


def main():
    found = globals()[PLAN["what"]]()
    with contextlib.suppress(FileExistsError):
        FOLDER.mkdir(parents=True)
    np.savez(FOLDER / f"{RANK}.npz", **found)


if __name__ == "__main__":
    main()
