import numpy as np
import pytest
from keras import ops

from keras_contrastive.views import ColorJitter, simclr
from tests.views.recipes.settings import blur, crop, gray, jitter, settings
from tests.views.samples import draw_views

AREA = (0.08, 1.0)


def test_imagenet_as_published():
    view = [
        crop(224, AREA, "bicubic"),
        jitter(0.8, 0.8, 0.8, 0.2),
        gray(),
        blur(),
    ]
    assert settings(simclr(224, seed=1)) == [view, view]


def test_cifar_as_published():
    view = [crop(32, AREA, "bicubic"), jitter(0.4, 0.4, 0.4, 0.1), gray()]
    views = simclr(32, strength=0.5, blur=False, seed=1)
    assert settings(views) == [view, view]


@pytest.mark.parametrize("channels", [1, 4, 13])
def test_images_that_are_not_red_green_blue(channels):
    view = [
        crop((28, 20), AREA, "bicubic"),
        jitter(0.8, 0.8, 0, 0),
        blur(),
    ]
    views = simclr((28, 20), channels=channels, seed=1)
    assert settings(views) == [view, view]
    for pipeline in views.pipelines:
        pipeline.check((40, 40, channels))


def test_strong_jitter_stays_in_range():
    config = dict(settings(simclr(32, strength=4.0))[0])[ColorJitter]
    assert config["brightness"] == (0, pytest.approx(4.2))
    assert config["hue"] == (-0.5, 0.5)


def test_no_jitter():
    assert jitter(0, 0, 0, 0) in settings(simclr(32, strength=0))[0]


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
        ({"channels": 0}, "`channels` must be an integer.*channels=0"),
        ({"channels": 2.5}, "`channels` must be an integer.*channels=2.5"),
        ({"num_views": 1}, "`num_views` must be an int.* pair.*num_views=1"),
        ({"image_size": 0}, "`image_size` must be positive.*=0"),
        ({"seed": -1}, "`seed` must be an integer.*seed=-1"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        simclr(**{"image_size": 8, **arguments})
