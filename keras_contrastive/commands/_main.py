import argparse
from collections.abc import Sequence

from keras_contrastive.commands import pretrain, recipe

# Each has a docstring, `add_arguments(parser)` and `run(options, parser)`.
COMMANDS = {"pretrain": pretrain, "recipe": recipe}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a sub-command.

    Args:
        arguments: List of strings. Defaults to those of the command line.

    Returns:
        Integer, the status to exit with.
    """
    parser = argparse.ArgumentParser(prog="python -m keras_contrastive")
    commands = parser.add_subparsers(dest="command", required=True)
    parsers = {}
    for name, command in COMMANDS.items():
        text = str(command.__doc__)
        parsers[name] = commands.add_parser(
            name, help=text.splitlines()[0], description=text
        )
        command.add_arguments(parsers[name])
    options = parser.parse_args(arguments)
    COMMANDS[options.command].run(options, parsers[options.command])
    return 0
