from concurrent.futures import ThreadPoolExecutor

import numpy as np


class OnDemand:
    """Source of images that are read and decoded whenever they are wanted.

    Args:
        num_images: Integer.
        read_one: Function from an index to the pair (`uint8` image `(height,
            width, channels)`, label or `None`). It runs in several threads:
            decoders release Python's lock.
    """

    def __init__(self, num_images, read_one):
        self.num_images = num_images
        self.read_one = read_one
        self.threads = ThreadPoolExecutor()

    def __len__(self):
        return self.num_images

    def read(self, indices):
        examples = self.threads.map(self.read_one, indices.tolist())
        images, labels = zip(*examples, strict=True)
        return np.stack(images), None if labels[0] is None else np.array(labels)
