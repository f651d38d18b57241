import functools

import numpy as np
import pytest
from PIL import Image

from keras_contrastive.views import (
    ColorJitter,
    GaussianBlur,
    Grayscale,
    Pipeline,
    RandomResizedCrop,
)
from tests.views.samples import (
    arrays,
    draw,
    draw_from,
    images,
    replay,
    uniforms,
)

SHAPE = (9, 10, 3)
CROP = [f"random_resized_crop/{n}" for n in ("top", "left", "height", "width")]
CROP += ["random_resized_crop/flip"]
JITTER = ["applied", "order_0", "order_1", "order_2", "order_3"]
JITTER += ["brightness", "contrast", "saturation", "hue"]
NAMES = [*CROP, *(f"color_jitter/{name}" for name in JITTER)]
NAMES += ["grayscale/applied", "gaussian_blur/applied", "gaussian_blur/sigma"]


def parts():
    return [
        RandomResizedCrop(6, scale=(0.3, 1)),
        ColorJitter(0.8, 0.8, 0.8, 0.2, probability=0.8),
        Grayscale(probability=0.2),
        GaussianBlur(kernel_size=3, probability=0.5),
    ]


@functools.cache
def whole():
    return Pipeline(parts())


def test_columns_line_up_with_names_and_draws():
    pipeline = whole()
    assert pipeline.parameter_names == NAMES
    draws = draw(pipeline, 20, SHAPE)
    vectors = arrays(pipeline.encode(draws))
    assert vectors.shape == (20, len(NAMES)) and vectors.dtype == "float32"
    for transform, drawn in zip(
        pipeline.transforms, arrays(draws), strict=True
    ):
        for name, length in transform.parameters.items():
            columns = [f"{transform.name}/{name}"]
            if length > 1:
                columns = [f"{columns[0]}_{i}" for i in range(length)]
            found = vectors[:, [NAMES.index(column) for column in columns]]
            expected = drawn[name].reshape(20, length)
            np.testing.assert_array_equal(found, expected)


def test_transforms_take_their_own_uniform_numbers():
    pipeline = whole()
    numbers = uniforms(pipeline, 20)
    assert numbers.shape[1] == sum(t.num_columns for t in pipeline.transforms)
    start = 0
    draws = arrays(draw_from(pipeline, numbers, SHAPE))
    # The crop sees the image, the others the 6 x 6 pixels that it leaves.
    for i, transform in enumerate(pipeline.transforms):
        own = numbers[:, start : start + transform.num_columns]
        shape = SHAPE if i == 0 else (6, 6, 3)
        for name, value in arrays(draw_from(transform, own, shape)).items():
            np.testing.assert_array_equal(draws[i][name], value)
        start += transform.num_columns


def test_transforms_act_one_after_the_other():
    pipeline, pixels = whole(), images(20, *SHAPE)
    draws = draw(pipeline, 20, SHAPE)
    found, expected = replay(pipeline, pixels, draws), pixels
    for transform, drawn in zip(pipeline.transforms, draws, strict=True):
        expected = replay(transform, expected, drawn)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_array_equal(replay(pipeline, pixels, draws), found)
    assert found.shape == (20, *pipeline.output_image_shape(SHAPE))


def test_identity_resizes_only():
    pipeline, pixels = whole(), images(20, *SHAPE)
    draws = pipeline.identity(20, SHAPE)
    vectors = arrays(pipeline.encode(draws))
    neutral = [0, 0, 9, 10, 0, 0, 0, 1, 2, 3, 1, 1, 1, 0, 0, 0, 0]
    assert vectors.tolist() == [neutral] * 20
    planes = [
        Image.fromarray(np.ascontiguousarray(plane)).resize(
            (6, 6), Image.Resampling.BILINEAR
        )
        for plane in pixels.transpose(0, 3, 1, 2).reshape(-1, *SHAPE[:2])
    ]
    expected = np.stack(planes).reshape(20, 3, 6, 6).transpose(0, 2, 3, 1)
    np.testing.assert_allclose(
        replay(pipeline, pixels, draws), expected, atol=1e-5
    )


def test_a_pipeline_inside_a_pipeline_changes_nothing():
    flat = whole()
    crop, jitter, gray, blur = flat.transforms
    nested = Pipeline(
        [Pipeline([crop]), Pipeline([jitter, Pipeline([gray])]), blur]
    )
    assert nested.parameter_names == NAMES
    assert nested.num_columns == flat.num_columns
    assert nested.output_image_shape(SHAPE) == (6, 6, 3)
    pixels, draws = images(20, *SHAPE), draw(nested, 20, SHAPE)
    expected = draw(flat, 20, SHAPE)
    np.testing.assert_array_equal(
        arrays(nested.encode(draws)), arrays(flat.encode(expected))
    )
    np.testing.assert_allclose(
        replay(nested, pixels, draws),
        replay(flat, pixels, expected),
        atol=1e-6,
    )
    np.testing.assert_array_equal(
        arrays(nested.encode(nested.identity(20, SHAPE))),
        arrays(flat.encode(flat.identity(20, SHAPE))),
    )


def test_moments_hold_those_of_the_parts():
    pipeline = whole()
    mean, std = pipeline.moments(SHAPE, num_draws=10000)
    sample = arrays(pipeline.encode(draw(pipeline, 10000, SHAPE)))
    error = 7 * std / np.sqrt(10000)
    assert (np.abs(mean - sample.mean(0)) < error).all()
    np.testing.assert_allclose(std, sample.std(0), rtol=0.05)


def test_check_follows_the_shape_of_the_images():
    """The kernel fits the image but not the crop."""
    pipeline = Pipeline([RandomResizedCrop(6), GaussianBlur(kernel_size=13)])
    with pytest.raises(ValueError, match=r"`kernel_size`.*\(6, 6, 3\)"):
        pipeline.check((32, 32, 3))
    with pytest.raises(ValueError, match="`Grayscale` needs"):
        Pipeline([Pipeline([Grayscale()])]).check((32, 32, 1))


@pytest.mark.parametrize(
    "transforms", [[], Grayscale(), [Grayscale(), "blur"], None]
)
def test_wrong_transforms(transforms):
    message = "`transforms` must be a non-empty list .*Received: transforms="
    with pytest.raises(ValueError, match=message):
        Pipeline(transforms)


def test_probability_belongs_to_the_parts():
    with pytest.raises(ValueError, match="Unrecognized.*'probability': 0.5"):
        Pipeline(parts(), probability=0.5)
