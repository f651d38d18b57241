"""How right are boxes and masks of images that hold one object each?"""

import numpy as np

RECALLS = np.linspace(0, 1, 101)  # COCO's


def box_iou(boxes, others):
    """Intersection over union, box by box, of `(n, 4)` corners."""
    first = np.maximum(boxes[:, :2], others[:, :2])
    last = np.minimum(boxes[:, 2:], others[:, 2:])
    both = np.prod(np.maximum(last - first, 0), axis=1)
    area, other = (
        np.prod(np.maximum(x[:, 2:] - x[:, :2], 0), axis=1)
        for x in (boxes, others)
    )
    return both / np.maximum(area + other - both, 1e-6)


def mask_iou(masks, others):
    """Intersection over union over the last two axes of Boolean masks."""
    both = (masks & others).sum(axis=(-2, -1))
    return both / np.maximum((masks | others).sum(axis=(-2, -1)), 1)


def average_precision(confidences, classes, overlaps, truth, least=0.5):
    """Mean over classes of COCO's average precision at one IoU.

    What is found counts from the surest to the least sure: it is right if its
    class is that of the image, its overlap is large enough, and no surer one of
    the image was right before. Precision is the best at a recall or above, read
    at recalls 0, 0.01 to 1.

    Args:
        confidences: Array `(images, boxes)`.
        classes: Integer array `(images, boxes)`, of what was found; -1 for
            none.
        overlaps: Array `(images, boxes)`, IoU with the object of the image.
        truth: Integer array `(images,)`, classes of the objects.
        least: Float, the IoU asked for. Defaults to 0.5.

    Reference: https://cocodataset.org/#detection-eval, for one object an image.
    """
    rows = np.broadcast_to(np.arange(len(truth))[:, None], classes.shape)
    found = []
    for label in np.unique(truth):
        asked = classes == label
        order = np.argsort(-confidences[asked], kind="stable")
        image = rows[asked][order]
        fits = (overlaps[asked][order] >= least) & (truth[image] == label)
        right = np.zeros(len(order))
        _, first = np.unique(image[fits], return_index=True)
        right[np.flatnonzero(fits)[first]] = 1
        recall = np.cumsum(right) / np.sum(truth == label)
        precision = np.cumsum(right) / np.arange(1, len(order) + 1)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        # A sum of shares may end just below the recall that it reached.
        at = np.searchsorted(recall, RECALLS - 1e-9)
        found.append(np.mean(np.append(best, 0.0)[at]))
    return float(np.mean(found))
