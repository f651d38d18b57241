import argparse
import pathlib
import re
import warnings
from typing import Any

from keras_contrastive.commands._arguments import (
    add_run_arguments,
    batch_size,
    check_not_begun,
    perhaps,
    positive,
)
from keras_contrastive.commands._machine import device
from keras_contrastive.commands._rows import print_rows
from keras_contrastive.commands._settings import (
    check_same_settings,
    keep_settings,
)
from keras_contrastive.commands.pretrain._choices import choices
from keras_contrastive.commands.pretrain._labels import labeled_pictures
from keras_contrastive.commands.pretrain._methods import METHODS
from keras_contrastive.commands.pretrain._output_folder import (
    output_folder,
)
from keras_contrastive.commands.pretrain._plan import ENCODERS, make_plan
from keras_contrastive.commands.pretrain._run import run_pretrain
from keras_contrastive.commands.pretrain._settings import settings_of
from keras_contrastive.commands.pretrain._survey import survey


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        type=pathlib.Path,
        metavar="FOLDER",
        help="of pictures, in sub-folders or not",
    )
    parser.add_argument(
        "--output",
        type=pathlib.Path,
        metavar="DIR",
        help="for encoder, report and checkpoints, outside of FOLDER (default: "
        "runs/FOLDER)",
    )
    parser.add_argument(
        "--labelled",
        "--labeled",
        type=pathlib.Path,
        metavar="DIR",
        help="a folder with a sub-folder of pictures for each class, perhaps "
        "the same: adds a classifier and its accuracy",
    )
    parser.add_argument(
        "--method",
        default="simclr",
        metavar="NAME",
        help=f"one of {', '.join(METHODS)} (default: simclr)",
    )
    parser.add_argument(
        "--encoder",
        choices=ENCODERS,
        help="(default: small_cnn without a GPU)",
    )
    for name, number, text in (
        ("image-size", positive, "pixels of a view"),
        ("batch-size", batch_size, "pictures per step"),
        ("epochs", positive, "passes over the pictures"),
    ):
        parser.add_argument(
            f"--{name}",
            type=number,
            metavar="N",
            help=f"{text} (default: by number and size of the pictures)",
        )
    add_run_arguments(parser)


def run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    method = options.method
    if method not in METHODS:
        parser.error(
            f"no method is called {method!r}{perhaps(method, METHODS)}. There "
            f"are {', '.join(METHODS)}"
        )
    with warnings.catch_warnings():
        # Of these the rows tell.
        path = re.escape(str(options.folder.absolute()))
        warnings.filterwarnings("ignore", f"Images in {path}:")
        warnings.filterwarnings("ignore", f"Cannot read the image {path}")
        try:
            job = prepare(options)
        except (OSError, ValueError) as error:
            parser.exit(2, f"{parser.prog}: error: {error}\n")
        print_rows(job["rows"])
        run_pretrain(**job)


def prepare(options: argparse.Namespace) -> dict[str, Any]:
    """Makes the output folder, and the arguments of `run_pretrain`.

    Raises:
        OSError: If the folder cannot be made.
        ValueError: If there is nothing to pretrain on, or another run in the
            way.
    """
    output = output_folder(options)
    if not options.resume:
        check_not_begun(output)
    found = survey(options.folder)
    plan = make_plan(
        found,
        on_gpu=device() != "cpu",
        method=options.method,
        encoder=options.encoder,
        image_size=options.image_size,
        batch_size=options.batch_size,
        epochs=options.epochs,
        seed=options.seed,
    )
    settings = settings_of(plan, options.labelled)
    check_same_settings(settings, output)
    labels = options.labelled and labeled_pictures(
        options.labelled.absolute(),
        plan.view_size,
        pretrained_on=plan.folder,
        seed=options.seed,
    )
    keep_settings(settings, output)
    given = {name for name, value in vars(options).items() if value is not None}
    return {
        "plan": plan,
        "settings": settings,
        "labels": labels,
        "output": output,
        "rows": choices(found, plan, given=given),
    }
