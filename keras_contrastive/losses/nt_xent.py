import keras
from keras import ops

from keras_contrastive.export import export
from keras_contrastive.losses.temperature import check_temperature
from keras_contrastive.ops import gather, global_rows, l2_normalize

# Below every logit and finite in float32.
MASKED = -1e9


@export
class NTXent(keras.losses.Loss):
    """Normalised temperature-scaled cross entropy of SimCLR.

    Each of the `2N` projections of a batch is to find its positive, the other
    view of its image, among all others: only itself is left out of the
    softmax. Projections are normalised here, in float32. Under
    `tf.distribute` negatives come from all replicas, with their gradient.

    The value of an image is the *mean* of its two directions, so the batch
    mean is the paper's loss. (The authors' TensorFlow code returns the *sum*
    of the two directions, twice as much.)

    Args:
        temperature: Positive float that divides the similarities. Defaults
            to 0.1, the paper's best on ImageNet; the authors' CIFAR-10
            command uses 0.5.

    Call arguments:
        y_true, y_pred: Projections `(batch, units)` of the two views; the
            loss is symmetric.

    Returns:
        With `reduction=None`, float32 `(batch,)`.

    Raises:
        ValueError: For a temperature that is not positive, projections that
            are not two equal matrices, or a batch of one (no negatives).

    Example:

    >>> loss = keras_contrastive.losses.NTXent(temperature=0.5)
    >>> float(loss(projections_1, projections_2))

    Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, equation 1.
    """

    def __init__(self, temperature=0.1, name="nt_xent", **kwargs):
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)

    def call(self, y_true, y_pred):
        z1, z2 = l2_normalize(y_true), l2_normalize(y_pred)
        check_pair(z1, z2)
        all_1, all_2 = gather(z1), gather(z2)
        first = self.one_direction(z1, all_1, all_2)
        second = self.one_direction(z2, all_2, all_1)
        return (first + second) / 2

    def one_direction(self, anchors, same_view, other_view):
        own = same_image(anchors, same_view)
        same = self.similarities(anchors, same_view)
        same = ops.where(own, ops.cast(MASKED, same.dtype), same)
        other = self.similarities(anchors, other_view)
        logits = ops.concatenate([other, same], axis=1)
        return ops.logsumexp(logits, axis=1) - positive_of(other, own)

    def similarities(self, anchors, keys):
        return ops.matmul(anchors, ops.transpose(keys)) / self.temperature

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}


def same_image(anchors, keys):
    """Where a key, of any replica, shows the image of an anchor."""
    rows = global_rows(ops.shape(anchors)[0])
    columns = ops.arange(ops.shape(keys)[0], dtype="int32")
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
