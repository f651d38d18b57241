import argparse
import pathlib


def output_folder(options: argparse.Namespace) -> pathlib.Path:
    """Where a run writes to.

    Raises:
        ValueError: If that lies among the pictures.
    """
    folder = options.folder.resolve()
    output = options.output or pathlib.Path("runs") / folder.name
    for pictures in filter(None, (folder, options.labelled)):
        if output.resolve().is_relative_to(pictures.resolve()):
            raise ValueError(
                f"the output, {output}, lies in {pictures}, where its figures "
                "would be pictures of the next run: give another --output"
            )
    return output
