"""Parts of `transfer.py`: where are the shapes, and which pixels are theirs?"""

import keras
import numpy as np
from instance_scores import average_precision, box_iou, mask_iou
from transfer_setting import BATCH, Shapes, pretrain

import keras_contrastive as kc

SIDE, CLASSES = Shapes.side, 10
SUREST = 10  # boxes of an image that get a mask
# By start and seed, for all parts of a run.
PRETRAINED, DETECTED = {}, {}


def pretrain_on_shapes(start, seed, options):
    """A fresh encoder with pretrained weights, which are found once."""
    count, epochs = (512, 1) if options.quick else (4000, 10)
    setting = Shapes(seed)
    if (start, seed) not in PRETRAINED:
        train = kc.data.shapes(count, BATCH, image_size=SIDE, shuffle=True)
        encoder = pretrain(start, setting, train, count, epochs)
        PRETRAINED[start, seed] = encoder.get_weights()
    encoder = setting.encoder()
    encoder.set_weights(PRETRAINED[start, seed])
    return encoder


def pictures(split, options):
    """Images in 0..1 and their masks."""
    count = 64 if options.quick else 500
    images = next(
        iter(
            kc.data.shapes(
                count, count, split=split, image_size=SIDE, shuffle=False
            )
        )
    )
    masks = kc.data.shape_masks(count, split=split, image_size=SIDE)
    return np.asarray(images, "float32") / 255, masks


def num_epochs(options):
    return (1 if options.quick else 20) * options.times


def detect(start, seed, options):
    """Boxes, classes and confidences in the test images, the surest first."""
    if (start, seed) in DETECTED:
        return DETECTED[start, seed]
    import keras_cv

    encoder = pretrain_on_shapes(start, seed, options)
    (images, masks), (tests, _) = (
        pictures(split, options) for split in ("train", "test")
    )
    keras.utils.set_random_seed(seed)
    detector = keras_cv.models.RetinaNet(
        kc.export.feature_pyramid(encoder),
        num_classes=CLASSES,
        bounding_box_format="xyxy",
        # The surest box counts, however unsure.
        prediction_decoder=keras_cv.layers.NonMaxSuppression(
            "xyxy", from_logits=True, confidence_threshold=0.0
        ),
        classification_head=detection_head(CLASSES, prior=0.01),
        box_head=detection_head(4, prior=0.5),
    )
    detector.compile(
        optimizer=keras.optimizers.AdamW(1e-3, weight_decay=1e-4),
        classification_loss="focal",
        box_loss="smoothl1",
        jit_compile=False,
    )
    boxes = {
        "boxes": kc.data.shape_boxes(masks)[:, None],
        "classes": classes(masks)[:, None].astype("float32"),
    }
    detector.fit(
        images, boxes, batch_size=32, epochs=num_epochs(options), verbose=0
    )
    found = detector.predict(tests, batch_size=50, verbose=0)
    order = np.argsort(-found["confidence"], axis=1, kind="stable")
    order = order[:, :SUREST]
    rows = np.arange(len(tests))[:, None]
    DETECTED[start, seed] = (
        found["boxes"][rows, order],
        found["classes"][rows, order].astype("int32"),
        found["confidence"][rows, order],
    )
    return DETECTED[start, seed]


def detection(start, seed, options):
    """Share of test images whose surest box is right."""
    boxes, found, _ = detect(start, seed, options)
    _, masks = pictures("test", options)
    right = found[:, 0] == classes(masks)
    overlap = box_iou(boxes[:, 0], kc.data.shape_boxes(masks))
    return round(float(np.mean(right & (overlap >= 0.5))), 4)


def detection_head(outputs, prior, anchors=9, pyramid=256):
    """A quarter as wide as keras-cv's, for all levels; begins at the prior."""
    x = level = keras.Input((None, None, pyramid))
    for _ in range(2):
        x = keras.layers.Conv2D(64, 3, padding="same", activation="relu")(x)
    bias = keras.initializers.Constant(np.log(prior / (1 - prior)))
    last = keras.layers.Conv2D(
        outputs * anchors, 3, padding="same", bias_initializer=bias
    )
    return keras.Model(level, last(x))


def classes(masks):
    return masks.max(axis=(1, 2)) - 1


def segmentation(start, seed, options):
    """Mean IoU of the test pixels."""
    encoder = pretrain_on_shapes(start, seed, options)
    (images, masks), (tests, test_masks) = (
        pictures(split, options) for split in ("train", "test")
    )
    keras.utils.set_random_seed(seed)
    model = kc.export.segmenter(encoder, CLASSES + 1)
    model.compile(
        keras.optimizers.AdamW(1e-3, weight_decay=1e-4),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    model.fit(
        images, masks, batch_size=32, epochs=num_epochs(options), verbose=0
    )
    score = keras.metrics.MeanIoU(
        CLASSES + 1, sparse_y_true=True, sparse_y_pred=False
    )
    score.update_state(test_masks, model.predict(tests, verbose=0))
    return round(float(score.result()), 4)


def instance(start, seed, options):
    """Masks of the boxes found: mask AP, and how often the surest is right."""
    found_boxes, found, confidences = detect(start, seed, options)
    encoder = pretrain_on_shapes(start, seed, options)
    (images, masks), (tests, test_masks) = (
        pictures(split, options) for split in ("train", "test")
    )
    boxes = kc.data.shape_boxes(masks)[:, None]
    keras.utils.set_random_seed(seed)
    model = kc.export.instance_segmenter(encoder, CLASSES)
    model.compile(
        keras.optimizers.AdamW(1e-3, weight_decay=1e-4),
        keras.losses.BinaryCrossentropy(from_logits=True),
        jit_compile=False,
    )
    model.fit(
        [images, boxes, classes(masks)[:, None]],
        kc.export.crop_masks(masks[:, None] > 0, boxes),
        batch_size=32,
        epochs=num_epochs(options),
        verbose=0,
    )
    logits = model.predict(
        [tests, found_boxes, found], batch_size=50, verbose=0
    )
    pasted = kc.export.paste_masks(logits, found_boxes, (SIDE, SIDE))
    overlaps = mask_iou(pasted, test_masks[:, None] > 0)
    truth = classes(test_masks)
    precision = average_precision(confidences, found, overlaps, truth)
    surest = (found[:, 0] == truth) & (overlaps[:, 0] >= 0.5)
    return {
        "AP50": round(precision, 4),
        "surest": round(float(surest.mean()), 4),
    }
