import math

import numpy as np
import pytest
from PIL import Image

from keras_contrastive.views import RandomResizedCrop
from tests.views.samples import (
    arrays,
    draw,
    draw_from,
    images,
    replay,
    tensors,
    uniforms,
)

# top, left, height, width, flip of crops of images of 13 x 17 pixels
BOXES = np.array(
    [
        (0, 0, 13, 17, 0),
        (0, 0, 13, 17, 1),
        (3, 5, 8, 4, 0),
        (12, 16, 1, 1, 0),
        (2, 0, 11, 2, 1),
        (5, 6, 1, 11, 1),
        (0, 9, 3, 8, 0),
    ]
)
PARAMETERS = list(RandomResizedCrop.parameters)


def crops(boxes, pixels, image_size, **kwargs):
    draws = dict(zip(PARAMETERS, np.array(boxes).T, strict=True))
    return replay(
        RandomResizedCrop(image_size, **kwargs), pixels, tensors(draws)
    )


def pillow_crop(pixels, box, size, resampling):
    top, left, height, width, flip = box
    crop = pixels[top : top + height, left : left + width]
    planes = [
        Image.fromarray(np.ascontiguousarray(crop[..., i])).resize(
            size[::-1], resampling
        )
        for i in range(crop.shape[2])
    ]
    result = np.stack(planes, axis=2)
    return result[:, ::-1] if flip else result


def slow_bilinear(pixels, box, size):
    """Samples the crop at the centers of the new pixels, in float64."""
    top, left, height, width, flip = (int(number) for number in box)
    crop = pixels[top : top + height, left : left + width].astype("float64")
    result = np.zeros((*size, pixels.shape[2]))
    for i in range(size[0]):
        for j in range(size[1]):
            y = (i + 0.5) * height / size[0] - 0.5
            x = (j + 0.5) * width / size[1] - 0.5
            for row in (math.floor(y), math.floor(y) + 1):
                for column in (math.floor(x), math.floor(x) + 1):
                    weight = (1 - abs(y - row)) * (1 - abs(x - column))
                    inside = crop[
                        min(max(row, 0), height - 1),
                        min(max(column, 0), width - 1),
                    ]
                    result[i, j] += weight * inside
    return result[:, ::-1] if flip else result


@pytest.mark.parametrize("size", [(5, 7), (30, 21), (4, 40), (1, 1)])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_crop_resize_and_flip_as_pillow(size, interpolation):
    # Black and white: bicubic interpolation overshoots 0..1.
    pixels = images(len(BOXES), 13, 17).round()
    found = crops(BOXES, pixels, size, interpolation=interpolation)
    resampling = Image.Resampling[interpolation.upper()]
    expected = np.stack(
        [
            pillow_crop(*pair, size, resampling)
            for pair in zip(pixels, BOXES, strict=True)
        ]
    )
    np.testing.assert_allclose(found, expected.clip(0, 1), atol=1e-5)
    if interpolation == "bicubic" and size == (30, 21):
        assert expected.min() < -0.05 and expected.max() > 1.05


@pytest.mark.parametrize("size", [(5, 7), (30, 21), (4, 40)])
def test_without_antialias_pixels_are_sampled(size):
    pixels = images(len(BOXES), 13, 17)
    found = crops(BOXES, pixels, size, antialias=False)
    expected = [
        slow_bilinear(*pair, size) for pair in zip(pixels, BOXES, strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_bicubic_without_antialias_enlarges_as_with():
    pixels = images(len(BOXES), 13, 17)
    options = {"image_size": (30, 21), "interpolation": "bicubic"}
    np.testing.assert_allclose(
        crops(BOXES, pixels, **options, antialias=False),
        crops(BOXES, pixels, **options),
        atol=1e-6,
    )


def test_own_size_changes_nothing():
    pixels = images(2, 13, 17)
    for interpolation in ("bilinear", "bicubic"):
        found = crops(BOXES[:2], pixels, (13, 17), interpolation=interpolation)
        np.testing.assert_allclose(found[0], pixels[0], atol=1e-6)
        np.testing.assert_allclose(found[1], pixels[1, :, ::-1], atol=1e-6)


def test_channels_stay_apart():
    pixels = images(1, 13, 17, channels=5)
    found = crops(BOXES[2:3], pixels, 6)
    assert found.shape == (1, 6, 6, 5)
    for i in range(5):
        single = crops(BOXES[2:3], pixels[..., i : i + 1], 6)
        np.testing.assert_allclose(found[..., i : i + 1], single, atol=1e-6)


def slow_box(numbers, image_height, image_width, scale, ratio):
    """The rules of torchvision's `RandomResizedCrop.get_params`."""
    shares, places = numbers[1:11], numbers[11:21]
    y, x, flip = numbers[21:]
    for share, place in zip(shares, places, strict=True):
        share = scale[0] + share * (scale[1] - scale[0])
        area = image_height * image_width * share
        low, high = math.log(ratio[0]), math.log(ratio[1])
        aspect = math.exp(low + place * (high - low))
        width = round(math.sqrt(area * aspect))
        height = round(math.sqrt(area / aspect))
        if 0 < width <= image_width and 0 < height <= image_height:
            top = math.floor(y * (image_height - height + 1))
            left = math.floor(x * (image_width - width + 1))
            return top, left, height, width, flip < 0.5
    height, width = image_height, image_width
    if width / height < ratio[0]:
        height = round(width / ratio[0])
    elif width / height > ratio[1]:
        width = round(height * ratio[1])
    top, left = (image_height - height) // 2, (image_width - width) // 2
    return top, left, height, width, flip < 0.5


@pytest.mark.parametrize(
    "image_shape, scale, ratio",
    [
        ((32, 32), (0.08, 1.0), (3 / 4, 4 / 3)),
        ((20, 50), (0.3, 1.0), (3 / 4, 4 / 3)),
        ((50, 8), (0.1, 0.9), (0.5, 1.0)),
        ((3, 5), (0.02, 1.0), (0.1, 10.0)),
    ],
)
def test_boxes_are_those_of_a_slow_loop(image_shape, scale, ratio):
    crop = RandomResizedCrop(8, scale=scale, ratio=ratio)
    draws = arrays(draw(crop, 400, (*image_shape, 3)))
    found = np.stack([draws[name] for name in PARAMETERS], axis=1)
    rows = uniforms(crop, 400).astype("float64")
    expected = [slow_box(row, *image_shape, scale, ratio) for row in rows]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "image_shape, ratio, box",
    [
        ((4, 64), (3 / 4, 4 / 3), (0, 29, 4, 5)),
        ((64, 4), (3 / 4, 4 / 3), (29, 0, 5, 4)),
        # Within the ratios the whole image is left.
        ((10, 12), (0.5, 2.0), (0, 0, 10, 12)),
    ],
)
def test_central_box_where_none_fits(image_shape, ratio, box):
    crop = RandomResizedCrop(8, scale=(0.9, 1.0), ratio=ratio)
    # Ratios at their lowest: 0.5 does not fit into 10 x 12 pixels either.
    numbers = uniforms(crop, 50)
    numbers[:, 11:21] = 0
    draws = arrays(draw_from(crop, numbers, (*image_shape, 3)))
    found = np.stack([draws[name] for name in PARAMETERS[:4]], axis=1)
    np.testing.assert_array_equal(found, [box] * 50)
    assert 0 < draws["flip"].mean() < 1


def test_first_of_ten_attempts_that_fits():
    crop = RandomResizedCrop(8, scale=(0.01, 1.0), ratio=(1.0, 1.0))
    numbers = np.full((10, crop.num_columns), 0.9, "float32")
    for i in range(10):
        # 0.25, then a smaller one that comes too late.
        numbers[i, 1 + i : 11] = 0.04
        numbers[i, 1 + i] = (0.25 - 0.01) / 0.99
    # Boxes of more than 0.4 of the area are too high for 10 x 25 pixels.
    draws = arrays(draw_from(crop, numbers, (10, 25, 3)))
    np.testing.assert_array_equal(draws["height"], [8] * 10)
    np.testing.assert_array_equal(draws["width"], [8] * 10)


def distance_to_uniform(values, low, high):
    """Kolmogorov-Smirnov statistic."""
    values = (np.sort(values) - low) / (high - low)
    return np.abs(values - np.linspace(0, 1, len(values))).max()


def test_area_is_uniform_and_ratio_log_uniform():
    count = 10000
    crop = RandomResizedCrop(8, scale=(0.1, 0.4), ratio=(0.5, 2.0))
    # A large image: every box fits and rounding hardly matters.
    draws = arrays(draw(crop, count, (1000, 1000, 3)))
    area = draws["height"] * draws["width"] / 1e6
    ratio = np.log(draws["width"] / draws["height"])
    limit = 2 / math.sqrt(count)
    assert distance_to_uniform(area, 0.1, 0.4) < limit
    assert distance_to_uniform(ratio, -math.log(2), math.log(2)) < limit
    assert abs(np.corrcoef(area, ratio)[0, 1]) < 5 / math.sqrt(count)


def test_boxes_are_whole_pixels_inside_the_image():
    draws = arrays(draw(RandomResizedCrop(8), 20000, (7, 11, 3)))
    for start, length, side in (("top", "height", 7), ("left", "width", 11)):
        assert (draws[start] == np.floor(draws[start])).all()
        assert (draws[length] == np.floor(draws[length])).all()
        assert draws[start].min() == 0 and draws[length].min() >= 1
        assert (draws[start] + draws[length]).max() == side


def test_every_position_is_equally_likely():
    count = 9000
    crop = RandomResizedCrop(8, scale=(16 / 36,) * 2, ratio=(1, 1))
    draws = arrays(draw(crop, count, (6, 6, 3)))
    assert set(draws["height"]) == set(draws["width"]) == {4}
    found = np.zeros((3, 3))
    np.add.at(found, (draws["top"].astype(int), draws["left"].astype(int)), 1)
    np.testing.assert_allclose(found, count / 9, atol=5 * (count / 9) ** 0.5)


@pytest.mark.parametrize("flip", [0, 0.3, 1])
def test_share_of_mirrored_images(flip):
    draws = arrays(draw(RandomResizedCrop(8, flip=flip), 5000, (9, 9, 3)))
    error = 5 * math.sqrt(flip * (1 - flip) / 5000)
    assert abs(draws["flip"].mean() - flip) <= error


def test_published_moments():
    # Of torchvision's sampler: 1e5 draws of crops of 32 x 32 pixels.
    mean, std = RandomResizedCrop(8, scale=(0.2, 1.0)).moments((32, 32, 3))
    np.testing.assert_allclose(mean[:4], [4.30, 4.30, 23.37, 23.37], atol=0.06)
    np.testing.assert_allclose(std[:4], [3.98, 3.98, 4.96, 4.96], atol=0.06)


def test_sizes_of_numpy_are_numbers():
    assert RandomResizedCrop(np.int64(8)).image_size == (8, 8)
    assert RandomResizedCrop(np.array([8, 9])).image_size == (8, 9)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            {"image_size": 0},
            "`image_size` must be positive.*image_size=0",
        ),
        (
            {"image_size": (8, -1)},
            r"`image_size` must be .*=\(8, -1\)",
        ),
        ({"image_size": 8.5}, "`image_size` must be positive.*image_size=8.5"),
        ({"image_size": (8, 8, 3)}, r"one number or \(height, width\)"),
        ({"scale": (0, 1)}, r"`scale` is.*within \(0, 1\].*scale=\(0, 1\)"),
        ({"scale": (0.5, 1.1)}, r"`scale` is.*scale=\(0.5, 1.1\)"),
        ({"scale": (0.9, 0.5)}, r"`scale` is.*scale=\(0.9, 0.5\)"),
        ({"scale": 0.5}, "`scale` is.*scale=0.5"),
        ({"scale": (0.1, 0.2, 0.3)}, r"`scale` is.*0.3\)"),
        ({"ratio": (0, 1)}, r"`ratio` is.*both positive.*ratio=\(0, 1\)"),
        ({"ratio": (2, 1)}, r"`ratio` is.*ratio=\(2, 1\)"),
        ({"ratio": 1.0}, "`ratio` is.*ratio=1.0"),
        ({"flip": 1.5}, "`flip` is a share.*flip=1.5"),
        ({"interpolation": "lanczos"}, "'bicubic', 'bilinear'.*'lanczos'"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        RandomResizedCrop(**{"image_size": 8, **arguments})
