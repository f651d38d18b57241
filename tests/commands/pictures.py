"""Folders of pictures for tests."""

import numpy as np
from PIL import Image

SIZES = ((40, 60), (50, 40), (64, 80))


def picture_folder(folder, count=12, sizes=SIZES):
    """Two classes, red and blue, of that many pictures: JPEG and PNG."""
    rng = np.random.default_rng(0)
    for channel, name in ((0, "red"), (2, "blue")):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            shape = (*sizes[number % len(sizes)], 3)
            pixels = rng.integers(0, 100, shape, "uint8")
            pixels[..., channel] += 150
            ending = ("png", "jpg")[number % 2]
            path = folder / name / f"{number:02}.{ending}"
            Image.fromarray(pixels).save(path)
    return folder
