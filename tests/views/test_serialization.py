"""Every class of views survives a file, with settings unlike its defaults."""

import json

import keras
import numpy as np
import pytest
from keras.saving import deserialize_keras_object as deserialize
from keras.saving import serialize_keras_object as serialize

from keras_contrastive import views
from tests.views.samples import arrays, draw, draw_views, images, replay

SHAPE = (8, 8, 3)
CROP = views.RandomResizedCrop(
    (5, 6),
    scale=(0.2, 0.9),
    ratio=(0.5, 1.5),
    flip=0.2,
    interpolation="bicubic",
    antialias=False,
    probability=0.7,
    name="cut",
)
JITTER = views.ColorJitter((0.5, 2), 0.4, 0.3, (-0.1, 0.2), probability=0.8)
BLUR = views.GaussianBlur(sigma=(0.3, 1.0), kernel_size=5, probability=0.4)
GRAY = views.Grayscale(probability=0.3)
RAND_AUGMENT = views.RandAugment(
    num_operations=1, magnitude=5, magnitude_std=2, rate=0.9, probability=0.7
)
SOLARIZE = views.Solarize(threshold=0.3, probability=0.6)
COLOR_SPACE = views.ColorSpace("lab")
NORMALIZE = views.Normalize(0.4, (0.2, 0.3, 0.4))
SPLITS = [views.ChannelSplit(first=2), views.FrequencySplit(sigma=(0.3, 1.0))]
PATCHES = [
    views.Jigsaw(3, grid=2),
    views.ColorDrop(probability=0.6),
    views.PatchFlip(probability=0.6),
    views.PatchGrid(4, 2, crop=3),
    views.PatchPair(3, 2),
    views.QuarterTurns(probability=0.6),
]
AUGMENT = views.Augment(
    keras.layers.RandomBrightness(0.3, value_range=(0, 1)),
    probability=0.6,
    value_range=(0, 1),
)
PIPELINE = views.Pipeline([CROP, JITTER, GRAY, BLUR], name="both")
TRANSFORMS = [CROP, JITTER, BLUR, GRAY, PIPELINE]
TRANSFORMS += [AUGMENT, RAND_AUGMENT, SOLARIZE, COLOR_SPACE, NORMALIZE]
TRANSFORMS += [*SPLITS, *PATCHES]
MULTI_VIEW = views.MultiView([PIPELINE, views.Pipeline([GRAY])], seed=9)


def restored(thing):
    """What a file in JSON gives back."""
    return deserialize(json.loads(json.dumps(serialize(thing))))


def test_all_classes_are_here():
    public = {getattr(views, name) for name in views.__all__}
    classes = {thing for thing in public if isinstance(thing, type)}
    here = {type(thing) for thing in [*TRANSFORMS, MULTI_VIEW]}
    abstract = {views.BaseTransform, views.Transform, views.Split}
    assert classes - abstract - {views.ViewFamily} == here


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda t: t.name)
def test_transforms(transform):
    again = restored(transform)
    assert type(again) is type(transform)
    # As text: layers of others turn pairs into lists.
    assert json.dumps(serialize(again)) == json.dumps(serialize(transform))
    assert again.parameter_names == transform.parameter_names
    old, new = (draw(t, 20, SHAPE) for t in (transform, again))
    keras.tree.map_structure(
        np.testing.assert_array_equal, arrays(old), arrays(new)
    )
    pixels = images(20, *SHAPE)
    keras.tree.map_structure(
        np.testing.assert_array_equal,
        replay(again, pixels, old),
        replay(transform, pixels, old),
    )


def test_multi_view():
    again = restored(MULTI_VIEW)
    assert again.seed == 9 and serialize(again) == serialize(MULTI_VIEW)
    keras.tree.map_structure(
        np.testing.assert_array_equal,
        arrays(draw_views(again, 20, SHAPE, 3)),
        arrays(draw_views(MULTI_VIEW, 20, SHAPE, 3)),
    )
