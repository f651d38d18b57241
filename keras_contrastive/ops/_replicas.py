"""What a replica under `tf.distribute` must know about the others.

On JAX and torch, and on one device, arrays are global already: `gather`
returns its argument and rows are counted from 0.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._check_tensor import check_tensor

UNEQUAL = "replicas have parts of a batch of different sizes"


def replica_context() -> Any:
    """The TensorFlow replica context where there are several replicas."""
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    if not tf.distribute.has_strategy():
        return None
    context = tf.distribute.get_replica_context()
    return context if context and context.num_replicas_in_sync > 1 else None


def num_replicas() -> int:
    """Number of replicas that share each step: 1 without a strategy.

    Example:

    >>> num_replicas()
    1
    """
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync


def num_shares() -> int:
    """Into how many parts of one size devices split a batch."""
    distribution = keras.distribution.distribution()
    if distribution is None:
        return num_replicas()
    mesh = distribution.device_mesh
    return mesh.shape[mesh.axis_names.index(distribution.batch_dim_name)]


def with_equal_parts(x: Any) -> Any:
    """The same batch, of which every replica must have as many rows.

    TensorFlow would give one of them more, and `global_rows` count wrongly.

    Args:
        x: Tensor `(local batch, ...)`, or a structure of them.
    """
    context = replica_context()
    first, *_ = keras.tree.flatten(x)
    if context is None or first.shape[0] is not None:
        return x
    import tensorflow as tf

    rows = tf.cast(tf.shape(first)[0], "float32")
    mean = context.all_reduce("MEAN", rows)
    with tf.control_dependencies(
        [tf.debugging.Assert(tf.equal(mean, rows), [UNEQUAL])]
    ):
        return keras.tree.map_structure(tf.identity, x)


def gather(x: Any) -> Any:
    """Concatenates a batch over all replicas, in replica order.

    Differentiable: gradients flow back to the replica that owns each row.

    Args:
        x: Tensor, `(local batch, ...)`, of the same shape on every replica.

    Returns:
        Tensor, `(global batch, ...)`, the same on every replica.

    Example:

    >>> keys = gather(projections)  # all keys of the step, on any device
    """
    context = replica_context()
    if context is None:
        return x
    gathered = context.all_gather(x, axis=0)
    # TensorFlow loses the sizes of the other axes.
    gathered.set_shape((None, *x.shape[1:]))
    return gathered


def global_rows(batch_size: Any) -> Any:
    """Positions of the local rows in the global batch.

    Args:
        batch_size: Integer, or scalar tensor: the local batch.

    Returns:
        Integer tensor, `(batch_size,)`: the place of each row of this replica
        in the result of `gather`.

    Example:

    >>> global_rows(3)
    [0, 1, 2]
    """
    if isinstance(batch_size, int | float | np.generic | np.ndarray):
        check_integer("batch_size", batch_size, 0)
    elif not is_any_size(batch_size):
        check_tensor("batch_size", batch_size, 0)
    rows = ops.arange(batch_size, dtype="int32")
    context = replica_context()
    if context:
        rows += context.replica_id_in_sync_group * batch_size
    return rows


def is_any_size(batch_size: Any) -> bool:
    """Whether JAX traces for batches of any size, which is no tensor."""
    if keras.backend.backend() != "jax":
        return False
    import jax.export

    return jax.export.is_symbolic_dim(batch_size)


def mean_over_replicas(x: Any) -> Any:
    """Mean of a tensor over all replicas, the same on each of them.

    Example:

    >>> mean_over_replicas(loss_of_this_replica)
    """
    context = replica_context()
    return context.all_reduce("MEAN", x) if context else x
