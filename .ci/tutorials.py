"""Runs half of the tutorials today, the others tomorrow, in short mode.

Two at a time, a thread each.

Each in a process of its own, forked from one that has imported TensorFlow and
Keras. What it printed is shown if it fails.
"""

import concurrent.futures
import datetime
import faulthandler
import multiprocessing
import os
import pathlib
import runpy
import sys
import time

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
PROCESSES = multiprocessing.get_context("forkserver")


def execute(path, log):
    with log.open("w") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    faulthandler.enable()
    sys.argv = [str(path)]
    runpy.run_path(str(path), run_name="__main__")


def run(path):
    """How long it took, what it printed and its exit code."""
    begun, log = time.monotonic(), LOGS / f"{path.stem}.log"
    process = PROCESSES.Process(target=execute, args=(path, log))
    process.start()
    process.join()
    return time.monotonic() - begun, log.read_text(), process.exitcode


def main():
    os.environ.update(SETTINGS)
    LOGS.mkdir(parents=True, exist_ok=True)
    paths = {*(ROOT / "tutorials").glob("*.py")}
    paths.remove(ROOT / "tutorials/build_notebooks.py")
    today = sorted(paths)[datetime.date.today().toordinal() % 2 :: 2]
    PROCESSES.set_forkserver_preload(IMPORTED)
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        runs = {threads.submit(run, path): path for path in today}
        for done in concurrent.futures.as_completed(runs):
            seconds, printed, code = done.result()
            print(f"=== took {seconds:.0f} s: {runs[done].name}", flush=True)
            if code:
                threads.shutdown(wait=False, cancel_futures=True)
                sys.exit(f"{printed}\nexit code {code}: {runs[done].name}")


if __name__ == "__main__":
    main()
