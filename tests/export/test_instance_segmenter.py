import keras
import numpy as np
import pytest

import keras_contrastive as kc
from keras_contrastive.export import (
    crop_masks,
    instance_segmenter,
    paste_masks,
)

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(size=(2, 32, 32, 3)).astype("float32")
BOXES = np.array([[[2, 3, 20, 30], [8, 1, 32, 12]]] * 2, "float32")
CLASSES = np.array([[0, 2], [1, 0]])
TARGETS = (RNG.random((2, 2, 28, 28)) > 0.5).astype("float32")


def make_encoder():
    return kc.encoders.SmallCNN((32, 32, 3), width=4)


def make_model(num_classes=3):
    return instance_segmenter(make_encoder(), num_classes, units=4)


def compiled(model, rate=0.1):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate), loss)
    return model


def test_any_number_of_boxes_each_for_itself():
    model = make_model()
    both = model.predict([IMAGES, BOXES, CLASSES], verbose=0)
    assert both.shape == (2, 2, 28, 28)
    for box in range(2):
        rows = slice(box, box + 1)
        one = model.predict(
            [IMAGES, BOXES[:, rows], CLASSES[:, rows]], verbose=0
        )
        np.testing.assert_allclose(one, both[:, rows], atol=1e-5)
    assert np.abs(both[:, 0] - both[:, 1]).max() > 0


def test_boxes_are_pixels_of_the_image():
    images = np.zeros((1, 32, 32, 3), "float32")
    images[:, 16:] = 1
    # A ramp from dark to bright at the edge, on the map of half the sides.
    layers = [keras.Input((32, 32, 3)), keras.layers.AveragePooling2D(2)]
    encoder = keras.Sequential([*layers, keras.layers.Conv2D(1, 1)])
    model = instance_segmenter(encoder, 1, units=1)
    for weight in model.weights:
        weight.assign(keras.ops.zeros(weight.shape))
    for weight in model.weights:
        if "kernel" in weight.path:
            middle = np.zeros(weight.shape, "float32")
            middle[tuple(side // 2 for side in weight.shape[:-2])] = 1
            weight.assign(middle)
    doubling = [x for x in model.layers if "transpose" in x.name]
    doubling[0].kernel.assign(keras.ops.ones(doubling[0].kernel.shape))
    boxes = np.array([[[4, 4, 12, 12], [4, 20, 12, 28], [4, 9, 12, 23]]])
    found = model.predict(
        [images, boxes.astype("float32"), np.zeros((1, 3))], verbose=0
    )[0]
    assert np.ptp(found[0]) == 0 and np.ptp(found[1]) == 0
    assert found[0, 0, 0] < found[1, 0, 0]
    # The third box has the edge in its middle.
    middle = (found[0, 0, 0] + found[1, 0, 0]) / 2
    np.testing.assert_allclose(found[2, 13:15, 0].mean(), middle, rtol=1e-5)
    assert (found[2, :13, 0] < middle).all()
    assert (found[2, 15:, 0] > middle).all()


def test_only_the_mask_of_the_true_class_learns():
    model = make_model()
    last = [x for x in model.layers if isinstance(x, keras.layers.Conv3D)][-1]
    before = keras.ops.convert_to_numpy(last.kernel)
    classes = np.full_like(CLASSES, 1)
    compiled(model).fit([IMAGES, BOXES, classes], TARGETS, verbose=0)
    moved = np.abs(keras.ops.convert_to_numpy(last.kernel) - before)
    moved = moved.max(axis=(0, 1, 2, 3))
    assert moved[1] > 0 and moved[0] == moved[2] == 0


def test_every_weight_of_the_encoder_gets_a_gradient():
    encoder = make_encoder()
    before = weights_of(encoder)
    model = instance_segmenter(encoder, 3, units=8)
    compiled(model).fit([IMAGES, BOXES, CLASSES], TARGETS, verbose=0)
    for old, new in zip(before, weights_of(encoder), strict=True):
        assert np.abs(old - new).max() > 0


def weights_of(encoder):
    return [keras.ops.convert_to_numpy(x) for x in encoder.trainable_weights]


def test_rows_without_an_object_are_left_out():
    classes = np.array([[0, -1], [1, -1]])
    weights = np.array([[[1.0], [0.0]]] * 2, "float32")
    model = compiled(make_model(), rate=0.0)
    logits = model.predict([IMAGES, BOXES, classes], verbose=0)
    assert (logits[:, 1] == 0).all() and (logits[:, 0] != 0).any()
    kwargs = {"sample_weight": weights, "verbose": 0}
    whole = model.evaluate([IMAGES, BOXES, classes], TARGETS, **kwargs)
    other = TARGETS.copy()
    other[:, 1] = 1 - other[:, 1]
    again = model.evaluate([IMAGES, BOXES, classes], other, **kwargs)
    assert whole == again > 0


def test_learns_masks_of_shapes():
    keras.utils.set_random_seed(0)
    images = np.asarray(
        next(iter(kc.data.shapes(32, 32, image_size=32, shuffle=False)))
    )
    images = images.astype("float32") / 255
    maps = kc.data.shape_masks(32, image_size=32)
    boxes = kc.data.shape_boxes(maps)[:, None]
    masks = maps[:, None] > 0
    inputs = [images, boxes, np.zeros((32, 1), "int32")]
    model = instance_segmenter(make_encoder(), 1, units=8)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(inputs, crop_masks(masks, boxes), epochs=60, verbose=0)
    found = paste_masks(model.predict(inputs, verbose=0), boxes, (32, 32))
    assert mean_iou(found, masks) > 0.8
    # To fill each box is a figure that needs no learning.
    filled = paste_masks(np.zeros((32, 1, 28, 28)), boxes, (32, 32))
    assert mean_iou(found, masks) > mean_iou(filled, masks) + 0.05


def mean_iou(found, masks):
    both = (found & masks).sum(axis=(2, 3))
    return (both / (found | masks).sum(axis=(2, 3))).mean()


def test_boxes_keep_their_precision_in_half():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = make_model()
    finally:
        keras.config.set_dtype_policy("float32")
    near = BOXES + np.array([0.05, 0, 0, 0], "float32")  # lost in bfloat16
    first, second = (
        model.predict([IMAGES, boxes, CLASSES], verbose=0)
        for boxes in (BOXES, near)
    )
    assert first.dtype == "float32"
    assert np.abs(first - second).max() > 0


def test_a_file_holds_the_model(tmp_path):
    model = make_model()
    inputs = [IMAGES, BOXES, CLASSES]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.predict(inputs, verbose=0), model.predict(inputs, verbose=0)
    )


def test_bad_arguments_are_named():
    encoder = make_encoder()
    with pytest.raises(ValueError, match="`num_classes`"):
        instance_segmenter(encoder, 0)
    with pytest.raises(ValueError, match="`units`"):
        instance_segmenter(encoder, 2, units=0)
    with pytest.raises(ValueError, match="images of one shape"):
        instance_segmenter(kc.encoders.ResNet18((None, None, 3), width=2), 2)
    with pytest.raises(ValueError, match="functional or `Sequential`"):
        instance_segmenter(keras.layers.Dense(2), 2)
