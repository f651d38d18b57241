from typing import Any

from keras import ops

from keras_contrastive._checked import checked
from keras_contrastive.contrasts.contrast import Contrast
from keras_contrastive.losses.pair_loss import PairLoss


@checked
def nce_loss(contrast: Contrast) -> Any:
    """Noise contrastive estimation: is this row the image, or noise?

    With `P = exp(s / T) / Z`, `m` negatives and noise that is uniform over
    the images, `P_n = 1 / num_images`, a row is the image with probability
    `h = P / (P + m P_n)`. The value of a query is

        -log h(positive) - sum over negatives of log(1 - h(negative))

    computed from the logit `log P - log(m P_n) = s / T - log_noise`, which
    stays finite where the authors' code needs an epsilon.

    Args:
        contrast: `Contrast` with negatives and `log_noise`, which is
            `log(Z m / num_images)`.

    Returns:
        Float tensor `(queries,)`.

    Example:

    >>> contrast = kc.contrasts.among(queries, own, negatives, temperature=0.07)
    >>> log_noise = log_z + math.log(4096 / 50000)
    >>> nce_loss(dataclasses.replace(contrast, log_noise=log_noise))

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, equations 4
        to 7.
    """
    if contrast.log_noise is None or contrast.candidates is None:
        raise ValueError(
            "`contrast` must have `candidates` and `log_noise`, as noise "
            "contrastive estimation compares with both. Received: None"
        )
    positives, negatives = contrast.scores()
    image = positives / contrast.temperature - contrast.log_noise
    others = negatives / contrast.temperature - contrast.log_noise[:, None]
    return ops.softplus(-image) + ops.sum(ops.softplus(others), axis=1)


def nce_slopes(
    contrast: Contrast, positives: Any, negatives: Any
) -> tuple[Any, Any]:
    """`(1 - h) / T` of the positive, `h / T` of each negative."""
    temperature, noise = contrast.temperature, contrast.log_noise
    pull = ops.sigmoid(noise - positives / temperature)
    push = ops.sigmoid(negatives / temperature - noise[:, None])
    return pull / temperature, push / temperature


NCE = PairLoss(nce_loss, nce_slopes)
"""`nce_loss` with its derivative: InstDis, PIRL, CMC."""
