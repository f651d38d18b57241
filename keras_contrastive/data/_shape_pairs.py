from collections.abc import Iterable

import numpy as np

from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.data._render_shapes import render
from keras_contrastive.data._shapes import FACTORS, shape_factors

# Other streams of random numbers than those of `shapes` with the same seed.
SECOND, SAME = 2**63, 2**62


@checked
def shape_pairs(
    num_pairs: int,
    shared: str | Iterable[str] | dict[str, float],
    *,
    split: str = "train",
    image_size: int = 32,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Draws pairs of `shapes` that share some factors and no others.

    Ready views to find out which factors a model learns: those that its views
    share, and of these the easiest first.

    Args:
        num_pairs: Integer from 1.
        shared: Names of the factors that are equal in both images of a pair,
            see `shape_factors`; or a dictionary from the name to the share of
            the pairs in which it is equal, in 0..1. All others are drawn
            independently.
        split: `"train"` or `"test"`. Defaults to `"train"`.
        image_size: Integer from 8, height and width in pixels. Defaults to
            32.
        seed: Integer from 0 to 2^62 - 1. Defaults to 0.

    Returns:
        Tuple of two float32 arrays `(num_pairs, image_size, image_size, 3)`
        in 0..1. The first holds the images of `shapes` with this seed.

    Raises:
        ValueError: If a name is not among the factors, or a number is out of
            range.

    Example:

    >>> views = kc.data.shape_pairs(5000, ["shape"])
    >>> model = kc.SimCLR(encoder)
    >>> model.fit(views, batch_size=256)

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, section
        4.1, which asks this of moving digits in front of photographs.
    """
    if not isinstance(shared, dict):
        shared = dict.fromkeys(
            [shared] if isinstance(shared, str) else map(str, shared), 1
        )
    unknown = sorted(set(shared) - set(FACTORS))
    if unknown or not all(0 <= share <= 1 for share in shared.values()):
        raise ValueError(
            f"`shared` must name factors of {FACTORS}, with shares in 0..1 if "
            f"any. Received: shared={shared}"
        )
    check_integer("num_pairs", num_pairs, 1)
    check_integer("seed", seed, 0, SAME - 1)
    check_integer("image_size", image_size, 8)
    first = shape_factors(num_pairs, split=split, seed=seed)
    second = shape_factors(num_pairs, split=split, seed=seed + SECOND)
    chances = np.random.default_rng(seed + SAME).random(
        (num_pairs, len(FACTORS))
    )
    for column, name in enumerate(FACTORS):
        same = chances[:, column] < shared.get(name, 0)
        second[name] = np.where(same, first[name], second[name])
    return in_floats(first, image_size), in_floats(second, image_size)


def in_floats(factors: dict[str, np.ndarray], image_size: int) -> np.ndarray:
    return render(factors, image_size).astype("float32") / 255
