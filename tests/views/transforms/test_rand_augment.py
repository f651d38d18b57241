import numpy as np
import pytest
from keras import ops
from PIL import Image, ImageEnhance, ImageOps

from keras_contrastive.views import RandAugment
from keras_contrastive.views.multi_view import compiled
from keras_contrastive.views.transforms import rand_augment
from keras_contrastive.views.transforms._tones import invert
from tests.ops.gradient import gradient
from tests.views.samples import (
    arrays,
    draw_from,
    images,
    replay,
    tensors,
    uniforms,
)
from tests.views.transforms.slow_rand_augment import slow_operation

# Operation, level and whether bicubic: all, mild and strong, both ways.
CASES = [
    *((k, level, 0) for k in range(11) for level in (0, 2.6, 9.4, 10)),
    *(
        (k, level, bicubic)
        for k in range(11, 16)
        for level in (-10, -3.7, 0, 8.3)
        for bicubic in (0, 1)
    ),
]
NONE = (0, 0, 0)
PAIRS = [((11, 9, 1), (5, 4, 0)), ((5, 4, 0), (11, 9, 1))]


def draws_of(operations):
    """Draws of rows of (operation, level, bicubic) triples."""
    columns = np.moveaxis(np.array(operations, "float32"), -1, 0)
    names = ("operation", "level", "bicubic")
    draws = dict(zip(names, columns, strict=True))
    return tensors({"applied": np.ones(len(operations)), **draws})


def pixels_of(count):
    """Some of few tones, as equalizing wants, and a channel of one."""
    pixels = images(count, 18, 20)
    pixels[::3] = np.round(pixels[::3] * 6) / 6
    pixels[::5, ..., 1] = 0.3
    return pixels


@pytest.mark.parametrize(
    "on_cpu, picks",
    [(True, [*[(case, NONE) for case in CASES], *PAIRS]), (False, CASES)],
    ids=["one by one", "all at once"],
)
def test_operations_equal_a_loop_over_pixels(on_cpu, picks, monkeypatch):
    monkeypatch.setattr(rand_augment, "on_cpu", lambda: on_cpu)
    picks = np.array(picks).reshape(len(picks), -1, 3)
    pixels = pixels_of(len(picks))
    augment = RandAugment(num_operations=picks.shape[1])
    found = replay(augment, pixels, draws_of(picks))
    for image, done, before in zip(found, picks, pixels, strict=True):
        expected = before
        for operation, level, bicubic in done:
            expected = slow_operation(expected, int(operation), level, bicubic)
        np.testing.assert_allclose(
            image, expected, atol=3e-5, err_msg=str(done)
        )


def enhanced(enhance):
    return lambda image, level: enhance(image).enhance(0.18 * level + 0.1)


def moved(matrix_of):
    """Pillow's transform; `matrix_of` the level and the side."""

    def move(image, level, bicubic):
        return image.transform(
            image.size,
            Image.Transform.AFFINE,
            matrix_of(level, *image.size),
            resample=KINDS[bicubic],
            fillcolor=COLOR,
        )

    return move


def brightened(image, level):
    added = int(11 * level)
    table = [min(255, i + added) if i < 128 else i for i in range(256)]
    return image.point(table * 3)


KINDS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)
COLOR = (124, 116, 104)
PILLOW = [
    lambda image, level: ImageOps.autocontrast(image),
    lambda image, level: ImageOps.equalize(image),
    lambda image, level: ImageOps.invert(image),
    lambda image, level: ImageOps.posterize(image, int(0.4 * level)),
    lambda image, level: ImageOps.solarize(image, int(25.6 * level)),
    brightened,
    enhanced(ImageEnhance.Color),
    enhanced(ImageEnhance.Contrast),
    enhanced(ImageEnhance.Brightness),
    enhanced(ImageEnhance.Sharpness),
    lambda image, level, bicubic: image.rotate(
        3 * level, resample=KINDS[bicubic], fillcolor=COLOR
    ),
    moved(lambda level, width, height: (1, 0.03 * level, 0, 0, 1, 0)),
    moved(lambda level, width, height: (1, 0, 0.045 * level * width, 0, 1, 0)),
    moved(lambda level, width, height: (1, 0, 0, 0.03 * level, 1, 0)),
    moved(lambda level, width, height: (1, 0, 0, 0, 1, 0.045 * level * height)),
]


@pytest.mark.parametrize("operation", range(1, 16))
def test_the_loop_equals_pillow(operation):
    """But for the rounding of Pillow: of results, and of the mean gray."""
    pixels = (255 * pixels_of(3)).astype("uint8")
    for number, image in enumerate(pixels):
        moves = operation > 10
        for level in (-8.3, 9.7) if moves else (2.6, 9.7):
            rest = (number % 2,) if moves else ()
            made = PILLOW[operation - 1](Image.fromarray(image), level, *rest)
            expected = slow_operation(
                image / 255, operation, level, *rest or [0]
            )
            distance = np.abs(np.asarray(made) - 255 * expected)
            # At a place on the very border, the last digit decides.
            assert np.quantile(distance, 0.99) < 2


def test_draws():
    augment = RandAugment(num_operations=2, magnitude=9, rate=0.6)
    draws = arrays(draw_from(augment, uniforms(augment, 6000), (8, 8, 3)))
    operation, level, bicubic = (
        draws[name] for name in ("operation", "level", "bicubic")
    )
    assert operation.shape == (6000, 2)
    counts = np.bincount(operation.astype(int).ravel(), minlength=16) / 12000
    np.testing.assert_allclose(counts, [0.4, *[0.04] * 15], atol=0.015)
    both = (operation[:, 0] > 0) & (operation[:, 1] > 0)
    np.testing.assert_allclose(both.mean(), 0.36, atol=0.02)
    assert (level[operation < 4] == 0).all()
    moves = operation > 10
    assert (bicubic[~moves] == 0).all() and (level[~moves] >= 0).all()
    np.testing.assert_allclose(bicubic[moves].mean(), 0.5, atol=0.05)
    np.testing.assert_allclose((level[moves] < 0).mean(), 0.5, atol=0.05)
    size = np.abs(level[operation > 3])
    np.testing.assert_allclose(size.mean(), 9, atol=0.05)
    np.testing.assert_allclose(size.std(), 0.5, atol=0.05)


@pytest.mark.parametrize("std, spread", [(0, 0), (0.5, 0), (0.5, 0.9999999)])
def test_levels_stay_in_their_range(std, spread):
    """Also at the ends of the uniform numbers."""
    augment = RandAugment(num_operations=1, magnitude_std=std)
    numbers = np.array([[0, 0.499999, spread, 0.7, 0.2]], "float32")
    draws = arrays(draw_from(augment, numbers, (8, 8, 3)))
    assert draws["operation"] == 15 and draws["bicubic"] == 1
    assert (draws["level"] == 10) == (std == 0 or spread > 0)
    assert 7 <= draws["level"] <= 10


def test_parameters_are_named_by_pick():
    names = [name.split("/")[1] for name in RandAugment().parameter_names]
    assert names == [
        *("applied", "operation_0", "operation_1"),
        *("level_0", "level_1", "bicubic_0", "bicubic_1"),
    ]


def test_compiled_gradient(monkeypatch):
    """That of nothing, of inverting and of a shift by two pixels."""
    # A program of fewer operations is made sooner.
    monkeypatch.setattr(rand_augment, "TONES", (invert,) * 10)
    warps = [invert, rand_augment.warps()[1], *[invert] * 4]
    monkeypatch.setattr(rand_augment, "warps", lambda: warps)
    cases = [[NONE], [(3, 0, 0)], [(13, 2 / 0.45, 0)]]
    draws, pixels = draws_of(cases), images(3, 4, 10)
    weights = images(3, 4, 10, seed=1)
    augment = RandAugment(num_operations=1)

    def weighted(x):
        return ops.sum(augment.replay(x, draws) * tensors(weights))

    found = gradient(compiled(weighted), pixels)
    shifted = np.zeros((4, 10, 3))
    shifted[:, 2:] = weights[2, :, :-2]
    expected = np.stack([weights[0], -weights[1], shifted])
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_operations": 0}, "`num_operations` must be .*"),
        ({"magnitude": 11}, "`magnitude` must be .* 0 to 10.*magnitude=11"),
        ({"magnitude": -1}, "`magnitude` must be .* 0 to 10.*magnitude=-1"),
        ({"magnitude_std": -1}, "`magnitude_std` must be .*magnitude_std=-1"),
        ({"rate": 0}, "`rate` must be a share.*rate=0"),
        ({"rate": 1.1}, "`rate` must be a share.*rate=1.1"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        RandAugment(**arguments)


@pytest.mark.parametrize(
    "image_shape, message",
    [
        ((8, 8, 1), r"needs images with 3 channels.*\(8, 8, 1\)"),
        (
            (8, 2, 3),
            r"needs images with sides of at least 3 pixels.*\(8, 2, 3\)",
        ),
    ],
)
def test_wrong_images(image_shape, message):
    with pytest.raises(ValueError, match=f"`RandAugment` {message}"):
        RandAugment().check(image_shape)
