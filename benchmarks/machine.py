"""What a benchmark ran on, and with."""

import os
import pathlib
from importlib import metadata

CPUINFO = pathlib.Path("/proc/cpuinfo")
# Kinds of processors, by the widest instructions they have.
WIDEST = {"amx_tile": "AMX", "avx512f": "AVX-512", "avx2": "AVX2"}
PACKAGES = "keras", "tensorflow", "tensorflow_cpu", "jax", "torch"


def processor():
    """Name and kind of the processor, e.g. `AMD EPYC, AVX-512`."""
    if not CPUINFO.exists():
        return "unknown"
    pairs = [line.partition(":") for line in CPUINFO.read_text().splitlines()]
    found = {key.strip(): value.strip() for key, _, value in pairs}
    flags = found.get("flags", "").split()
    kinds = [kind for flag, kind in WIDEST.items() if flag in flags]
    return ", ".join([found.get("model name", "unknown"), *kinds[:1]])


def cores():
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def versions():
    """Versions of Keras and its backends, where installed."""
    names = {x.name: x.version for x in metadata.distributions()}
    return {name: names[name] for name in PACKAGES if name in names}


def setting():
    """One line: backend, oneDNN of TensorFlow, threads and precision."""
    import keras

    used, threads = [keras.backend.backend()], cores()
    if used == ["tensorflow"]:
        import tensorflow as tf

        # What TensorFlow has made of its default and the environment.
        from tensorflow.python.util import _pywrap_util_port

        on = _pywrap_util_port.IsMklEnabled()
        used += [f"oneDNN {'on' if on else 'off'}"]
        limit = tf.config.threading.get_intra_op_parallelism_threads()
        threads = limit or threads
    elif used == ["torch"]:
        import torch

        threads = torch.get_num_threads()
    plural = "s" if threads > 1 else ""
    used += [f"{threads} thread{plural}", keras.config.dtype_policy().name]
    return ", ".join(used)
