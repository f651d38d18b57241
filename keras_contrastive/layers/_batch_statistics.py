"""Where batch normalization takes its statistics from in training.

The layers are Keras' own and their configs do not tell: the model that trains
them decides, so what is saved loads anywhere, without this package.
"""

import functools
from collections.abc import Iterable

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive.ops import num_replicas
from keras_contrastive.ops._replicas import mean_over_replicas, replica_context

FUSED_TYPES = ("float32", "bfloat16", "float16")


def use_batch_statistics(
    layers: Iterable[keras.layers.Layer], splits: int | None = None
) -> None:
    """Sets the batch that batch normalization layers normalize by.

    In training that is the global batch. Under a TensorFlow strategy with
    several replicas it needs synchronized statistics. (On JAX they are global
    on any number of devices.) On one TensorFlow device, feature maps go
    through TensorFlow's fused kernel, which computes the same and is much
    faster on a CPU; in half precision it keeps the statistics in float32.

    With `splits` the global batch falls into equal parts, one after the
    other, each normalized by its own statistics: what batch normalization
    without synchronization does on several GPUs, on any number of devices.
    MoCo needs it, with shuffled keys: where queries and their keys share
    statistics, the model can tell by them which belong together. Moving
    statistics are then the mean over the parts.

    Moving statistics stay where those of a batch are not finite.

    The choice holds for these layers until another call. It is not saved and
    does not pass to copies of the layers. Inference stays as it is.

    Args:
        layers: Layers, of which those of exactly the class
            `keras.layers.BatchNormalization` are set.
        splits: Integer, parts of the global batch, which the number of
            replicas must divide, or None for the whole batch.

    Raises:
        ValueError: For `splits` below 1. In a step, where `splits` does not
            fit the batch, the number of replicas or the layer.

    Example:

    >>> use_batch_statistics(layers_of(model.encoder), splits=8)

    Reference: for `splits`, He et al., 2019,
        https://arxiv.org/abs/1911.05722, section 3.3, and the authors'
        demonstration on CIFAR-10.
    """
    if splits is not None:
        check_integer("splits", splits, 1)
    for layer in layers:
        if type(layer) is keras.layers.BatchNormalization:
            layer.call = functools.partial(normalize, layer, splits)


def normalize(layer, splits, inputs, training=None, mask=None):
    """`BatchNormalization.call` with statistics of the batch that was set."""
    learns = training and layer.trainable
    usual = mask is None and not getattr(layer, "renorm", False)
    if learns and splits:
        return normalize_parts(layer, splits, inputs, usual)
    is_shared = learns and replica_context()
    if usual and not is_shared and can_fuse(layer, inputs):
        return normalize_fused(layer, inputs, learns)
    if usual and learns:
        return normalize_by_batch(layer, inputs)
    return type(layer).call(layer, inputs, training=training, mask=mask)


def can_fuse(layer, inputs):
    return (
        keras.backend.backend() == "tensorflow"
        and len(inputs.shape) == 4
        and layer.axis in (-1, 3)
        and keras.backend.standardize_dtype(inputs.dtype) in FUSED_TYPES
    )


def normalize_fused(layer, inputs, learns):
    import tensorflow as tf

    width = inputs.shape[-1]
    scale, offset = scale_and_offset(layer, "float32")
    arguments = {
        "scale": ops.ones((width,), "float32") if scale is None else scale,
        "offset": ops.zeros((width,), "float32") if offset is None else offset,
        "epsilon": layer.epsilon,
    }
    if not learns:
        outputs, _, _ = tf.compat.v1.nn.fused_batch_norm(
            inputs,
            mean=ops.cast(layer.moving_mean, "float32"),
            variance=ops.cast(layer.moving_variance, "float32"),
            is_training=False,
            **arguments,
        )
        return outputs
    outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
        inputs, is_training=True, **arguments
    )
    # The kernel returns the unbiased variance; Keras averages the biased.
    count = ops.cast(ops.size(inputs) // width, "float32")
    move(layer, mean, variance * (count - 1) / count)
    return outputs


def normalize_by_batch(layer, inputs):
    """What `BatchNormalization` does, synchronized where it can be."""
    wide = keras.backend.result_type(inputs.dtype, "float32")
    x = ops.cast(inputs, wide)
    axes = [*range(len(x.shape))]
    del axes[layer.axis]
    is_synchronized = layer.synchronized or bool(replica_context())
    mean, variance = ops.moments(x, axes=axes, synchronized=is_synchronized)
    move(layer, mean, variance)
    scale, offset = scale_and_offset(layer, wide)
    x = ops.batch_normalization(
        x, mean, variance, layer.axis, offset, scale, layer.epsilon
    )
    return ops.cast(x, layer.compute_dtype)


def normalize_parts(layer, splits, inputs, usual):
    rank = len(inputs.shape)
    if not usual or layer.axis not in (-1, rank - 1):
        raise ValueError(
            "`batch_norm_splits` needs batch normalization of the last axis, "
            "without a "
            f"mask or `renorm`. Received: layer {layer.name!r}, "
            f"axis={layer.axis} of {rank}"
        )
    if splits % num_replicas():
        raise ValueError(
            "`batch_norm_splits` must be a multiple of the number of replicas. "
            f"Received: splits={splits}, {num_replicas()} replicas"
        )
    splits = splits // num_replicas()
    batch = inputs.shape[0]
    if batch is not None and batch % splits:
        raise ValueError(
            "`batch_norm_splits` must divide the batch; leave out a smaller "
            "last batch with `drop_remainder`. An encoder that is saved and "
            "loaded no longer splits its batches. "
            f"Received: splits={splits}, batch of {batch}"
        )
    wide = keras.backend.result_type(inputs.dtype, "float32")
    shape = ops.shape(inputs)
    x = ops.cast(inputs, wide)
    x = ops.reshape(x, (splits, -1, *shape[1:]))
    mean, variance = ops.moments(x, axes=tuple(range(1, rank)), keepdims=True)
    x = (x - mean) * ops.rsqrt(variance + layer.epsilon)
    scale, offset = scale_and_offset(layer, wide)
    if scale is not None:
        x = x * scale
    if offset is not None:
        x = x + offset
    move(layer, mean_over_parts(mean), mean_over_parts(variance))
    return ops.cast(ops.reshape(x, shape), inputs.dtype)


def scale_and_offset(layer, dtype):
    return [
        None if weight is None else ops.cast(weight, dtype)
        for weight in (layer.gamma, layer.beta)
    ]


def mean_over_parts(statistics):
    parts = ops.reshape(statistics, (-1, statistics.shape[-1]))
    return mean_over_replicas(ops.mean(parts, axis=0))


def move(layer, mean, variance):
    keep = layer.momentum
    for moving, new in (
        (layer.moving_mean, mean),
        (layer.moving_variance, variance),
    ):
        before = ops.cast(moving, new.dtype)
        is_good = ops.isfinite(new)
        share = ops.where(is_good, ops.cast(keep, new.dtype), 1.0)
        moves = ops.where(is_good, (1 - keep) * new, 0.0)
        # What was there stands here once: XLA computes it for each place, and
        # for micro-batches in turn it would be twice as often for each.
        moving.assign(ops.cast(share, new.dtype) * before + moves)
