import numpy as np
import pytest

from keras_contrastive.evaluation._overlap import check_overlap, digest


def stars(count, column, side=64):
    """Black pictures with one bright spot each, no two alike."""
    images = np.zeros((count, side, side, 1), "uint8")
    images[np.arange(count), np.arange(count), column] = 255
    return images


def overlap(train, test, max_overlap=0.05):
    check_overlap(map(digest, train), map(digest, test), max_overlap)


def test_pictures_that_differ_in_one_pixel_are_no_overlap():
    overlap(stars(40, 1), stars(40, 3), max_overlap=0.0)
    faint = np.where(stars(40, 1) > 0, 254, 0).astype("uint8")
    overlap(stars(40, 1), faint, max_overlap=0.0)
    # Floats between the levels of 8 bits, and far below the first of them.
    floats = stars(40, 1) / np.float32(255)
    for scale in (0.999, 0.004, 1e-6):
        overlap(floats, scale * floats, max_overlap=0.0)
        overlap(scale * floats, 0.99 * scale * floats, max_overlap=0.0)
    # The same bytes of another shape.
    black = np.zeros((1, 4, 4, 1), "uint8")
    overlap(black, black.reshape(1, 2, 8, 1), max_overlap=0.0)


@pytest.mark.parametrize(
    "convert",
    [
        lambda x: x,
        lambda x: x / 255,
        lambda x: x / np.float32(255),
        lambda x: x * np.float32(1 / 255),
    ],
)
def test_a_leak_is_refused_both_ways_as_integers_and_as_floats(convert):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (60, 70, 70, 1), dtype="uint8")
    few, many = images[:3], convert(images)
    for train, test, name in ((few, many, "train"), (many, few, "test")):
        with pytest.raises(ValueError, match=f"3 of 3 images of `{name}`"):
            overlap(train, test)
        with pytest.raises(ValueError, match="3 of 3"):
            overlap(train, test, max_overlap=0.99)
        overlap(train, test, max_overlap=1.0)


def test_the_share_that_the_message_names_is_enough():
    train, test = stars(40, 1), np.concatenate([stars(13, 1), stars(27, 2)])
    with pytest.raises(ValueError, match=r"`max_overlap=0\.33`.*13 of 40"):
        overlap(train, test)
    overlap(train, test, max_overlap=0.33)
    # 0.29 * 100 is less than 29.
    rng = np.random.default_rng(0)
    train, test = rng.integers(0, 256, (2, 100, 4, 4, 1), "uint8")
    test[:29] = train[:29]
    with pytest.raises(ValueError, match=r"`max_overlap=0\.29`.*29 of 100"):
        overlap(train, test)
    overlap(train, test, max_overlap=0.29)


def test_a_picture_that_a_set_repeats_counts_once():
    blank = np.zeros((60, 64, 64, 1), "uint8")
    train = np.concatenate([stars(40, 1), blank])
    test = np.concatenate([stars(40, 3), blank])
    overlap(train, test)
    with pytest.raises(ValueError, match="1 of 1 images of `test`"):
        overlap(train, blank)
