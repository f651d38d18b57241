"""What results depend on, besides settings."""

import importlib
import platform
import resource
import sys

import keras

from keras_contrastive.version import __version__


def versions() -> dict[str, str]:
    # Packages of TensorFlow have several names, modules have one.
    names = [keras.backend.backend(), "numpy"]
    return {
        "keras_contrastive": __version__,
        "keras": keras.__version__,
        "python": platform.python_version(),
        **{name: importlib.import_module(name).__version__ for name in names},
    }


def device() -> str:
    """The kind of device that trains."""
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        if torch.cuda.is_available():
            return torch.cuda.get_device_name()
    elif backend == "jax":
        import jax

        return jax.devices()[0].device_kind
    else:
        import tensorflow as tf

        for gpu in tf.config.list_physical_devices("GPU"):
            details = tf.config.experimental.get_device_details(gpu)
            return details.get("device_name", gpu.name)
    return "cpu"


def peak_memory() -> tuple[int, str]:
    """Most bytes so far, and whose: of the device where it counts them."""
    backend = keras.backend.backend()
    peak = None
    if backend == "torch":
        import torch

        if torch.cuda.is_available():
            peak = torch.cuda.max_memory_allocated()
    elif backend == "jax":
        import jax

        peak = (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
    else:
        import tensorflow as tf

        if tf.config.list_physical_devices("GPU"):
            peak = tf.config.experimental.get_memory_info("GPU:0")["peak"]
    if peak is not None:
        return peak, "of the device"
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest * (1 if sys.platform == "darwin" else 1024), "of the process"
