"""Photographs that come with scikit-learn and scikit-image, cut into pieces.

The left part of each is there to train on, the right part to test on.
"""

import numpy as np

LEFT = 0.6
IN_COLOR = (
    "astronaut",
    "chelsea",
    "coffee",
    "hubble_deep_field",
    "immunohistochemistry",
    "rocket",
)
GRAY = ("brick", "grass", "gravel")


def photographs():
    """List of `uint8` arrays `(height, width, 3)`."""
    import skimage.data
    from sklearn.datasets import load_sample_images

    found = [getattr(skimage.data, name)() for name in IN_COLOR]
    found += [
        skimage.data.stereo_motorcycle()[0],
        skimage.data.retina()[::2, ::2],
    ]
    found += [np.stack([getattr(skimage.data, n)()] * 3, -1) for n in GRAY]
    return [np.asarray(x) for x in (*found, *load_sample_images().images)]


def halves():
    """The photographs' left parts and their right parts."""
    pictures = [(x, round(LEFT * x.shape[1])) for x in photographs()]
    return [x[:, :cut] for x, cut in pictures], [
        x[:, cut:] for x, cut in pictures
    ]


def windows(picture, height, width, stride):
    """All windows of a picture: `(windows, height, width, 3)`."""
    found = np.lib.stride_tricks.sliding_window_view(
        picture, (height, width), axis=(0, 1)
    )[::stride, ::stride]
    found = np.moveaxis(found, 2, -1)
    return found.reshape(-1, height, width, 3)


def many_windows(pictures, side, stride):
    """Square windows of all pictures, in an order of no meaning."""
    found = np.concatenate([windows(x, side, side, stride) for x in pictures])
    return np.random.default_rng(0).permutation(found)


def labeled_patches(pictures, tile, side, stride):
    """Patches of square tiles: which of all tiles does a patch come from?

    Patches of the upper half of a tile are there to learn from, those of its
    lower half to be asked about: no pixel is in both.

    Returns:
        Two pairs `(patches, labels)`.
    """
    tiles = np.concatenate([windows(x, tile, tile, tile) for x in pictures])
    half = tile // 2
    bank = [windows(x[:half], side, side, stride) for x in tiles]
    queries = [windows(x[half:], side, side, stride) for x in tiles]
    labels = np.repeat(np.arange(len(tiles)), len(bank[0]))
    return (np.concatenate(bank), labels), (np.concatenate(queries), labels)
