"""One process of a group that `scale.py` drives, line by line.

Reads calls as JSON from standard input, the same in every process of the
group, and answers each of them in a line that begins with `@`.
"""

import dataclasses
import functools
import json
import math
import os
import pathlib
import statistics
import sys
import tempfile
import time

import cost_model
import jax
import keras
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

import keras_contrastive as kc

GROUP = json.loads(sys.argv[1])
RANK, PROCESSES = GROUP["rank"], GROUP["processes"]
KINDS = ("all-reduce", "all-gather", "all-to-all", "collective-permute")
# Small forms of the four methods.
SIZE, UNITS, QUEUE, BANK, NEGATIVES = 32, 128, 4096, 16_384, 1024


def start():
    if GROUP["core"] is not None:
        os.sched_setaffinity(0, {GROUP["core"]})
    if PROCESSES > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(
            f"127.0.0.1:{GROUP['port']}", PROCESSES, RANK
        )
        keras.distribution.set_distribution(
            keras.distribution.DataParallel(auto_shard_dataset=False)
        )


def encoder():
    # Few layers: seven processes compile each step.
    return kc.encoders.SmallCNN(
        (SIZE, SIZE, 3), convolutions=((1, 2), (2, 2), (4, 2))
    )


def views(number):
    if number == 1:
        return kc.views.moco_v1(SIZE, num_views=1, seed=0)
    return kc.views.simclr(SIZE, strength=0.5, blur=False, seed=0)


def wide_head():
    return kc.layers.ProjectionHead(
        512, num_layers=3, hidden_units=512, ending="none"
    )


MODELS = {
    "SimCLR": lambda: kc.SimCLR(encoder(), views(2)),
    "MoCo": lambda: kc.MoCo(encoder(), views(2), queue_size=QUEUE, seed=0),
    "BarlowTwins": lambda: kc.BarlowTwins(encoder(), views(2), wide_head()),
    "InstDis": lambda: kc.InstDis(
        encoder(),
        views(1),
        num_images=BANK,
        num_negatives=NEGATIVES,
        seed=0,
    ),
}


@functools.cache
def model(name):
    keras.utils.set_random_seed(0)
    made = MODELS[name]()
    made.compile(keras.optimizers.SGD(0.01, momentum=0.9))
    return made


@functools.cache
def data(name, batch, steps):
    """Each process has its rows of each global batch."""
    images = np.random.default_rng(0).integers(
        0, 256, (steps * batch, SIZE, SIZE, 3), "uint8"
    )
    places = np.arange(steps * batch).reshape(steps, PROCESSES, -1)
    own = places[:, RANK].ravel()
    if name == "InstDis":
        return {"images": images[own], "index": own}
    return images[own]


class Clock(keras.callbacks.Callback):
    """Seconds of the epoch, at whose end its loss is waited for."""

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self.start


def fit(name, batch, steps):
    """Seconds of a step in `fit`, and the loss."""
    clock = Clock()
    history = model(name).fit(
        data(name, batch, steps),
        batch_size=batch // PROCESSES,
        verbose=0,
        shuffle=False,
        callbacks=[clock],
    )
    return {
        "seconds": clock.seconds / steps,
        "loss": history.history["loss"][0],
    }


def share(name, batch, steps):
    """Share of the time of steps that this process spent in collectives.

    From a trace: the union of all times in which a thread was in one, waiting
    for the other processes included.
    """
    options = jax.profiler.ProfileOptions()
    options.python_tracer_level = 0
    with tempfile.TemporaryDirectory() as folder:
        with jax.profiler.trace(folder, profiler_options=options):
            passed = fit(name, batch, steps)["seconds"] * steps
        (file,) = pathlib.Path(folder).rglob("*.xplane.pb")
        profile = jax.profiler.ProfileData.from_file(str(file))
        spans = [
            (event.start_ns, event.start_ns + event.duration_ns)
            for plane in profile.planes
            for line in plane.lines
            for event in line.events
            if event.name.startswith(KINDS)
            and "train_step" in str(dict(event.stats).get("hlo_module"))
        ]
    return covered(spans) / 1e9 / passed


def covered(spans):
    """Length of the union of intervals."""
    total, reached = 0, -math.inf
    for begin, end in sorted(spans):
        total += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def collective(kind, size, repeats):
    """Median seconds of one message of `size` bytes."""
    call, x = message(kind, size)
    return timed(lambda: call(x), repeats)


@functools.cache
def message(kind, size):
    mesh = jax.make_mesh((PROCESSES,), ("batch",))
    numbers = size // 4
    if kind == "all-reduce":
        shape, rows = (PROCESSES, numbers), PartitionSpec("batch")

        def send(x):
            return jax.lax.psum(x, "batch")
    elif kind == "all-gather":
        shape, rows = (numbers,), PartitionSpec()

        def send(x):
            return jax.lax.all_gather(x, "batch", tiled=True)
    else:
        numbers = numbers // PROCESSES * PROCESSES
        shape, rows = (PROCESSES, numbers), PartitionSpec("batch")

        def send(x):
            return jax.lax.all_to_all(x, "batch", 1, 1, tiled=True)

    shared = PartitionSpec("batch")
    call = jax.shard_map(
        send, mesh=mesh, in_specs=shared, out_specs=rows, check_vma=False
    )
    x = jax.make_array_from_callback(
        shape,
        NamedSharding(mesh, shared),
        lambda index: np.ones(shape, "float32")[index],
    )
    return jax.jit(call), x


def timed(run, repeats):
    jax.block_until_ready(run())
    passed = []
    for _ in range(repeats):
        begin = time.perf_counter()
        jax.block_until_ready(run())
        passed.append(time.perf_counter() - begin)
    return statistics.median(passed)


def part(name, batch, repeats):
    """Median seconds of a part of a step by itself, on `batch` rows."""
    return timed(PARTS[name](batch), repeats)


def encode(batch):
    """The gradient of an encoder's weights, `batch` rows in one call."""
    net = encoder()
    weights = [v.value for v in net.trainable_variables]
    state = [v.value for v in net.non_trainable_variables]

    @jax.jit
    def step(weights, x):
        def loss(weights):
            y, _ = net.stateless_call(weights, state, x, training=True)
            return y.sum()

        return jax.grad(loss)(weights)

    x = jax.numpy.asarray(rows_of((SIZE, SIZE, 3), batch))
    return lambda: step(weights, x)


def view(batch):
    """Two views of SimCLR, of `batch` images."""
    layer = views(2)
    layer.build((batch, SIZE, SIZE, 3))

    @jax.jit
    def step(x, number):
        draws = layer.draw(batch, x.shape[1:], number)
        return layer.replay(x, draws)

    x = jax.numpy.asarray((255 * rows_of((SIZE, SIZE, 3), batch)).astype("u1"))
    return lambda: step(x, 1)


def copy(batch):
    """An array of `batch` MiB, read and written."""
    step, x = jax.jit(lambda x: x + 1), jax.numpy.ones(2**18 * batch)
    return lambda: step(x)


def nt_xent(batch):
    return gradient(kc.losses.NTXent(0.1), *pair(batch, UNITS))


def barlow_twins(batch):
    return gradient(kc.losses.BarlowTwinsLoss(), *pair(batch, 512))


def queue(batch):
    """MoCo's loss; the queue gets no gradient."""
    queries, keys = pair(batch, UNITS)
    negatives = rows_of((UNITS,), QUEUE)

    @jax.jit
    @jax.grad
    def step(queries):
        contrast = kc.contrasts.among(queries, keys, negatives, temperature=0.1)
        return kc.losses.softmax_loss(contrast).mean()

    return lambda: step(queries)


def bank(batch):
    """The loss of InstDis; negatives are drawn and taken from the bank."""
    queries, keys = pair(batch, UNITS)
    layer = kc.layers.MemoryBank(BANK, NEGATIVES, seed=0)
    layer.build((batch, UNITS))
    log_noise = np.zeros(batch, "float32")

    @jax.jit
    @jax.grad
    def step(queries, number):
        rows = layer.negatives(number, np.arange(batch))
        contrast = kc.contrasts.among(queries, keys, rows, temperature=0.1)
        contrast = dataclasses.replace(contrast, log_noise=log_noise)
        return kc.losses.nce_loss(contrast).mean()

    return lambda: step(queries, 1)


def gradient(loss, z1, z2):
    step = jax.jit(jax.grad(lambda *z: loss(*z).mean(), argnums=(0, 1)))
    return lambda: step(z1, z2)


def rows_of(shape, batch, seed=0):
    return np.random.default_rng(seed).random((batch, *shape), "float32")


def pair(batch, units):
    return [
        jax.numpy.asarray(rows_of((units,), batch, seed) - 0.5)
        for seed in (0, 1)
    ]


PARTS = {
    "encoder": encode,
    "views": view,
    "copy": copy,
    "SimCLR": nt_xent,
    "MoCo": queue,
    "BarlowTwins": barlow_twins,
    "InstDis": bank,
}


def counted():
    """The encoder as the cost model sees it."""
    found = cost_model.count(encoder())
    return {**vars(found), "norms": list(found.norms)}


CALLS = {
    "fit": fit,
    "share": share,
    "collective": collective,
    "part": part,
    "counted": counted,
}


def main():
    start()
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print("@" + json.dumps(CALLS[name](**arguments)), flush=True)


if __name__ == "__main__":
    main()
