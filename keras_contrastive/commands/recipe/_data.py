import pathlib
from dataclasses import dataclass
from typing import Any

from keras_contrastive.data import (
    Batches,
    from_folder,
    load,
    train_test_split,
)
from keras_contrastive.data._find_images import ENDINGS
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
        ValueError: If something is missing there, or there is nothing to tell
            apart.
    """
    first, second, third = recipe.splits
    train = load_split(recipe, second, data_dir, labels=True)
    # Accuracy is that of each test image: none stands in for another.
    test = load_split(recipe, third, data_dir, on_error="raise", labels=True)
    known, asked = train.class_names, test.class_names
    if known and asked:
        check_classes(known, asked)
    if recipe.held_out:
        train, _ = train_test_split(train, test_share=recipe.held_out)
    source = train.source
    if first != second:
        source = load_split(recipe, first, data_dir, shuffle=False).source
    return RecipeData(source, train, test)


def load_split(
    recipe: Recipe,
    split: str,
    data_dir: pathlib.Path | None,
    on_error: str = "substitute",
    **options: Any,
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
                    data_dir / name, BATCH_SIZE, on_error=on_error, **options
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
    if data_dir is not None:
        check_takes_downloads(data_dir, recipe.dataset)
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


def check_takes_downloads(data_dir: pathlib.Path, dataset: str) -> None:
    """Refuses a folder that is not there, and one with other images in it.

    Whoever names it has images of their own, and would train on those of the
    paper.
    """
    if not data_dir.is_dir():
        raise ValueError(
            "`data_dir` must be a folder that exists, an empty one to download "
            f"{dataset} to. Received: {data_dir}"
        )
    if any((data_dir / name).is_dir() for name in ("downloads", dataset)):
        return
    for depth in range(4):
        for path in data_dir.glob("*/" * depth + "*"):
            if path.suffix.lower() in ENDINGS:
                raise ValueError(
                    "`data_dir` must have folders `train` and `test` or "
                    "`val`, each with a folder of images for each class. "
                    f"Received: {data_dir}, where there is {path}"
                )
