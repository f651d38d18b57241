"""What losses of two views share."""

from keras import ops

from keras_contrastive.ops import gather, global_rows

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


def without_own(scores, own):
    """Scores `(queries, keys)` without one column of each row."""
    columns = ops.arange(ops.shape(scores)[1] - 1, dtype="int32")[None]
    is_behind = columns >= ops.cast(own, "int32")[:, None]
    columns = columns + ops.cast(is_behind, "int32")
    return ops.take_along_axis(scores, columns, axis=1)


def batch_scores(z1, z2, anchors=None):
    """Cosines of all pairs of a global batch, as NT-Xent compares them.

    Args:
        z1: Unit vectors `(batch, units)` of the first view.
        z2: The same of the second view.
        anchors: Pair of vectors that are compared with them. Defaults to the
            same.

    Returns:
        Pair: positives `(2 batch,)` and negatives `(2 batch, 2 (N - 1))` of a
        global batch of `N`, anchors first of the one view, then of the other.
    """
    own = global_rows(ops.shape(z1)[0])
    positives, negatives = [], []
    first, second = anchors or (z1, z2)
    for queries, same, other in ((first, z1, z2), (second, z2, z1)):
        across = ops.matmul(queries, ops.transpose(gather(other)))
        within = ops.matmul(queries, ops.transpose(gather(same)))
        positives.append(ops.take_along_axis(across, own[:, None], 1)[:, 0])
        both = [without_own(across, own), without_own(within, own)]
        negatives.append(ops.concatenate(both, axis=1))
    return ops.concatenate(positives), ops.concatenate(negatives)


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
