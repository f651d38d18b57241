"""Losses in blocks of queries beside all queries at once, on JAX.

KERAS_BACKEND=jax python benchmarks/blocks.py [--quick]

For N images of two views, projections of 128 units, value and gradient:

* temporary_mib: memory beside arguments and results, as compiled, at once and
  in blocks; on eight devices that share the batch, of each of them.
* growth: the exponent of that memory in N, between the two largest.
* seconds: CPU seconds in turn, medians of five; and their ratio.

Kept in blocks.json.
"""

import argparse
import json
import math
import os
import pathlib
import time

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["XLA_FLAGS"] = (
    os.environ.get("XLA_FLAGS", "")
    + " --xla_force_host_platform_device_count=8"
)

import jax
import keras
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec
from results import write_results

import keras_contrastive as kc
from keras_contrastive.contrasts import _row_blocks

PATH = pathlib.Path(__file__).with_suffix(".json")
UNITS, DEVICES = 128, 8
LOSSES = {
    "NTXent": kc.losses.NTXent(0.2),
    "InfoNCE": kc.losses.InfoNCE(0.2),
    "DCL": kc.losses.DCL(0.2),
    "MIO": kc.losses.MIOLoss(),
}
LIMITS = {"at once": 2**62, "blocks": _row_blocks.DENSE}


def compiled(name, count, way, devices=1):
    """The program of the value and the gradient of a loss."""

    def total(views):
        return LOSSES[name](views[0], views[1])

    # Not the same function as before, whose program JAX would take.
    function = jax.value_and_grad(lambda views: total(views))
    views = jax.ShapeDtypeStruct((2, count, UNITS), "float32")
    _row_blocks.DENSE = LIMITS[way]
    if devices == 1:
        return jax.jit(function).lower(views).compile()
    distribution = keras.distribution.DataParallel(
        devices=keras.distribution.list_devices()[:devices]
    )
    keras.distribution.set_distribution(distribution)
    mesh = distribution.device_mesh.backend_mesh
    rows = NamedSharding(mesh, PartitionSpec(None, "batch", None))
    try:
        jitted = jax.jit(
            function, in_shardings=rows, out_shardings=(None, rows)
        )
        return jitted.lower(views).compile()
    finally:
        keras.distribution.set_distribution(None)


def mib(name, count, way, devices=1):
    memory = compiled(name, count, way, devices).memory_analysis()
    return round(memory.temp_size_in_bytes / 2**20)


def seconds(name, count, repeats=5):
    views = np.random.default_rng(0).normal(size=(2, count, UNITS))
    views = jax.numpy.asarray(views, "float32")
    programs = {way: compiled(name, count, way) for way in LIMITS}
    taken = {way: [] for way in LIMITS}
    for _ in range(repeats + 1):
        for way, program in programs.items():
            begun = time.process_time()
            jax.block_until_ready(program(views))
            taken[way].append(time.process_time() - begun)
    found = {way: float(np.median(ts[1:])) for way, ts in taken.items()}
    ratio = found["at once"] / found["blocks"]
    return {way: round(t, 3) for way, t in found.items()} | {
        "ratio": round(ratio, 2)
    }


def measure(counts, timed):
    memory = {
        name: {
            way if devices == 1 else f"{way}, {devices} devices": {
                f"N={count}": mib(name, count, way, devices) for count in counts
            }
            for devices in (1, DEVICES)
            for way in LIMITS
        }
        for name in LOSSES
    }
    growth = {
        name: {
            way: round(exponent(list(sizes.values())[-2:], counts[-2:]), 2)
            for way, sizes in ways.items()
        }
        for name, ways in memory.items()
    }
    return {
        "temporary_mib": memory,
        "growth": growth,
        "seconds": {
            name: {f"N={count}": seconds(name, count) for count in timed}
            for name in LOSSES
        },
    }


def exponent(sizes, counts):
    return math.log(sizes[1] / sizes[0]) / math.log(counts[1] / counts[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    found = measure(
        [512, 2048] if quick else [2048, 8192, 32768],
        [512] if quick else [2048, 4096],
    )
    found |= {"jax": jax.__version__, "date": time.strftime("%Y-%m-%d")}
    if not quick:
        write_results(PATH, found)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
