import argparse
import pathlib
import re
import warnings

from keras_contrastive.commands._arguments import perhaps, positive
from keras_contrastive.commands._machine import device
from keras_contrastive.commands._rows import print_rows
from keras_contrastive.commands.pretrain._choices import choices
from keras_contrastive.commands.pretrain._labels import (
    LabeledPictures,
    labeled_pictures,
)
from keras_contrastive.commands.pretrain._methods import METHODS
from keras_contrastive.commands.pretrain._plan import (
    ENCODERS,
    Plan,
    make_plan,
)
from keras_contrastive.commands.pretrain._run import CHECKPOINT, run_pretrain
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
        help="for encoder, report and checkpoints (default: runs/FOLDER)",
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
    for name, text in (
        ("image-size", "pixels of a view"),
        ("batch-size", "pictures per step"),
        ("epochs", "passes over the pictures"),
    ):
        parser.add_argument(
            f"--{name}",
            type=positive,
            metavar="N",
            help=f"{text} (default: by number and size of the pictures)",
        )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="(default: 0)"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run in --output"
    )


def run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    method = options.method
    if method not in METHODS:
        parser.error(
            f"no method is called {method!r}{perhaps(method, METHODS)}. There "
            f"are {', '.join(METHODS)}"
        )
    output = options.output or pathlib.Path("runs") / options.folder.name
    if (output / CHECKPOINT).exists() and not options.resume:
        parser.error(
            f"{output} holds a run that was begun: go on with --resume, or "
            "give another --output"
        )
    with warnings.catch_warnings():
        # Of these the rows tell.
        path = re.escape(str(options.folder.absolute()))
        warnings.filterwarnings("ignore", f"Images in {path}:")
        warnings.filterwarnings("ignore", f"Cannot read the image {path}")
        try:
            plan, labels, rows = prepare(options)
        except (OSError, ValueError) as error:
            parser.exit(2, f"{parser.prog}: error: {error}\n")
        print_rows(rows)
        # A run with other arguments is not gone on with.
        told = (OSError, ValueError) if options.resume else OSError
        try:
            run_pretrain(plan, labels, output, rows)
        except told as error:
            parser.exit(2, f"{parser.prog}: error: {error}\n")


def prepare(
    options: argparse.Namespace,
) -> tuple[Plan, LabeledPictures | None, dict[str, str]]:
    """What is to be done, and in words why."""
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
    labels = options.labelled and labeled_pictures(
        options.labelled.absolute(),
        plan.view_size,
        pretrained_on=plan.folder,
        seed=options.seed,
    )
    return plan, labels, choices(found, plan)
