import random
from typing import Any

from keras_contrastive._check_integer import check_integer

MAX_SEED = 2**31 - 1


def seed_of(seed: Any) -> int:
    """The seed, or for None one drawn from Keras' global seed.

    `keras.utils.set_random_seed` seeds Python's generator too.
    """
    if seed is None:
        return random.randint(0, MAX_SEED)
    check_integer("seed", seed, 0, MAX_SEED)
    return int(seed)
