"""Runs tutorials as notebooks and keeps what they print and draw.

python tutorials/execute.py NAME ... [--folder FOLDER]

Each in full, as a reader sees it, one after the other: `tutorials/executed`
then holds the notebook with its outputs, the date, versions and processor. The
site shows them.
"""

import argparse
import base64
import datetime
import io
import os
import pathlib
import re
import resource
import sys
import tempfile
import time

import nbclient
import nbformat
from build_notebooks import FOLDER, notebook
from PIL import Image

sys.path.append(str(FOLDER.parent / "benchmarks"))
from machine import cores, processor, versions

EXECUTED = FOLDER / "executed"
WIDEST = 1200  # pixels of a figure
# What TensorFlow prints before it can be told not to.
NOISE = re.compile(r"WARNING: All log messages before absl|[IWE]\d{4} ")
# Warnings of other libraries, down to the line of code that they quote.
WARNINGS = re.compile(
    r"^\S*/site-packages/\S+:\d+: \w*Warning: .*?\n  .*?(\n|\Z)", re.M | re.S
)
COLORS = re.compile(r"\x1b\[[\d;]*m|\x08")


def record(script):
    """The notebook of a script with its outputs."""
    made = nbformat.reads(notebook(script), as_version=4)
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    begun, computed = time.time(), children_seconds()
    with tempfile.TemporaryDirectory() as folder:
        client = nbclient.NotebookClient(
            made,
            kernel_name="python3",
            coalesce_streams=True,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": folder}},
        )
        client.execute()
    made.metadata["run"] = {
        "date": datetime.date.today().isoformat(),
        "minutes": round((time.time() - begun) / 60, 1),
        "computing": round((children_seconds() - computed) / 60, 1),
        "cores": cores(),
        "processor": processor(),
        "versions": {
            name: version
            for name, version in versions().items()
            if name.startswith(("keras", backend))
        },
    }
    for cell in made.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [small(output) for output in cell.outputs]
            cell.outputs = [output for output in cell.outputs if output]
    return made


def children_seconds():
    """CPU seconds of kernels that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def small(output):
    """An output without noise, its figure in 256 colors."""
    if output.output_type == "stream":
        lines = WARNINGS.sub("", output.text).split("\n")
        kept = [last_state(line) for line in lines if not NOISE.match(line)]
        output.text = "\n".join(kept)
        return output if output.text.strip() else None
    if "image/png" in output.get("data", {}):
        png = base64.b64decode(output.data["image/png"])
        output.data = {"image/png": base64.b64encode(smaller(png)).decode()}
    return output


def last_state(line):
    """What a terminal shows of a line that a progress bar wrote over."""
    return COLORS.sub("", line).rstrip("\r").split("\r")[-1]


def smaller(png):
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.thumbnail((WIDEST, WIDEST))
    file = io.BytesIO()
    image.quantize(256, dither=Image.Dither.NONE).save(
        file, "PNG", optimize=True
    )
    return file.getvalue()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--folder", type=pathlib.Path, default=EXECUTED)
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.names:
        made = record(FOLDER / f"{name}.py")
        nbformat.write(made, options.folder / f"{name}.ipynb")
        print(f"{name}: {made.metadata['run']}", flush=True)


if __name__ == "__main__":
    main()
