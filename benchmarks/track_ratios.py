"""The ratios of `track.py`: what other benchmarks print, each by itself.

Each runs in a process of its own, on the backend that it is to measure.
"""

import json
import os
import pathlib
import subprocess
import sys

BACKENDS = ("tensorflow", "jax", "torch")
HERE = pathlib.Path(__file__).parent


def last_line(script, *arguments, backend):
    """What a benchmark prints in its last line."""
    command = [sys.executable, HERE / script, *map(str, arguments)]
    printed = subprocess.run(
        command,
        check=True,
        env={**os.environ, "KERAS_BACKEND": backend},
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    return json.loads(printed.splitlines()[-1])


def steps():
    """First and later steps over those of a bare encoder."""
    return {
        backend: last_line("tiny_steps.py", "--repeats", 3, backend=backend)
        for backend in BACKENDS
    }


def views():
    """Images a second of recipes over those of the layers of others."""
    return last_line(
        "views.py",
        "--quick",
        *("--recipes", "simclr", "byol"),
        *("--sizes", 32, 96),
        *("--repeats", 3),
        backend="tensorflow",
    )


def folder():
    """Images a second of `from_folder` over those of the best `tf.data`."""
    (found,) = last_line(
        "folder.py", "--quick", *("--sizes", 96, 224), backend="jax"
    ).values()
    return found


def nearest():
    """Seconds of k-NN over those of a bare product, and of faiss."""
    return {
        backend: last_line("nearest.py", backend=backend)
        for backend in BACKENDS
    }


def ratios():
    return {
        "steps": steps(),
        "views": views(),
        "from_folder": folder(),
        "nearest": nearest(),
    }
