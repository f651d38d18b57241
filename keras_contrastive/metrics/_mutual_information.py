import math

import numpy as np

from keras_contrastive._checked import checked
from keras_contrastive.contrasts import Scores
from keras_contrastive.metrics._unit import float64


@checked
def mutual_information(
    scores: Scores | None, *, unit: str = "nats"
) -> dict[str, float]:
    """What the scores of pairs tell of the information that views share.

    None of these is the mutual information of the views: they are bounds by
    the critic that was trained, and change with encoder, temperature and
    number of negatives. Compare them where these are the same.

    * `info_nce`: `log(candidates) - loss`, with the positive among the
      candidates. A lower bound if negatives are drawn independently of the
      query, as other images of the same view are; a proxy for a queue, a
      bank, or negatives of both views. Never above `cap`.
    * `nwj`: the bound of Nguyen, Wainwright and Jordan, with the best
      constant added to the scores, which makes it that of Donsker and
      Varadhan: `mean(s+) - log(mean(exp(s-)))`. No cap, but a variance that
      grows exponentially with the information; the constant is fitted to the
      same negatives, which lifts the value of small samples.
    * `jensen_shannon`: a lower bound of the Jensen-Shannon divergence of
      positive and negative pairs, which is in 0..log 2, with the same
      constant; the bound itself can fall below 0. It rises with the mutual
      information and is no estimate of it.

    Args:
        scores: `keras_contrastive.contrasts.Scores` with negatives, of images
            that were not trained on: others are told apart by heart.
        unit: `"nats"` or `"bits"`.

    Returns:
        Dictionary of floats: the three, `cap`, the largest value that
        `info_nce` can have, and `error`, its standard error, as if queries
        were independent.

    Raises:
        ValueError: For scores without negatives, or another unit.

    Example:

    >>> scores = model.scores(model(images, training=False))
    >>> mutual_information(scores, unit="bits")["info_nce"]

    Reference: van den Oord et al., 2018, https://arxiv.org/abs/1807.03748;
        the others as in Poole et al., 2019,
        https://arxiv.org/abs/1905.06922, and Hjelm et al., 2018,
        https://arxiv.org/abs/1808.06670.
    """
    if scores is None or scores.negatives is None:
        raise ValueError(
            "`scores` must have negatives, as those of `SimCLR` or `MoCo`. "
            f"Received: scores={scores}"
        )
    if unit not in ("nats", "bits"):
        raise ValueError(
            f'`unit` must be "nats" or "bits". Received: unit={unit!r}'
        )
    positives = float64(scores.positives) / scores.temperature
    temperature = scores.negative_temperature or scores.temperature
    negatives = float64(scores.negatives) / temperature
    logits = np.concatenate([positives[:, None], negatives], axis=1)
    cap = math.log(logits.shape[1])
    values = cap - (log_sum_exp(logits, axis=1) - positives)
    constant = log_sum_exp(negatives) - math.log(negatives.size)
    critic = (positives - constant, negatives - constant)
    found = {
        "info_nce": values.mean(),
        "nwj": critic[0].mean(),
        "jensen_shannon": math.log(2)
        - (softplus(-critic[0]).mean() + softplus(critic[1]).mean()) / 2,
        "cap": cap,
        "error": values.std() / math.sqrt(len(values)),
    }
    scale = math.log(2) if unit == "bits" else 1.0
    return {name: float(value / scale) for name, value in found.items()}


def log_sum_exp(x, axis=None):
    top = x.max(axis=axis, keepdims=True)
    total = np.exp(x - top).sum(axis=axis, keepdims=True)
    return np.squeeze(top + np.log(total), axis)


def softplus(x):
    return np.logaddexp(0, x)
