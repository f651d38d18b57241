"""Losses of scores against a memory bank."""

import math

from keras import ops

from keras_contrastive.losses._scores import Scores
from keras_contrastive.ops import wide_float


def nce(positives, negatives, log_z, *, temperature, num_images):
    """Noise contrastive estimation: is this row the image, or noise?

    With `P = exp(score / temperature) / Z`, `m` negatives and noise that is
    uniform over the images, `P_n = 1 / num_images`, a row is the image with
    probability `h = P / (P + m P_n)`. The value of an image is

        -log h(positive) - sum over negatives of log(1 - h(negative))

    computed from the logit `log P - log(m P_n)`, which stays finite where the
    authors' code needs an epsilon.

    Args:
        positives: Cosines with the own row, `(batch,)`.
        negatives: Cosines with the negatives, `(batch, m)`.
        log_z: Logarithm of the constant Z, `(batch,)`, see
            `keras_contrastive.layers.NoiseConstant`.
        temperature: Positive float.
        num_images: Integer, rows of the bank.

    Returns:
        float32 `(batch,)`.

    Example:

    >>> nce(positives, negatives, log_z, temperature=0.07, num_images=50000)

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, equations 4
        to 7.
    """
    positives, negatives = wide_float(positives), wide_float(negatives)
    noise = math.log(negatives.shape[1] / num_images)
    shift = wide_float(log_z) + noise
    image = positives / temperature - shift
    others = negatives / temperature - shift[:, None]
    return ops.softplus(-image) + ops.sum(ops.softplus(others), axis=1)


def nce_scores(positives, negatives, log_z, *, temperature, num_images):
    """`Scores` of `nce`: each row is pulled or pushed for itself."""
    positives, negatives = wide_float(positives), wide_float(negatives)
    shift = wide_float(log_z) + math.log(negatives.shape[1] / num_images)
    pull = ops.sigmoid(shift - positives / temperature)
    push = ops.sigmoid(negatives / temperature - shift[:, None])
    return Scores(
        positives,
        negatives,
        pull / temperature,
        push / temperature,
        temperature,
    )


def memory_softmax(positives, negatives, *, temperature):
    """Picks the own row of each image among all rows of the bank.

    The non-parametric softmax, without an approximation.

    Args:
        positives: Cosines with the own row, `(batch,)`.
        negatives: Cosines with all rows, the own one included, `(batch,
            num_images)`.
        temperature: Positive float.

    Returns:
        float32 `(batch,)`.

    Example:

    >>> memory_softmax(positives, negatives, temperature=0.07)

    Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, equation 2.
    """
    logits = wide_float(negatives) / temperature
    return ops.logsumexp(logits, axis=1) - wide_float(positives) / temperature
