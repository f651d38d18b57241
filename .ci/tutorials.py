"""Runs half of the tutorials today, the others tomorrow, in short mode.

Two at a time, a thread each.

Each in a process of its own, forked from one that has imported TensorFlow and
Keras. What it printed is shown if it fails.
"""

import concurrent.futures
import datetime
import multiprocessing
import os
import pathlib
import runpy
import sys
import time
import traceback

ROOT = pathlib.Path(__file__).parent.parent
LOGS = ROOT / "build/tutorials"
SETTINGS = {
    "KERAS_BACKEND": "tensorflow",
    "KERAS_CONTRASTIVE_SMOKE": "1",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TQDM_DISABLE": "1",
}
IMPORTED = ["tensorflow", "keras_contrastive", "matplotlib.pyplot"]


def run(path):
    """How long it took, what it printed and whether it ended well."""
    begun, log = time.monotonic(), LOGS / f"{path.stem}.log"
    with log.open("w") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.argv, ended_well = [str(path)], True
    try:
        runpy.run_path(str(path), run_name="__main__")
    except BaseException:
        traceback.print_exc()
        ended_well = False
    sys.stdout.flush()
    return time.monotonic() - begun, log.read_text(), ended_well


def main():
    os.environ.update(SETTINGS)
    LOGS.mkdir(parents=True, exist_ok=True)
    paths = {*(ROOT / "tutorials").glob("*.py")}
    paths.remove(ROOT / "tutorials/build_notebooks.py")
    today = sorted(paths)[datetime.date.today().toordinal() % 2 :: 2]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    with concurrent.futures.ProcessPoolExecutor(
        2, mp_context=context, max_tasks_per_child=1
    ) as pool:
        runs = {pool.submit(run, path): path for path in today}
        for done in concurrent.futures.as_completed(runs):
            seconds, printed, ended_well = done.result()
            print(f"=== took {seconds:.0f} s: {runs[done].name}", flush=True)
            if not ended_well:
                pool.shutdown(cancel_futures=True)
                sys.exit(printed)


if __name__ == "__main__":
    main()
