"""On which devices, and in which processes, a model can train."""

import os

import keras

from keras_contrastive.data._device_batches import DeviceBatches
from keras_contrastive.ops import num_replicas

SEVERAL_HOSTS = (
    "on several hosts, or in several processes, this package trains on the "
    "JAX backend alone, by `keras.distribution.initialize()` and "
    "`keras.distribution.DataParallel()` in each of them"
)


def check_devices(model):
    """Refuses devices and processes on which training would go wrong."""
    distribution = keras.distribution.distribution()
    backend = keras.backend.backend()
    if backend == "jax":
        check_mesh(model, distribution)
        return
    if distribution is not None:
        raise ValueError(
            "`keras.distribution.set_distribution` must be left out on this "
            "backend, where Keras does not distribute training: use several "
            "devices of one host by `tf.distribute.MirroredStrategy` on "
            f"TensorFlow, one device on PyTorch; {SEVERAL_HOSTS}. Received: "
            f"{type(distribution).__name__} on the {backend} backend"
        )
    if backend == "tensorflow":
        check_strategy(model)
    elif backend == "torch" and (count := num_torch_processes()) > 1:
        raise ValueError(
            "On PyTorch a model trains in one process, on one device: Keras "
            "has no distribution for this backend, and each process would "
            "compare the images of its own batch alone. Leave `torchrun` and "
            f"`torch.distributed` out; {SEVERAL_HOSTS}. "
            f"Received: {count} processes"
        )


def check_strategy(model):
    """Refuses strategies of several hosts, and parts made outside of one."""
    strategy = model.distribute_strategy
    name = type(strategy).__name__
    if (count := num_tasks(strategy)) > 1:
        raise ValueError(
            "`tf.distribute` must be used on one host, where "
            "`MirroredStrategy` is tested. With several workers Keras fails in "
            "`fit`, parameter servers and pods of TPUs are not tested; "
            f"{SEVERAL_HOSTS}. Received: {name} of {count} tasks"
        )
    if strategy.num_replicas_in_sync > 1:
        created_within = strategy.extended.variable_created_in_scope
        for variable in model.variables:
            if not created_within(variable.value):
                raise made_too_early(
                    f"within `strategy.scope()` of {name}", variable
                )


def check_on_device(model, data):
    """Refuses images on one device where a strategy has to split batches."""
    if not isinstance(data, DeviceBatches):
        return
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    with model.scope():
        if tf.distribute.has_strategy():
            raise ValueError(
                "`kc.data.on_device` must be left out under `tf.distribute`, "
                "which splits batches on the host. Received: "
                f"{type(model.distribute_strategy).__name__}"
            )


def num_tasks(strategy):
    """Processes of the cluster that a strategy of TensorFlow runs on."""
    resolver = strategy.cluster_resolver
    cluster = resolver.cluster_spec() if resolver else None
    tasks = cluster.as_dict().values() if cluster else []
    return sum(map(len, tasks))


def check_mesh(model, distribution):
    """Refuses parts that were made before the distribution was set."""
    if distribution is None:
        return
    for variable in model.variables:
        layout = distribution.get_variable_layout(variable)
        # Keras before 3.14 may give that of JAX itself.
        layout = getattr(layout, "backend_layout", layout)
        if variable.value.sharding.device_set != layout.device_set:
            raise made_too_early(
                "after `keras.distribution.set_distribution`", variable
            )


def made_too_early(where, variable):
    return ValueError(
        f"The model and its encoder must be made {where}. "
        f"Received: variable {variable.path!r}, made elsewhere"
    )


def num_torch_processes():
    """Those of `torch.distributed`, also where `torchrun` only started them."""
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_world_size()
    started = "RANK" in os.environ
    return int(os.environ.get("WORLD_SIZE", 1)) if started else 1


def check_steps_compiled(compile_arguments):
    """Refuses what Keras gets wrong or fails at on several replicas."""
    if num_replicas() == 1:
        return
    if compile_arguments.get("jit_compile") is True:
        raise ValueError(
            "`jit_compile` must be left out under a TensorFlow strategy with "
            "several replicas. Received: jit_compile=True"
        )
    steps = compile_arguments.get("steps_per_execution", 1)
    if steps > 1:
        raise ValueError(
            "`steps_per_execution` must be 1 under a TensorFlow strategy with "
            f"several replicas. Received: steps_per_execution={steps}"
        )
