import numpy as np
import pytest
from keras import ops

from keras_contrastive.views import (
    ColorJitter,
    GaussianBlur,
    Grayscale,
    RandomResizedCrop,
    simclr,
)
from tests.views.samples import draw_views


def transforms(*args, **kwargs):
    """What each view consists of: class and settings."""
    views = simclr(*args, seed=1, **kwargs)
    found = []
    for pipeline in views.pipelines:
        configs = [(type(t), t.get_config()) for t in pipeline.transforms]
        for _, config in configs:
            del config["name"], config["trainable"]
        found.append(configs)
    return found


def crop(height, width):
    return {
        "size": (height, width),
        "scale": (0.08, 1.0),
        "ratio": (3 / 4, 4 / 3),
        "flip": 0.5,
        "interpolation": "bicubic",
        "antialias": True,
        "probability": 1.0,
    }


def jitter(tone, saturation, hue):
    """Highest and lowest factor of a strength `s`: 1 - s and 1 + s."""
    return {
        "brightness": (pytest.approx(1 - tone), 1 + tone),
        "contrast": (pytest.approx(1 - tone), 1 + tone),
        "saturation": (pytest.approx(1 - saturation), 1 + saturation),
        "hue": (-hue, hue),
        "probability": 0.8,
    }


GREY = {"probability": 0.2}
BLUR = {"sigma": (0.1, 2.0), "kernel_size": None, "probability": 0.5}


def test_imagenet_as_published():
    view = [
        (RandomResizedCrop, crop(224, 224)),
        (ColorJitter, jitter(0.8, 0.8, 0.2)),
        (Grayscale, GREY),
        (GaussianBlur, BLUR),
    ]
    assert transforms(224) == [view, view]


def test_cifar_as_published():
    view = [
        (RandomResizedCrop, crop(32, 32)),
        (ColorJitter, jitter(0.4, 0.4, 0.1)),
        (Grayscale, GREY),
    ]
    assert transforms(32, strength=0.5, blur=False) == [view, view]


@pytest.mark.parametrize("channels", [1, 4, 13])
def test_images_that_are_not_red_green_blue(channels):
    view = [
        (RandomResizedCrop, crop(28, 20)),
        (ColorJitter, jitter(0.8, 0, 0)),
        (GaussianBlur, BLUR),
    ]
    assert transforms((28, 20), channels=channels) == [view, view]
    for pipeline in simclr(28, channels=channels, seed=1).pipelines:
        pipeline.check((40, 40, channels))


def test_strong_jitter_stays_in_range():
    config = dict(transforms(32, strength=4.0)[0])[ColorJitter]
    assert config["brightness"] == (0, pytest.approx(4.2))
    assert config["hue"] == (-0.5, 0.5)


def test_no_jitter():
    config = dict(transforms(32, strength=0)[0])[ColorJitter]
    assert config == jitter(0, 0, 0)


def test_number_of_views():
    views = simclr(8, num_views=3, seed=1)
    assert len(views.pipelines) == len({id(p) for p in views.pipelines}) == 3
    boxes = [
        ops.convert_to_numpy(d[0]["top"])
        for d in draw_views(views, 40, (64, 64, 3), 1)
    ]
    assert not np.array_equal(boxes[0], boxes[1])
    assert not np.array_equal(boxes[0], boxes[2])


def test_seed_is_passed_on():
    assert simclr(8, seed=3).seed == 3


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"strength": -1}, "`strength` scales.*at least 0.*strength=-1"),
        ({"channels": 0}, "`channels` must be a positive.*channels=0"),
        ({"channels": 2.5}, "`channels` must be a positive.*channels=2.5"),
        ({"num_views": 1}, "`num_views` must be at least 2.*num_views=1"),
        ({"image_size": 0}, "size` must be positive.*=0"),
        ({"seed": -1}, "`seed` must be an integer.*seed=-1"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        simclr(**{"image_size": 8, **arguments})
