from keras import ops

from keras_contrastive._export import export
from keras_contrastive.losses._pair_loss import PairLoss
from keras_contrastive.losses._pairs import MASKED, positive_of, same_image


@export
class NTXent(PairLoss):
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
        super().__init__(temperature, name=name, **kwargs)

    def one_direction(self, anchors, same_view, other_view):
        own = same_image(anchors, same_view)
        same = self.similarities(anchors, same_view)
        same = ops.where(own, ops.cast(MASKED, same.dtype), same)
        other = self.similarities(anchors, other_view)
        logits = ops.concatenate([other, same], axis=1)
        return ops.logsumexp(logits, axis=1) - positive_of(other, own)

    def similarities(self, anchors, keys):
        return ops.matmul(anchors, ops.transpose(keys)) / self.temperature
