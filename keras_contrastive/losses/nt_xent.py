from typing import Any

from keras_contrastive._check_temperature import check_temperature
from keras_contrastive._export import export
from keras_contrastive.contrasts import Contrast, both_directions
from keras_contrastive.losses.contrast_loss import ContrastLoss


@export
class NTXent(ContrastLoss):
    """Normalized temperature-scaled cross entropy of SimCLR.

    Each of the `2N` projections of a batch is to find its positive, the other
    view of its image, among all others: only itself is left out of the
    softmax. Projections are normalized here, in float32. Under
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

    def __init__(
        self, temperature: float = 0.1, *, name: str = "nt_xent", **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.temperature = check_temperature(temperature)

    def contrasts(self, y_true: Any, y_pred: Any) -> list[Contrast]:
        return both_directions(y_true, y_pred, temperature=self.temperature)
