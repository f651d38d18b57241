import functools
from typing import Any

import keras
from keras import ops

from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._config import Configured
from keras_contrastive._export import export
from keras_contrastive.contrasts import both_directions
from keras_contrastive.contrasts._row_blocks import in_row_blocks
from keras_contrastive.contrasts.contrast import hide
from keras_contrastive.ops import gather, global_rows


@export
class SupConLoss(Configured, keras.losses.Loss):
    """Supervised contrastive loss: all views of a class are positives.

    NT-Xent with, for each anchor, the mean over its positives outside the
    logarithm (`L_out` of the paper, its better form). All positives stand in
    the denominator. With labels that are all different it is NT-Xent. An image
    with the label -1, which is none, has its own views alone as positives.
    Other than the authors' code it is not multiplied by temperature / 0.07.

    Args:
        temperature: Positive float that divides the similarities. Defaults
            to 0.1.

    Call arguments:
        y_true: Labels, integers `(batch,)` or `(batch, 1)` from 0, or -1 for
            an image without one.
        y_pred: Pair of projections `(batch, units)`, one a view.

    Returns:
        With `reduction=None`, float32 `(batch,)`, the mean of the two views
        of an image.

    Raises:
        ValueError: For a temperature that is not positive, labels that are
            not one integer per image, or projections that are not two equal
            matrices.

    Example:

    >>> loss = keras_contrastive.losses.SupConLoss(temperature=0.1)
    >>> float(loss(labels, (projections_1, projections_2)))

    Reference: Khosla et al., 2020, https://arxiv.org/abs/2004.11362,
        equation 2.
    """

    def __init__(
        self, temperature: float = 0.1, *, name: str = "sup_con", **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)

    def call(self, y_true, y_pred):
        contrasts = both_directions(*y_pred, temperature=self.temperature)
        labels = ops.cast(class_labels(y_true), "int32")
        # Without a label, a class of its own.
        rows = global_rows(ops.shape(labels)[0])
        labels = ops.where(labels < 0, -1 - rows, labels)
        every = gather(labels)
        every = ops.concatenate([every, every], axis=0)
        one_view = functools.partial(over_positives, every)
        return sum(in_row_blocks(one_view, c, labels) for c in contrasts) / 2


def over_positives(every, contrast, labels):
    """Mean of the softmax loss over all positives of each query.

    Args:
        every: Integers `(candidates,)`, their labels.
        contrast: `Contrast`.
        labels: Integers `(queries,)`.
    """
    same = labels[:, None] == every[None]
    _, products = contrast.similarities()
    logits = products / contrast.temperature
    counted = hide(logits, contrast.left_out)
    log_share = logits - ops.logsumexp(counted, axis=1, keepdims=True)
    positive = hide(ops.cast(same, logits.dtype), contrast.left_out, 0.0)
    return -ops.sum(positive * log_share, axis=1) / ops.sum(positive, axis=1)


def class_labels(labels):
    shape = tuple(labels.shape)
    if len(shape) == 2 and shape[1] == 1:
        labels = labels[:, 0]
    elif len(shape) != 1:
        raise ValueError(
            "`y_true` must have one integer label per image, (batch,). Of "
            "one-hot labels take `keras.ops.argmax(labels, axis=1)`. "
            f"Received: shape {shape}"
        )
    return labels
