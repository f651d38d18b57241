from typing import Any

from keras import ops

from keras_contrastive._checked import checked
from keras_contrastive.ops._wide_float import wide_float


@checked
def l2_normalize(x: Any, *, axis: int = -1, epsilon: float = 1e-12) -> Any:
    """Scales vectors to unit length, safe at the zero vector.

    The squared length is clamped to `epsilon` before `rsqrt`, so value and
    gradient stay finite where `keras.ops.normalize` of Keras 3.15 returns NaN
    gradients (JAX, torch). Half precision is computed in float32.

    Args:
        x: Tensor, shape `(..., dim)`.
        axis: Axis of the vectors. Defaults to the last.
        epsilon: Floor of the squared length.

    Returns:
        Tensor like `x`, float32 or wider, of unit length along `axis`.

    Example:

    >>> l2_normalize(np.array([[3.0, 4.0]]))
    [[0.6, 0.8]]
    """
    x = wide_float(x)
    if not -len(x.shape) <= axis < len(x.shape):
        raise ValueError(
            "`axis` must be an axis of `x`. "
            f"Received: axis={axis}, shape {tuple(x.shape)}"
        )
    squared_length = ops.sum(ops.square(x), axis=axis, keepdims=True)
    floor = ops.cast(epsilon, x.dtype)
    # Not `ops.maximum`, which turns float64 into float32 on torch.
    clamped = ops.where(squared_length > floor, squared_length, floor)
    return x * ops.rsqrt(clamped)
