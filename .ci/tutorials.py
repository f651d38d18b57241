"""Runs half of the tutorials today, the others tomorrow, in short mode.

As notebooks, two at a time, each in a kernel of its own, with the cells of the
scripts that readers do not see. The cell that fails is shown with what it
printed.
"""

import concurrent.futures
import datetime
import os
import pathlib
import sys
import time

import nbclient
import nbformat

ROOT = pathlib.Path(__file__).parent.parent
sys.path.append(str(ROOT / "tutorials"))
from build_notebooks import notebook, scripts  # noqa: E402

FOLDER = ROOT / "build/tutorials"
SETTINGS = {
    "KERAS_BACKEND": "tensorflow",
    "KERAS_CONTRASTIVE_SMOKE": "1",
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TQDM_DISABLE": "1",
}


def run(script):
    """How long it took, and what went wrong."""
    begun = time.monotonic()
    made = nbformat.reads(notebook(script, whole=True), as_version=4)
    client = nbclient.NotebookClient(
        made,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(FOLDER)}},
    )
    fault = None
    try:
        client.execute()
    except (nbclient.exceptions.CellExecutionError, RuntimeError) as error:
        fault = f"{script.name}, {told(made, error)}"
    return time.monotonic() - begun, fault


def told(made, error):
    """The cell that ran last, its code, what it printed and the error."""
    cell = [cell for cell in made.cells if "execution" in cell.metadata][-1]
    printed = "".join(output.get("text", "") for output in cell.outputs)
    trace = getattr(error, "traceback", error)
    return f"{cell.id}:\n{cell.source}\n\nprinted:\n{printed}\n{trace}"


def main():
    os.environ.update(SETTINGS)
    # Figures are shown as in a notebook.
    os.environ.pop("MPLBACKEND", None)
    FOLDER.mkdir(parents=True, exist_ok=True)
    today = [*scripts().values()][datetime.date.today().toordinal() % 2 :: 2]
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        runs = {threads.submit(run, path): path for path in today}
        for done in concurrent.futures.as_completed(runs):
            seconds, fault = done.result()
            print(f"=== took {seconds:.0f} s: {runs[done].name}", flush=True)
            if fault:
                threads.shutdown(wait=False, cancel_futures=True)
                sys.exit(fault)


if __name__ == "__main__":
    main()
