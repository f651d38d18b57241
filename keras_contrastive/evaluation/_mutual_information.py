from typing import Any

import keras
import numpy as np

from keras_contrastive._check_images import check_image_type
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.evaluation.report import Report
from keras_contrastive.metrics import mutual_information as measure
from keras_contrastive.training.contrastive_model import ContrastiveModel


@checked
def mutual_information(
    model: ContrastiveModel,
    images: Any,
    *,
    batch_size: int = 256,
    unit: str = "nats",
) -> Report:
    """Estimates what the views of a model share, on held-out images.

    Views are drawn, embedded in inference mode and compared as in training,
    with the other images of a batch, the queue or the memory bank as
    negatives. See `keras_contrastive.metrics.mutual_information` for what the
    figures mean: they depend on the encoder, the temperature and
    `batch_size`, so keep these fixed to compare views. Images left over after
    the last whole batch are not used.

    Args:
        model: Trained `ContrastiveModel` with positives and negatives.
        images: Array `(images, height, width, channels)`, `uint8` in 0..255
            or float in 0..1; or whatever else the model takes, a dictionary
            with `index` or a tuple of ready views. Take images that were not
            trained on; the paper's protocol asks for 20 batches or more.
        batch_size: Integer from 2, images that are compared with each other.
            Defaults to 256.
        unit: `"nats"` or `"bits"`. Defaults to `"nats"`.

    Returns:
        `Report` of `info_nce`, `nwj`, `jensen_shannon` and `cap`, means over
        batches with their standard errors.

    Raises:
        ValueError: If the model has no negatives, or there are fewer images
            than one batch.

    Example:

    >>> print(mutual_information(model, test_images, unit="bits"))

    Reference: Tian et al., 2020, https://arxiv.org/abs/2005.10243, section
        3.1.
    """
    if not isinstance(model, ContrastiveModel):
        raise ValueError(
            "`model` must be a `keras_contrastive.ContrastiveModel`. "
            f"Received: {type(model).__name__}"
        )
    count = count_inputs(model, images, "images")
    check_integer("batch_size", batch_size, 2, count, " (all images)")
    found = []
    for start in range(0, count - batch_size + 1, batch_size):
        batch = keras.tree.map_structure(
            lambda x, start=start: x[start : start + batch_size], images
        )
        scores = model.scores(model(batch, training=False))
        found.append(measure(scores, unit=unit))
    names = [name for name in found[0] if name != "error"]
    columns = {name: [one[name] for one in found] for name in names}
    spreads = {
        name: float(np.std(values, ddof=1) / np.sqrt(len(values)))
        for name, values in columns.items()
        if name != "cap" and len(values) > 1
    }
    if len(found) == 1:
        spreads["info_nce"] = found[0]["error"]
    return Report(
        "mutual information",
        {name: float(np.mean(values)) for name, values in columns.items()},
        settings={
            "batches": len(found),
            "batch_size": batch_size,
            "unit": unit,
        },
        spreads=spreads,
    )


def count_inputs(model: ContrastiveModel, images: Any, argument: str) -> int:
    """How many images came for an argument, if they are what the model takes.

    Args:
        model: `ContrastiveModel`.
        images: Array of images, or whatever else the model takes.
        argument: String, name of the argument.
    """
    leaves = keras.tree.flatten(images)
    with_labels = isinstance(images, tuple) and model.views is not None
    if with_labels or not all(np.ndim(leaf) for leaf in leaves):
        raise ValueError(
            f"`{argument}` must be an array of images without labels, or "
            "arrays of whatever else the model takes; of a data set, pass "
            f"`next(iter(data))`. Received: {type(images).__name__}"
        )
    if model.views is not None and hasattr(images, "dtype"):
        check_image_type(images, f"`{argument}`")
    return len(leaves[0])
