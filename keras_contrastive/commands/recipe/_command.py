import argparse
import functools
import pathlib
from typing import Any

from keras_contrastive import recipes
from keras_contrastive.commands._arguments import (
    add_run_arguments,
    batch_size,
    check_not_begun,
    folder,
    is_begun,
    perhaps,
    positive,
)
from keras_contrastive.commands._settings import (
    check_same_settings,
    keep_settings,
)
from keras_contrastive.commands.recipe._check_images import check_images
from keras_contrastive.commands.recipe._data import recipe_data
from keras_contrastive.commands.recipe._dry_run import dry_run
from keras_contrastive.commands.recipe._run import begun_with, run_recipe
from keras_contrastive.recipes import Recipe, Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the recipe")
    parser.add_argument(
        "--data-dir",
        type=folder,
        metavar="DIR",
        help="a folder with `train` and `test` or `val`, each with a folder "
        "of images for each class; or where TensorFlow Datasets keeps its own",
    )
    parser.add_argument(
        "--output",
        type=folder,
        metavar="DIR",
        help="for results, figures, encoder and checkpoints "
        "(default: runs/NAME)",
    )
    parser.add_argument(
        "--epochs", type=positive, metavar="N", help="in place of the recipe's"
    )
    parser.add_argument(
        "--batch-size",
        type=batch_size,
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
    needs_folder = recipe.dataset == "imagenet100" and not options.dry_run
    if needs_folder and options.data_dir is None:
        parser.error(
            "ImageNet-100 needs --data-dir, a folder with `train` and `val`, "
            "each with the 100 folders of its classes; they are listed in "
            "imagenet100.txt of https://github.com/HobbitLong/CMC"
        )
    try:
        job = prepare(recipe, options)
    except (OSError, ValueError) as error:
        parser.exit(2, f"{parser.prog}: error: {error}\n")
    if options.dry_run:
        dry_run(**job)
    else:
        run_recipe(**job)


def prepare(recipe: Recipe, options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of `dry_run`, or those of `run_recipe` and its folder.

    Raises:
        OSError: If the folder cannot be made.
        ValueError: If data or batch are none to train on, or another run is
            in the way.
    """
    output = options.output or pathlib.Path("runs") / recipe.name
    make_run = functools.partial(
        Run,
        batch_size=options.batch_size or recipe.batch_size,
        epochs=options.epochs or recipe.epochs,
        seed=options.seed,
    )
    if options.dry_run:
        return {"recipe": recipe, "run": make_run(recipe.num_images)}
    if not options.resume:
        check_not_begun(output)
    data = recipe_data(recipe, options.data_dir)
    planned = make_run(len(data.source))
    settings = begun_with(recipe, planned, options.data_dir)
    check_same_settings(settings, output)
    # What takes longest comes last.
    check_images(data, is_begun=is_begun(output))
    keep_settings(settings, output)
    return {"recipe": recipe, "run": planned, "data": data, "output": output}


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
