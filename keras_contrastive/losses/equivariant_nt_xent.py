from typing import Any

from keras import ops

from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._export import export
from keras_contrastive.contrasts import Contrast
from keras_contrastive.losses.contrast_loss import ContrastLoss
from keras_contrastive.ops import gather, global_rows, l2_normalize


@export
class EquivariantNTXent(ContrastLoss):
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
        temperature: float = 0.2,
        *,
        sibling_negatives: bool = True,
        name: str = "equivariant_nt_xent",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)
        self.sibling_negatives = sibling_negatives

    def check(self, y_true: Any, y_pred: Any) -> None:
        check_stacks(y_true, y_pred)

    def contrasts(self, y_true: Any, y_pred: Any) -> list[Contrast]:
        views, units = y_true.shape[1:]
        # Views of an image stand next to each other, on all replicas.
        actual = l2_normalize(ops.reshape(y_true, (-1, units)))
        predicted = l2_normalize(ops.reshape(y_pred, (-1, units)))
        all_actual, all_predicted = gather(actual), gather(predicted)
        own = global_rows(ops.shape(actual)[0])
        count = ops.shape(all_actual)[0]
        left_out = [own + count]
        if not self.sibling_negatives:
            first = own // views * views
            for i in range(1, views):
                sibling = first + (own + i) % views
                left_out += [sibling, sibling + count]
        return [
            Contrast(
                queries,
                keys,
                ops.concatenate([other_kind, same_kind], axis=0),
                own,
                tuple(left_out),
                self.temperature,
                per_image=views,
            )
            for queries, keys, other_kind, same_kind in (
                (actual, predicted, all_predicted, all_actual),
                (predicted, actual, all_actual, all_predicted),
            )
        ]


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
