import keras
import numpy as np
import pytest
from keras import ops

import keras_contrastive as kc
from tests.conformance import tiny

NAMES = tiny.full_views().pipelines[0].parameter_names


def make(views=None, **kwargs):
    module = kc.AugSelf(hidden_units=8, **kwargs)
    model = kc.SimSiam(
        tiny.encoder(),
        views or tiny.full_views(),
        tiny.head(),
        tiny.head(),
        modules=[module],
    )
    model.build((None, *tiny.IMAGE_SHAPE))
    return model, module


def embed(module, parameters):
    features = 2 * [ops.zeros((1, 16))]
    return module.embed(features, parameters=parameters)


def vector(**changes):
    """The parameters of an untouched image of 12 pixels, but for changes."""
    values = {name: 0.0 for name in NAMES}
    values["random_resized_crop/height"] = 12.0
    values["random_resized_crop/width"] = 12.0
    for name in ("brightness", "contrast", "saturation"):
        values[f"color_jitter/{name}"] = 1.0
    for name, value in changes.items():
        (full,) = (n for n in NAMES if n.endswith(f"/{name}"))
        values[full] = value
    return ops.convert_to_tensor([list(values.values())], "float32")


def targets(kind, first, second):
    _, module = make(term_weights={kind: 1.0})
    found = embed(module, [first, second])
    return ops.convert_to_numpy(found[f"{kind}_targets"])[0]


def test_crops_differ_in_centre_and_size():
    first = vector(top=3.0, left=0.0, height=6.0, width=12.0)
    forth, back = targets("crop", first, vector(height=6.0, width=6.0))
    # Centres (6, 6) and (3, 3) of 12 pixels; sizes 6 x 12 and 6 x 6.
    np.testing.assert_allclose(forth, [0.25, 0.25, 0, 0.5], atol=1e-6)
    np.testing.assert_allclose(back, -forth)


def test_the_centre_of_a_mirrored_view_is_mirrored():
    crop = {"left": 0.0, "width": 6.0}
    forth, _ = targets("crop", vector(**crop, flip=1.0), vector(**crop))
    np.testing.assert_allclose(forth, [0, 0.5, 0, 0], atol=1e-6)


def test_sides_of_an_oblong_image():
    _, module = make(term_weights={"crop": 1.0})
    module.image_sides = (12, 24)
    found = embed(module, [vector(top=3.0, left=6.0), vector()])
    forth = ops.convert_to_numpy(found["crop_targets"])[0, 0]
    np.testing.assert_allclose(forth, [0.25, 0.25, 0, 0], atol=1e-6)


def test_views_of_unequal_strength():
    def pipeline(strength):
        jitter = kc.views.ColorJitter(strength, probability=1.0)
        return kc.views.Pipeline([tiny.crop(), jitter])

    views = kc.views.MultiView([pipeline(0.5), pipeline(0.25)], seed=1)
    _, module = make(views, term_weights={"color": 1.0})
    names = module.parameter_names
    one = np.zeros((1, len(names)), "float32")
    for factor in ("brightness", "contrast", "saturation"):
        one[0, names.index(f"color_jitter/{factor}")] = 1
    bright = one.copy()
    bright[0, names.index("color_jitter/brightness")] = 1.25
    pair = [ops.convert_to_tensor(x) for x in (bright, bright)]
    found = embed(module, pair)
    # A quarter of the range 0.5..1.5, and half of 0.75..1.25.
    forth = ops.convert_to_numpy(found["color_targets"])[0, 0]
    np.testing.assert_allclose(forth, [-0.25, 0, 0, 0], atol=1e-6)


def test_colors_differ_by_shares_of_their_ranges():
    first = vector(brightness=1.4, saturation=0.6, hue=-0.05)
    forth, _ = targets("color", first, vector())
    # Ranges 0.6..1.4 of the factors, -0.1..0.1 of the hue.
    np.testing.assert_allclose(forth, [0.5, 0, -0.5, -0.25], atol=1e-6)


@pytest.mark.parametrize("flips, same", [((0, 0), 1), ((1, 1), 1), ((1, 0), 0)])
def test_flip_is_1_where_both_views_agree(flips, same):
    first, second = (vector(flip=float(flip)) for flip in flips)
    np.testing.assert_array_equal(targets("flip", first, second), 2 * [[same]])


def test_blur_differs_in_sigma():
    forth, back = targets("blur", vector(sigma=1.5), vector(sigma=0.5))
    assert forth == 1.0 and back == -1.0


def test_what_is_told_can_be_learnt():
    """A predictor beats the best constant on the differences of colors."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    images = rng.uniform(0.3, 0.7, (256, 1, 1, 3)).astype("float32")
    images = np.tile(images, (1, 12, 12, 1))

    def pipeline():
        return kc.views.Pipeline(
            [kc.views.ColorJitter(0.4, probability=1.0), tiny.crop()]
        )

    views = kc.views.MultiView([pipeline(), pipeline()], seed=1)
    model, _ = make(views, term_weights={"color": 1.0})
    model.compile(keras.optimizers.Adam(1e-2))
    history = model.fit(images, batch_size=64, epochs=15, verbose=0).history
    # Differences of two uniform numbers in 0..1, one of four that vary.
    assert history["color"][-1] < 0.5 * (1 / 6) / 4


def test_bad_arguments():
    with pytest.raises(ValueError, match="`term_weights` must be"):
        make(term_weights={"colour": 1.0})
    with pytest.raises(ValueError, match="'blur'.*no `GaussianBlur`"):
        make(tiny.two_views([tiny.crop()]), term_weights={"blur": 1.0})
    one = tiny.views([tiny.crop()])
    with pytest.raises(ValueError, match="compares two views"):
        kc.InstDis(
            tiny.encoder(),
            one,
            tiny.head(),
            num_images=8,
            modules=[kc.AugSelf({"crop": 1.0})],
        )
