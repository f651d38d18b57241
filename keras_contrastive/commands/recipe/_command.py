import argparse
import pathlib

from keras_contrastive import recipes
from keras_contrastive.commands._arguments import (
    add_run_arguments,
    check_not_begun,
    perhaps,
    positive,
)
from keras_contrastive.commands._settings import check_same_settings
from keras_contrastive.commands.recipe._data import recipe_data
from keras_contrastive.commands.recipe._dry_run import dry_run
from keras_contrastive.commands.recipe._run import begun_with, run_recipe
from keras_contrastive.recipes import Recipe, Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the recipe")
    parser.add_argument(
        "--data-dir",
        type=pathlib.Path,
        metavar="DIR",
        help="a folder with `train` and `test` or `val`, each with a folder "
        "of images for each class; or where TensorFlow Datasets keeps its own",
    )
    parser.add_argument(
        "--output",
        type=pathlib.Path,
        metavar="DIR",
        help="for results, figures, encoder and checkpoints "
        "(default: runs/NAME)",
    )
    parser.add_argument(
        "--epochs", type=positive, metavar="N", help="in place of the recipe's"
    )
    parser.add_argument(
        "--batch-size",
        type=positive,
        metavar="N",
        help="in place of the recipe's; learning rates follow",
    )
    add_run_arguments(parser)
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="three steps on generated images: hours, memory, weights",
    )


def run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    found = all_recipes()
    if options.name is None:
        print(listed(found))
        return
    if options.name not in found:
        parser.error(
            f"no recipe is called {options.name!r}"
            f"{perhaps(options.name, found)}. Without a name this command "
            "lists all"
        )
    recipe = found[options.name]
    output = options.output or pathlib.Path("runs") / recipe.name
    needs_folder = recipe.dataset == "imagenet100" and not options.dry_run
    if needs_folder and options.data_dir is None:
        parser.error(
            "ImageNet-100 needs --data-dir, a folder with `train` and `val`, "
            "each with the 100 folders of its classes; they are listed in "
            "imagenet100.txt of https://github.com/HobbitLong/CMC"
        )
    try:
        if not (options.resume or options.dry_run):
            check_not_begun(output)
        data = None
        if not options.dry_run:
            data = recipe_data(recipe, options.data_dir)
        planned = Run(
            recipe.num_images if data is None else len(data.source),
            check_pairs(options.batch_size or recipe.batch_size),
            options.epochs or recipe.epochs,
            seed=options.seed,
        )
        if data is not None:
            check_same_settings(begun_with(recipe, planned), output)
    except (OSError, ValueError) as error:
        parser.exit(2, f"{parser.prog}: error: {error}\n")
    if data is None:
        dry_run(recipe, planned)
        return
    try:
        run_recipe(recipe, planned, data, output)
    except OSError as error:
        parser.exit(2, f"{parser.prog}: error: {error}\n")


def check_pairs(batch_size: int) -> int:
    """The batch size, or `ValueError` where it leaves nothing to compare."""
    if batch_size < 2:
        raise ValueError(
            "`batch_size` must be at least 2, as one image has none to be "
            f"compared with. Received: batch_size={batch_size}"
        )
    return batch_size


def all_recipes() -> dict[str, Recipe]:
    public = [getattr(recipes, name) for name in recipes.__all__]
    return {each.name: each for each in public if isinstance(each, Recipe)}


def listed(found: dict[str, Recipe]) -> str:
    """One line for each."""
    width = max(map(len, found))
    return "\n".join(
        f"{name:<{width}}  {recipe.title}, {recipe.dataset}, "
        f"{recipe.epochs} epochs of batches of {recipe.batch_size}"
        for name, recipe in found.items()
    )
