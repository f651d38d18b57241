"""What must not grow unseen: counts and bytes of compiled steps, and ratios.

KERAS_BACKEND=jax python benchmarks/track.py [--quick]

Counts and bytes are exact: programs are compiled by JAX and looked at, not
timed. A test checks them. Kept in track.json.

* traces: how often a model is traced by a second `fit` and by further calls
  of `train_on_batch`.
* draws: how often the first rows of a queue and a bank are drawn while a
  model is made and takes its first step.
* temporary_mib: memory of each loss, value and gradient, beside its arguments
  and results, for N images of two views.
* step: copies of the whole queue or bank in a step, and the share of the bytes
  of the state that it writes where they were.
* bfloat16: share of the convolutions of a step in mixed_bfloat16, lowered for
  CUDA, whose operands are bfloat16.

Ratios are of seconds, or of images a second, of alternatives that took turns
on two cores. `--quick` leaves them out. `cores_of_other_work` tells how much of
the processors something else took in that time.

* steps: the first `fit` of one step and later steps of every method, over
  those of a bare encoder, of which the seconds are there (`tiny_steps.py`).
* views: images a second over those of keras-cv and of Keras (`views.py`).
* from_folder: images a second over those of the best `tf.data` pipeline, on
  the clock and by a second of the processors (`folder.py`).
* nearest: seconds of k-NN over those of its product, and of faiss where it is
  installed (`nearest.py`).
"""

import argparse
import json
import os
import pathlib
import platform
import re
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np
from results import write_results
from track_ratios import ratios

import keras_contrastive as kc
from keras_contrastive._keras_internals import in_stateless_scope
from keras_contrastive.layers._unit_rows import UnitRows
from keras_contrastive.training._state import state_of

PATH = pathlib.Path(__file__).with_suffix(".json")
SIZE, BATCH, UNITS = 16, 8, 32
# Of a queue and a bank, and of no other array of the steps looked at.
ROWS = 3000
METHODS = ("SimCLR", "MoCo", "InstDis")
# Variables of the environment that ratios depend on.
SETTINGS = ("OMP_NUM_THREADS", "TF_ENABLE_ONEDNN_OPTS")
LOSSES = {
    "NTXent": kc.losses.NTXent(0.2),
    "InfoNCE": kc.losses.InfoNCE(0.2),
    "DCL": kc.losses.DCL(0.2),
    "MIO": kc.losses.MIOLoss(),
    "BarlowTwins": kc.losses.BarlowTwinsLoss(),
    "VICReg": kc.losses.VICRegLoss(),
}


def make(method, dtype="float32"):
    """A compiled and built model, with an encoder that computes in `dtype`."""
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(dtype)
    encoder = kc.encoders.SmallCNN((SIZE, SIZE, 3))
    keras.config.set_dtype_policy("float32")
    head = kc.layers.ProjectionHead(UNITS, use_batch_norm=False)
    views = kc.views.simclr(SIZE, blur=False, seed=0)
    if method == "InstDis":
        views = kc.views.MultiView(views.pipelines[:1], seed=0)
        memory = {"num_images": ROWS, "num_negatives": 64}
        model = kc.InstDis(encoder, views, head, **memory)
    elif method == "MoCo":
        model = kc.MoCo(encoder, views, head, queue_size=ROWS)
    else:
        model = kc.SimCLR(encoder, views, head)
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9))
    x = inputs(model)
    model.build(keras.tree.map_structure(np.shape, x))
    model.optimizer.build(model.trainable_variables)
    return model


def inputs(model, count=BATCH):
    images = np.zeros((count, SIZE, SIZE, 3), "uint8")
    images[::2] = 255
    if not model.needs_index:
        return images
    return {"images": images, "index": np.arange(count, dtype="int32")}


def lowered_step(model, platform="cpu"):
    """The step that Keras compiles, before it is compiled."""
    parts = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
    state = [[variable.value for variable in part] for part in parts]
    step = jax.jit(model.train_step, donate_argnums=0)
    traced = step.trace(state, (inputs(model),))
    return traced.lower(lowering_platforms=(platform,))


def traces():
    """Calls of a model on symbols, beside its first `fit` and first step."""
    model, counted = make("SimCLR"), []
    call = kc.ContrastiveModel.call

    def counting(self, x, training=False):
        if isinstance(x, jax.core.Tracer):
            counted.append(training)
        return call(self, x, training=training)

    kc.ContrastiveModel.call = counting
    try:
        x = inputs(model, 2 * BATCH)
        found = {}
        for name, again in (
            ("fit", lambda: model.fit(x, batch_size=BATCH, verbose=0)),
            ("train_on_batch", lambda: model.train_on_batch(x[:BATCH])),
        ):
            again()
            counted.clear()
            again()
            found[name] = len(counted)
    finally:
        kc.ContrastiveModel.call = call
    return found


def draws(method):
    """How often first rows are drawn until a step has been taken."""
    counted, draw = [], UnitRows.__call__

    def counting(self, shape, dtype=None):
        if not in_stateless_scope():
            counted.append(shape)
        return draw(self, shape, dtype)

    UnitRows.__call__ = counting
    try:
        model = make(method)
        model.fit(inputs(model), batch_size=BATCH, verbose=0)
    finally:
        UnitRows.__call__ = draw
    return len(counted)


def temporary_mib(name, count):
    """Of value and gradient, for `count` images of two views."""

    def total(views):
        return LOSSES[name](views[0], views[1])

    views = jax.ShapeDtypeStruct((2, count, 128), "float32")
    program = jax.jit(jax.value_and_grad(total)).lower(views).compile()
    return round(program.memory_analysis().temp_size_in_bytes / 2**20)


def step(method):
    """Facts of the compiled step."""
    model = make(method)
    program = lowered_step(model).compile()
    table = rf"= f32\[{ROWS},{UNITS}\]\S* copy\("
    state = sum(state_of(model).values(), [])
    size = sum(variable.value.nbytes for variable in state)
    return {
        "table_copies": len(re.findall(table, program.as_text())),
        "donated": round(
            program.memory_analysis().alias_size_in_bytes / size, 3
        ),
    }


def bfloat16(method):
    """Of a step lowered for CUDA, which needs none."""
    text = lowered_step(make(method, "mixed_bfloat16"), "cuda").as_text()
    lines = [line for line in text.splitlines() if "convolution(" in line]
    operands = [line.rsplit(" : ", 1)[1].split("->")[0] for line in lines]
    half = [line.count("bf16>") == 2 for line in operands]
    return round(sum(half) / len(half), 3)


def track(counts):
    return {
        "traces": traces(),
        "draws": {method: draws(method) for method in ("MoCo", "InstDis")},
        "temporary_mib": {
            name: {f"N={count}": temporary_mib(name, count) for count in counts}
            for name in LOSSES
        },
        "step": {method: step(method) for method in METHODS},
        "bfloat16": {method: bfloat16(method) for method in METHODS},
    }


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = [line for line in lines if line.startswith("model name")]
    return names[0].split(": ", 1)[1] if names else platform.machine()


def seconds():
    """On the clock, of all processors at work, and of them for this."""
    fields = pathlib.Path("/proc/stat").read_text().split()[1:8]
    user, nice, system, _, _, *interrupts = map(int, fields)
    busy = sum((user, nice, system, *interrupts)) / os.sysconf("SC_CLK_TCK")
    return np.array([time.perf_counter(), busy, sum(os.times()[:4])])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    found = track([2048] if arguments.quick else [2048, 8192, 32768])
    found["date"] = time.strftime("%Y-%m-%d")
    found["jax"] = jax.__version__
    if not arguments.quick:
        found["machine"] = f"{os.cpu_count()} CPU cores, {processor()}"
        found["settings"] = {name: os.environ.get(name) for name in SETTINGS}
        before = seconds()
        found["ratios"] = ratios()
        took, busy, own = seconds() - before
        found["minutes_of_ratios"] = round(took / 60, 1)
        found["cores_of_other_work"] = round((busy - own) / took, 2)
        write_results(PATH, found)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
