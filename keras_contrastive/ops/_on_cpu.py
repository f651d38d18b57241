import keras


def on_cpu() -> bool:
    """Whether the backend has nothing but CPUs to compute on."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return jax.default_backend() == "cpu"
    if backend == "tensorflow":
        import tensorflow as tf

        devices = tf.config.list_logical_devices()
        return all(device.device_type == "CPU" for device in devices)
    import torch

    return not torch.cuda.is_available()
