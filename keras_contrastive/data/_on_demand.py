from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np


class OnDemand:
    """Source of images that are read and decoded whenever they are needed.

    Args:
        num_images: Integer.
        read_one: Function from an index to the pair (`uint8` image `(height,
            width, channels)`, label or `None`). It runs in several threads:
            decoders release Python's lock.
    """

    def __init__(
        self,
        num_images: int,
        read_one: Callable[[int], tuple[np.ndarray, Any]],
    ) -> None:
        self.num_images = num_images
        self.read_one = read_one
        self.threads = ThreadPoolExecutor()

    def __len__(self) -> int:
        return self.num_images

    def read(self, indices: np.ndarray) -> tuple[np.ndarray, Any]:
        examples = self.threads.map(self.read_one, indices.tolist())
        images, labels = zip(*examples, strict=True)
        return np.stack(images), None if labels[0] is None else np.array(labels)
