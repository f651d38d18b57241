import pathlib
from dataclasses import dataclass

import keras
import numpy as np

from keras_contrastive.callbacks import KNNProbe
from keras_contrastive.commands.pretrain._survey import check_is_folder
from keras_contrastive.data import Batches, from_folder, train_test_split
from keras_contrastive.evaluation import Report, knn, ridge_probe

BATCH_SIZE = 256
HELD_OUT = 0.2
# Of a class: two to learn from, of which one may test the other, and one
# that is held out.
FEWEST = 3
NEIGHBORS = 20


@dataclass(frozen=True)
class LabeledPictures:
    """Pictures with classes, in two parts.

    Args:
        learn: `Batches` with labels, to learn a classifier from.
        held: `Batches` with labels, which choose nothing.
        raw: `Report` of k-NN on their pixels.
        in_pretraining: Boolean, whether the encoder has seen the pictures,
            without labels.
    """

    learn: Batches
    held: Batches
    raw: Report
    in_pretraining: bool

    def nearest(self, encoder: keras.Model) -> Report:
        """k-NN of those held out."""
        return nearest(encoder, self.learn, self.held)

    def classify(self, encoder: keras.Model, seed: int) -> Report:
        """A linear classifier, which needs no learning rate."""
        return ridge_probe(encoder, self.learn, self.held, seed=seed)

    def probe(self, every: int, seed: int) -> KNNProbe:
        """Follows the training by a fifth of `learn`: `held` waits."""
        bank, queries = train_test_split(
            self.learn, test_share=HELD_OUT, seed=seed
        )
        k = min(NEIGHBORS, bank.num_images)
        # Copies flatter the curve, which chooses nothing.
        return KNNProbe(bank, queries, every=every, k=k, max_overlap=1.0)


def labeled_pictures(
    folder: pathlib.Path, image_size: int, *, pretrained_on: str, seed: int
) -> LabeledPictures:
    """Reads the classes of a folder, and splits each.

    Raises:
        ValueError: If there are fewer than two classes, or pictures of one,
            or the same pictures are in both parts.
    """
    check_is_folder(folder)
    if not any(path.is_dir() for path in folder.iterdir()):
        raise ValueError(
            f"{folder} has no sub-folders: put the pictures of each class "
            "into one that has its name"
        )
    data = from_folder(
        folder,
        BATCH_SIZE,
        image_size=image_size,
        labels=True,
        on_error="substitute",
    )
    names = data.class_names or []
    if len(names) < 2:
        raise ValueError(
            f"{folder} has one class, {names[0]}: to tell classes apart, two "
            "sub-folders with pictures are needed"
        )
    counts = np.bincount(data.source.labels)
    if counts.min() < FEWEST:
        raise ValueError(
            f"every class of {folder} needs {FEWEST} pictures, two to learn "
            f"from and one to test on; {names[counts.argmin()]} has "
            f"{counts.min()}"
        )
    learn, held = train_test_split(data, test_share=HELD_OUT, seed=seed)
    seen, path = pathlib.Path(pretrained_on).resolve(), folder.resolve()
    overlap = path.is_relative_to(seen) or seen.is_relative_to(path)
    return LabeledPictures(learn, held, nearest(None, learn, held), overlap)


def nearest(
    encoder: keras.Model | None, learn: Batches, held: Batches
) -> Report:
    """k-NN; of raw pixels without an encoder."""
    k = min(NEIGHBORS, learn.num_images)
    return knn(encoder, learn, held, k=k)
