import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_contrastive._check_class_labels import check_class_labels
from keras_contrastive._check_integer import check_integer
from keras_contrastive._checked import checked
from keras_contrastive.data._draw_rows import draw_rows
from keras_contrastive.data._on_demand import Readers, begin_read
from keras_contrastive.data.batches import Batches

# Other random numbers than those of `label_subset` with the same seed.
STREAM = 1


@checked
def train_test_split(
    data: Batches, *, test_share: float = 0.2, seed: int = 0
) -> tuple[Batches, Batches]:
    """Splits labeled data into two parts, each class by the same share.

    Of each class `test_share` of the images, rounded, are for testing; of two
    images or more at least one lies in either part. A class of one image and
    images without a label, -1, lie in the training part. The same labels and
    seed give the same parts on every machine and backend.

    Args:
        data: `Batches` with labels, one integer per image.
        test_share: Float in (0, 1). Defaults to 0.2.
        seed: Integer from 0. Defaults to 0.

    Returns:
        Tuple of two `Batches`, which count their own images from 0. The first
        one reads as `data` does, the second one in order and completely.

    Raises:
        ValueError: If `data` has no such labels, or a number is out of its
            range.

    Example:

    >>> data = kc.data.from_folder("photos", 64, image_size=96, labels=True)
    >>> train, test = kc.data.train_test_split(data, test_share=0.1)
    """
    if not isinstance(data, Batches) or not data.labels:
        raise ValueError(
            "`data` must be labeled data of `kc.data`, e.g. of `from_folder("
            f"..., labels=True)`. Received: data={data!r}"
        )
    if not isinstance(test_share, numbers.Real) or not 0 < test_share < 1:
        raise ValueError(
            "`test_share` must be above 0 and below 1. "
            f"Received: test_share={test_share}"
        )
    check_integer("seed", seed, 0, 2**64 - 1)
    labels = check_class_labels(all_labels(data.source), "data")
    test_rows = draw_rows(
        labels,
        lambda sizes: np.minimum(
            np.maximum(np.rint(test_share * sizes), 1), sizes - 1
        ),
        np.array([seed, STREAM], "uint64"),
    )
    train_rows = np.setdiff1d(np.arange(len(labels)), test_rows)
    if not len(test_rows):
        raise ValueError(
            "`data` must have a class of two images or more. Received: "
            f"{len(labels)} images"
        )
    return (
        part(data, train_rows, data.shuffle, data.drop_remainder),
        part(data, test_rows, False, False),
    )


def all_labels(source: Any) -> Any:
    if hasattr(source, "labels"):
        return source.labels
    blocks = np.array_split(np.arange(len(source)), -(-len(source) // 256))
    labels = [np.atleast_1d(source.read(rows)[1]) for rows in blocks]
    return np.concatenate(labels)


def part(
    data: Batches, rows: np.ndarray, shuffle: bool, drop_remainder: bool
) -> Batches:
    select = getattr(
        data.source, "select", lambda rows: Rows(data.source, rows)
    )
    batches = Batches(
        select(rows),
        data.batch_size,
        shuffle=shuffle,
        seed=data.seed,
        drop_remainder=drop_remainder,
        labels=True,
        index=data.index,
    )
    batches.class_names = data.class_names
    return batches


class Rows:
    """Source of some images of another source."""

    def __init__(self, source: Any, rows: np.ndarray) -> None:
        self.source, self.rows = source, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"part of {self.source!r}"

    @property
    def labels(self) -> np.ndarray:
        return np.asarray(all_labels(self.source))[self.rows]

    def read(self, indices: np.ndarray) -> tuple[np.ndarray, Any]:
        return self.source.read(self.rows[indices])

    def begin_read(
        self, indices: np.ndarray, readers: Readers
    ) -> Callable[[], tuple[np.ndarray, Any]]:
        return begin_read(self.source, self.rows[indices], readers)
