"""What losses of two views share."""

from keras import ops

from keras_contrastive.ops import global_rows

# Below every logit and finite in float32.
MASKED = -1e9


def same_image(anchors, keys, views=1):
    """Where a key, of any replica, shows the image of an anchor.

    Of several views an image, those of one stand next to each other.
    """
    rows = global_rows(ops.shape(anchors)[0]) // views
    columns = ops.arange(ops.shape(keys)[0], dtype="int32") // views
    return rows[:, None] == columns[None]


def positive_of(logits, own):
    """The logit of the positive, one an anchor.

    Read from the logits and not computed again: rounded differently, as by
    hardware with fast matrix products, the loss could fall below 0.
    """
    return ops.sum(ops.where(own, logits, 0.0), axis=1)


def check_pair(z1, z2):
    """Two projections of the same images, with at least one negative."""
    if len(z1.shape) != 2 or tuple(z1.shape) != tuple(z2.shape):
        raise ValueError(
            "`y_true` and `y_pred` must be projections of the same shape "
            "(batch, units). "
            f"Received: shapes {tuple(z1.shape)} and {tuple(z2.shape)}"
        )
    if z1.shape[0] == 1:
        raise ValueError(
            "`y_true` and `y_pred` must have at least 2 rows: one image "
            f"alone has no negatives. Received: shape {tuple(z1.shape)}"
        )
