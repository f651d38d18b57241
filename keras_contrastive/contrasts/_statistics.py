from typing import Any

from keras import ops

from keras_contrastive._checked import checked
from keras_contrastive.contrasts.scores import Scores
from keras_contrastive.ops import gather

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 64
# Scores that quantiles and histograms are read from, at most.
SAMPLE = 4096


@checked
def score_statistics(scores: Scores) -> dict[str, Any]:
    """Describes positive and negative scores of a step.

    All are of the scores as they enter the loss, before the temperature; of
    the global batch under `tf.distribute`. With `T` the temperature, and means
    over queries:

    * `positive_mean`, and `positive_variance`, over queries, divided by
      their number;
    * `raw_positive_mean`: the same before features were transformed;
    * `negative_mean`, and `negative_variance`, of the negatives of each query
      and unbiased, divided by their number less one, 0 of a single one;
    * `positive_exp`, `negative_exp`: mean of `exp(score / T)`, infinite where
      float32 cannot hold it, beyond a score of 88 T;
    * `hardest_negative`: the largest score of a negative;
    * `pretext_accuracy`: share of queries whose positive beats them all;
    * `positive_gradient`, `negative_gradient`: how fast the loss falls with
      the positive's score, and rises with those of all negatives together.
      The two are equal for InfoNCE;
    * `hardest_share`: share of the latter that the hardest negative has;
    * `positive_quantiles`, `negative_quantiles`: at 5, 25, 50, 75 and 95 %,
      interpolated;
    * `positive_histogram`, `negative_histogram`: shares in 64 equal bins on
      [-1, 1]; what lies outside counts in the outer bins.

    Quantiles and histograms are those of up to 4096 scores, spread evenly
    over queries and negatives. Without negatives their entries are missing.

    Args:
        scores: `keras_contrastive.contrasts.Scores`.

    Returns:
        Dictionary of float32 tensors: scalars, quantiles `(5,)`, histograms
        `(64,)`.

    Example:

    >>> outputs = model(images, training=False)
    >>> found = score_statistics(model.scores(outputs))
    >>> float(found["positive_mean"])

    Reference: Zhu et al., 2021, https://arxiv.org/abs/2108.02982: means,
        variances and exponentials as their released code computes them; the
        others are ours.
    """
    rows = row_statistics(
        scores.positives,
        scores.negatives,
        scores.pull,
        scores.push,
        scores.temperature,
        scores.negative_temperature,
        scores.raw_positives,
    )
    negatives = scores.negatives
    return described(rows, None if negatives is None else sample(negatives))


def row_statistics(
    positives, negatives, pull, push, temperature, negative_temperature, raw
):
    """Statistics of each query, `(queries,)`, in a dictionary."""
    found = {
        "positive_mean": positives,
        "raw_positive_mean": positives if raw is None else raw,
        "positive_exp": ops.exp(positives / temperature),
        "positive_gradient": pull,
    }
    if negatives is None:
        return found
    number = ops.cast(ops.shape(negatives)[1], negatives.dtype)
    hardest, strongest = ops.max(negatives, axis=1), ops.max(push, axis=1)
    total = ops.sum(push, axis=1)
    return {
        **found,
        "negative_mean": ops.mean(negatives, axis=1),
        "negative_variance": ops.var(negatives, axis=1)
        * number
        / ops.maximum(number - 1, 1),
        "negative_exp": ops.mean(
            ops.exp(negatives / (negative_temperature or temperature)), axis=1
        ),
        "hardest_negative": hardest,
        "pretext_accuracy": ops.cast(positives > hardest, "float32"),
        "negative_gradient": total,
        "hardest_share": strongest / ops.maximum(total, 1e-30),
    }


def described(rows, sampled):
    """The statistics of a step.

    Args:
        rows: What `row_statistics` returned for the queries of this replica.
        sampled: `(count,)`, some of its negatives, or None.
    """
    every = {name: gather(values) for name, values in rows.items()}
    found = {name: ops.mean(values) for name, values in every.items()}
    positives = every["positive_mean"]
    found["positive_variance"] = ops.var(positives)
    found |= spread("positive", positives)
    if sampled is not None:
        found |= spread("negative", gather(sampled))
    return {name: ops.cast(found[name], "float32") for name in sorted(found)}


def spread(kind, values):
    ordered = ops.sort(sample(values))
    count = ops.shape(ordered)[0]
    place = ops.cast(count - 1, "float32") * ops.convert_to_tensor(LEVELS)
    below = ops.cast(ops.floor(place), "int32")
    above = ops.minimum(below + 1, count - 1)
    low, high = ops.take(ordered, below), ops.take(ordered, above)
    between = place - ops.floor(place)
    edges = [-1 + 2 * i / BINS for i in range(1, BINS)]
    edges = ops.cast(ops.convert_to_tensor(edges), ordered.dtype)
    up_to = ops.cast(ops.searchsorted(ordered, edges), "float32")
    ends = ops.cast(ops.reshape(count, (1,)), "float32")
    up_to = ops.concatenate([ops.zeros((1,)), up_to, ends])
    return {
        f"{kind}_quantiles": low + between * (high - low),
        f"{kind}_histogram": (up_to[1:] - up_to[:-1]) / ends,
    }


def sample(values):
    """At most `SAMPLE` of the values, evenly spaced."""
    values = ops.reshape(values, (-1,))
    count = ops.shape(values)[0]
    # Odd, so that of a queue whose size is a power of two it misses no keys.
    stride = (count + SAMPLE - 1) // SAMPLE
    stride = stride + (stride + 1) % 2
    taken = (count + stride - 1) // stride
    return ops.take(values, ops.arange(taken, dtype="int32") * stride)
