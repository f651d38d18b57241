import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive.losses._pairs import MASKED, positive_of, same_image
from keras_contrastive.losses._temperature import check_temperature
from keras_contrastive.ops import gather, l2_normalize
from keras_contrastive.ops._mean import mean


@export
class EquivariantNTXent(keras.losses.Loss):
    """NT-Xent between embeddings of views and what was predicted of them.

    Each of the `V` views of an image gives two rows: its embedding and the
    prediction of it. A row is to find its partner among all rows, those of
    the global batch under `tf.distribute`, with their gradient. (The authors'
    code detaches rows of other devices and multiplies the loss instead.) The
    value of an image is the mean of its `2 V` rows.

    Whether rows of the *other* views of the same image are negatives is open.
    The authors' code keeps them, and so does the default: a module that gives
    all views of an image the same embedding, invariance, then pays for it,
    `log(3 + ...)` instead of `log(1 + ...)`. The paper's equation 4 leaves
    them out, as others have read it, and is then indifferent between
    invariance and equivariance: `sibling_negatives=False`.

    Args:
        temperature: Positive float. Defaults to 0.2.
        sibling_negatives: Boolean, whether other views of the image are
            negatives. Defaults to True.

    Call arguments:
        y_true: Embeddings of the views, `(batch, V, units)`.
        y_pred: Predictions of them, of the same shape.

    Returns:
        With `reduction=None`, float32 `(batch,)`.

    Raises:
        ValueError: For a temperature that is not positive, or tensors that
            are not of one shape `(batch, V, units)`.

    Example:

    >>> loss = keras_contrastive.losses.EquivariantNTXent()
    >>> float(loss(embeddings, predictions))

    Reference: Devillers and Lefort, 2022, https://arxiv.org/abs/2211.01244,
        and the authors' code.
    """

    def __init__(
        self,
        temperature=0.2,
        sibling_negatives=True,
        name="equivariant_nt_xent",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)
        self.sibling_negatives = sibling_negatives

    def call(self, y_true, y_pred):
        check_stacks(y_true, y_pred)
        views, units = y_true.shape[1:]
        # Views of an image stand next to each other, on all replicas.
        actual = l2_normalize(ops.reshape(y_true, (-1, units)))
        predicted = l2_normalize(ops.reshape(y_pred, (-1, units)))
        all_actual, all_predicted = gather(actual), gather(predicted)
        first = self.one_direction(actual, all_actual, all_predicted, views)
        second = self.one_direction(predicted, all_predicted, all_actual, views)
        return mean(ops.reshape((first + second) / 2, (-1, views)), axis=1)

    def one_direction(self, anchors, same_kind, other_kind, views):
        own = same_image(anchors, same_kind)
        siblings = own
        if not self.sibling_negatives:
            siblings = same_image(anchors, same_kind, views)
        other = self.similarities(anchors, other_kind)
        same = self.similarities(anchors, same_kind)
        masked = ops.cast(MASKED, other.dtype)
        logits = ops.concatenate(
            [
                ops.where(ops.logical_xor(siblings, own), masked, other),
                ops.where(siblings, masked, same),
            ],
            axis=1,
        )
        return ops.logsumexp(logits, axis=1) - positive_of(other, own)

    def similarities(self, anchors, keys):
        return ops.matmul(anchors, ops.transpose(keys)) / self.temperature

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "sibling_negatives": self.sibling_negatives,
        }


def check_stacks(y_true, y_pred):
    shapes = tuple(y_true.shape), tuple(y_pred.shape)
    if len(shapes[0]) != 3 or shapes[0] != shapes[1]:
        raise ValueError(
            "`y_true` and `y_pred` must have the same shape (batch, views, "
            f"units). Received: shapes {shapes[0]} and {shapes[1]}"
        )
    if shapes[0][0] == 1:
        raise ValueError(
            "`y_true` and `y_pred` must hold at least 2 images: one alone has "
            f"no negatives. Received: shape {shapes[0]}"
        )
