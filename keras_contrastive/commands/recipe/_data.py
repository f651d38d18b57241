import pathlib
from dataclasses import dataclass
from typing import Any

from keras_contrastive.data import (
    Batches,
    from_folder,
    load,
    train_test_split,
    verify,
)
from keras_contrastive.data._folder import Folder
from keras_contrastive.evaluation._match_classes import check_classes
from keras_contrastive.recipes import Recipe

# Of images that are evaluated: no training.
BATCH_SIZE = 256
# What the splits are called where they are folders.
FOLDERS = {
    "train": ("train",),
    "test": ("test", "val", "validation"),
    "validation": ("val", "validation", "test"),
}


@dataclass(frozen=True)
class RecipeData:
    """Images of a recipe.

    Args:
        source: Source of the images to pretrain on, see `Batches`.
        train: `Batches` with labels for the classifier to learn from.
        test: `Batches` with labels to test it on.
    """

    source: Any
    train: Batches
    test: Batches


def recipe_data(recipe: Recipe, data_dir: pathlib.Path | None) -> RecipeData:
    """Loads them, from a folder of images or of TensorFlow Datasets.

    Raises:
        ValueError: If something is missing there, there is nothing to tell
            apart, or a test image cannot be read, which evaluation would only
            say when all is trained.
    """
    first, second, third = recipe.splits
    train = load_split(recipe, second, data_dir, labels=True)
    test = load_split(recipe, third, data_dir, labels=True)
    if isinstance(test.source, Folder):
        check_readable(test.source.path)
    known, asked = train.class_names, test.class_names
    if known and asked:
        check_classes(known, asked)
    if recipe.held_out:
        train, _ = train_test_split(train, test_share=recipe.held_out)
    source = train.source
    if first != second:
        source = load_split(recipe, first, data_dir).source
    return RecipeData(source, train, test)


def check_readable(folder: str) -> None:
    """Decodes all images: accuracy is that of each test image, once."""
    unreadable = verify(folder)
    if unreadable:
        path, reason = next(iter(unreadable.items()))
        raise ValueError(
            f"{len(unreadable)} of the test images cannot be read, the first "
            f"is {path}: {reason}"
        )


def load_split(
    recipe: Recipe, split: str, data_dir: pathlib.Path | None, **options: Any
) -> Batches:
    options["image_size"] = recipe.image_size
    if data_dir is not None:
        if data_dir.is_file():
            raise ValueError(
                f"`data_dir` must be a folder. Received: {data_dir}, a file"
            )
        names = FOLDERS.get(split, (split,))
        for name in names:
            if (data_dir / name).is_dir():
                return from_folder(
                    data_dir / name,
                    BATCH_SIZE,
                    on_error="substitute",
                    **options,
                )
        if (data_dir / "train").is_dir():
            choice = " or ".join(f"`{name}`" for name in names)
            raise ValueError(
                f"`data_dir` must have a folder {choice} beside `train`. "
                f"Received: {data_dir}"
            )
    if recipe.dataset == "imagenet100":
        raise ValueError(
            "`data_dir` must be a folder with `train` and `val`, each with the "
            f"folders of the classes of ImageNet-100. Received: {data_dir}"
        )
    try:
        return load(
            recipe.dataset, split, BATCH_SIZE, data_dir=data_dir, **options
        )
    except FileNotFoundError as error:
        raise ValueError(
            f"{recipe.dataset} could not be downloaded: `data_dir` must be a "
            "folder in which TensorFlow Datasets has it, or one with `train` "
            "and `test`, each with a folder of images for each class. "
            f"Received: {data_dir}"
        ) from error
