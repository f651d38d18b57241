"""Runs killed at any moment and started again, compared bit for bit.

KERAS_BACKEND=torch python benchmarks/kill.py [--kills 400]
    [--methods SimCLR BYOL ...] [--jobs 1] [--chain N] [--quick]

A chain is one training of three epochs of six steps, as `tiny_runs.py` makes
them, with `callbacks.Checkpoint`. It is ended by SIGKILL one to four times and
started again, each life a process of its own: before or after a step, at the
end of an epoch or of the training, at each call that touches a file of the
checkpoint (with half of it written, before it is flushed, before and after it
is renamed, before older ones are removed), and at a time that the parent
draws. In the end all arrays are compared with those of a run that was never
interrupted and had no `Checkpoint`: variables of model, optimizer and metrics,
records, the guard's fields, history. The control has Keras'
`BackupAndRestore(save_freq=5)` in its place and must differ.

Lives are forked from a process that has imported all and computed nothing;
those of each 21st chain are started from nothing. Each chain is drawn
from its number: `--chain N` shows chain N again. Chains enter
`benchmarks/kill.json` one by one, and another call goes on after them.
"""

import argparse
import concurrent.futures
import importlib
import json
import multiprocessing
import multiprocessing.forkserver
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

HERE = pathlib.Path(__file__).parent
RESULTS = HERE / "kill.json"
# Where a life ends: the share of such lives, and after how many moments of
# the kind at most; the parent counts tenths of the time that a run takes.
DEATHS = {
    "before a step": (0.2, 9),
    "after a step": (0.15, 9),
    "end of an epoch": (0.1, 2),
    "end of the training": (0.05, 1),
    "half a file": (0.1, 3),
    "soon after opening a file": (0.1, 3),
    "call for a file": (0.25, 40),
    "by the parent": (0.05, 10),
}
HOOKS = {
    "before a step": "on_train_batch_begin",
    "after a step": "on_train_batch_end",
    "end of an epoch": "on_epoch_end",
    "end of the training": "on_train_end",
}
FRESH_EVERY = 21
# Two chains of six.
QUICK = [
    [
        ("before a step", 5),
        ("half a file", 1),
        ("after a step", 3),
        ("call for a file", 15),
        ("end of an epoch", 1),
        ("soon after opening a file", 1),
    ],
    [
        ("soon after opening a file", 2),
        ("call for a file", 5),
        ("before a step", 8),
        ("half a file", 2),
        ("call for a file", 25),
        ("after a step", 4),
    ],
]


class Death:
    """Ends this process at one of its moments.

    Args:
        kind: String, one of `DEATHS`.
        count: Integer, the moments of that kind until then.
        folder: Path, where the chain keeps its files.
    """

    def __init__(self, kind, count, folder):
        self.kind, self.count, self.folder = kind, count, folder

    def callbacks(self):
        if self.kind == "half a file":
            self.write_half()
        elif self.kind == "call for a file":
            flush = os.fsync
            os.fsync = lambda file: (self.moment("fsync"), flush(file))
            sys.addaudithook(self.on_event)
        elif self.kind == "soon after opening a file":
            sys.addaudithook(self.on_opened)
        if self.kind not in HOOKS:
            return []
        import keras

        callback = keras.callbacks.Callback()
        hook = HOOKS[self.kind]
        setattr(callback, hook, lambda *_, **__: self.moment(hook))
        return [callback]

    def write_half(self):
        write = pathlib.Path.write_bytes

        def write_bytes(path, data):
            if self.is_of_states(path) and self.count == 1:
                write(path, data[: len(data) // 2])
                self.moment(self.kind)
            self.count -= 1
            return write(path, data)

        pathlib.Path.write_bytes = write_bytes

    # Python calls these before it opens, renames, removes, ...
    def on_event(self, event, values):
        if any(map(self.is_of_states, values)):
            self.moment(event)

    def on_opened(self, event, values):
        if event == "open" and self.is_of_states(values[0]):
            if "w" in (values[1] or ""):
                self.count -= 1
                if self.count == 0:
                    delay = np.random.default_rng().uniform(0, 0.004)
                    threading.Timer(delay, self.die, [self.kind]).start()

    def is_of_states(self, path):
        states = str(self.folder / "states")
        return isinstance(path, str | os.PathLike) and os.fspath(
            path
        ).startswith(states)

    def moment(self, place):
        self.count -= 1
        if self.count == 0:
            self.die(place)

    def die(self, place):
        with open(self.folder / "places", "a") as file:
            file.write(f"{place}\n")
        os.kill(os.getpid(), signal.SIGKILL)


def live(plan):
    """A life: the script of the run, and where it ends.

    Args:
        plan: Dictionary, see `Chains.run`.
    """
    import keras
    from tiny_runs import Run

    import keras_contrastive as kc

    folder = pathlib.Path(plan["folder"])
    records = folder / "scores.npz" if plan.get("records") else None
    run = Run(plan["method"], records=records)
    callbacks = []
    if plan["saves"] == "Checkpoint":
        callbacks = [
            kc.callbacks.Checkpoint(
                folder / "states", every_steps=plan["every_steps"]
            )
        ]
    if plan["saves"] == "BackupAndRestore":
        callbacks = [
            keras.callbacks.BackupAndRestore(folder / "states", save_freq=5)
        ]
    if plan.get("death"):
        callbacks += Death(*plan["death"], folder).callbacks()
    run.fit(callbacks)
    unfinished = folder / "unfinished.npz"
    np.savez(unfinished, **run.state())
    unfinished.replace(folder / "final.npz")


def start(plan, *, is_fresh=False, limit=None):
    """Starts a life and waits until it has ended.

    Args:
        plan: As for `live`.
        is_fresh: Boolean, whether it imports all anew.
        limit: Float, seconds after which it is killed, or None.

    Returns:
        Integer, its exit code: -9 if it was killed.
    """
    if is_fresh:
        command = [sys.executable, __file__, "--life", json.dumps(plan)]
        try:
            return subprocess.run(command, timeout=limit).returncode
        except subprocess.TimeoutExpired:
            return -signal.SIGKILL
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=live, args=(plan,))
    process.start()
    process.join(limit)
    process.kill()
    process.join()
    return process.exitcode


class Chains:
    """Trainings that are killed and started again.

    Args:
        folder: Path, where they keep their files.
    """

    def __init__(self, folder):
        self.folder, self.references = pathlib.Path(folder), {}
        context = multiprocessing.get_context("forkserver")
        # Keras imports TensorFlow, if it is there, to describe a model.
        context.set_forkserver_preload(["keras_contrastive", "tensorflow"])

    def reference(self, method):
        """Final arrays of an uninterrupted run, and its seconds."""
        if method not in self.references:
            folder = tempfile.mkdtemp(dir=self.folder)
            begin = time.perf_counter()
            plan = {"folder": folder, "method": method, "saves": None}
            if code := start(plan):
                raise RuntimeError(f"{method}: a life ended with {code}")
            seconds = time.perf_counter() - begin
            self.references[method] = arrays_of(folder), seconds
        return self.references[method]

    def run(self, number, method, *, saves="Checkpoint", deaths=None):
        """Runs chain `number`, which is drawn from the number.

        Args:
            number: Integer.
            method: String, a key of `tiny_runs.METHODS`.
            saves: `"Checkpoint"` or `"BackupAndRestore"`.
            deaths: List of pairs (kind, count), see `Death`, or None to draw.

        Returns:
            Dictionary: `kills`, `fresh_kills`, `places` of the kills,
            `arrays` compared, `differing` names, `error`, the exit code of
            a life that failed, or None.
        """
        expected, seconds = self.reference(method)
        rng = np.random.default_rng(number)
        is_fresh = number % FRESH_EVERY == FRESH_EVERY - 1
        folder = tempfile.mkdtemp(dir=self.folder)
        plan = {
            "folder": folder,
            "method": method,
            "saves": saves,
            "every_steps": [1, 2, 4, 5, None][rng.integers(5)],
            "records": bool(rng.integers(2)),
        }
        if deaths is None:
            deaths = [drawn_death(rng) for _ in range(rng.integers(1, 5))]
        killed = 0
        for death in [*deaths, None]:
            by_parent = death is not None and death[0] == "by the parent"
            limit = seconds * death[1] / 10 if by_parent else None
            code = start(
                {**plan, "death": death}, is_fresh=is_fresh, limit=limit
            )
            if code != -signal.SIGKILL:
                break
            killed += 1
        places = places_in(folder)
        result = {
            "number": number,
            "method": method,
            "kills": killed,
            "fresh_kills": killed * is_fresh,
            "places": places + ["by the parent"] * (killed - len(places)),
            "arrays": len(expected),
        }
        if code:
            return {**result, "error": code, "differing": []}
        differing = differing_names(arrays_of(folder), expected)
        shutil.rmtree(folder)
        return {**result, "error": None, "differing": differing}


def drawn_death(rng):
    shares = [share for share, _ in DEATHS.values()]
    kind = list(DEATHS)[rng.choice(len(DEATHS), p=shares)]
    return kind, int(rng.integers(1, DEATHS[kind][1] + 1))


def places_in(folder):
    path = pathlib.Path(folder, "places")
    return path.read_text().splitlines() if path.exists() else []


def arrays_of(folder):
    with np.load(pathlib.Path(folder, "final.npz")) as file:
        return dict(file)


def differing_names(found, expected):
    """Names of arrays that differ in a bit, or that only one side has."""
    return [
        name
        for name in {**expected, **found}
        if not (name in found and name in expected)
        or bits_of(found[name]) != bits_of(expected[name])
    ]


def bits_of(array):
    return array.dtype, array.shape, array.tobytes()


class Results:
    """What `kill.json` holds, with one chain more after another."""

    def __init__(self, path):
        self.path = path
        self.found = {}
        if path and path.exists():
            self.found = json.loads(path.read_text())

    def backend(self, name):
        return self.found.setdefault("by_backend", {}).setdefault(name, {})

    def add(self, backend, result, set_up):
        found = self.found
        rows = [
            found,
            self.backend(backend),
            found.setdefault("by_method", {}).setdefault(result["method"], {}),
        ]
        for row in rows:
            for name, value in (
                ("kills", result["kills"]),
                ("fresh_kills", result["fresh_kills"]),
                ("chains", 1),
                ("arrays", result["arrays"]),
                ("differing_arrays", len(result["differing"])),
                ("errors", int(result["error"] is not None)),
            ):
                row[name] = row.get(name, 0) + value
        places = found.setdefault("by_place", {})
        for place in result["places"]:
            places[place] = places.get(place, 0) + 1
        if result["error"] or result["differing"]:
            found.setdefault("not_exact", []).append([backend, result])
        self.backend(backend)["set_up"] = set_up
        self.write()

    def add_control(self, backend, results):
        self.found.setdefault("control", {})[backend] = {
            "kills": sum(result["kills"] for result in results),
            "arrays": sum(result["arrays"] for result in results),
            "differing_arrays": sum(len(r["differing"]) for r in results),
        }
        self.write()

    def write(self):
        # Not above: it imports Keras, before which the environment is set.
        from results import write_results

        if self.path:
            write_results(self.path, self.found)


def told(backend, result):
    line = f"{backend} chain {result['number']:4} {result['method']:13}"
    line += f" kills {result['kills']}, arrays that differ "
    line += f"{len(result['differing'])} of {result['arrays']}"
    if result["error"]:
        line += f", a life ended with {result['error']}"
    return f"{line} {result['places']} {result['differing'][:6]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=400)
    parser.add_argument("--methods", nargs="*")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--chain", type=int, help="this one, which is not kept")
    parser.add_argument("--quick", action="store_true", help="a dozen kills")
    parser.add_argument("--life", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # What was compiled in one life is not compiled in the next.
    cache = HERE.parent / "build" / "kill-jax"
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(cache))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
    if options.life:
        live(options.life)
        return
    with tempfile.TemporaryDirectory() as folder:
        run(options, Chains(folder))


def run(options, chains):
    multiprocessing.forkserver.ensure_running()
    import keras
    from tiny_runs import METHODS

    backend = keras.backend.backend()
    set_up = (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} CPU cores, Python "
        f"{platform.python_version()}, Keras {keras.__version__}, {backend} "
        f"{importlib.import_module(backend).__version__}"
    )
    print(set_up)
    methods = options.methods or list(METHODS)
    goal, jobs = options.kills, options.jobs
    if options.quick:
        methods, goal, jobs = ["InstDis"], 0, 2
        chains.reference(*methods)

    def run_chain(number, deaths=None):
        method = methods[number % len(methods)]
        result = chains.run(number, method, deaths=deaths)
        print(told(backend, result), flush=True)
        return result

    if options.chain is not None:
        run_chain(options.chain)
        return
    results = Results(None if options.quick else RESULTS)
    known = results.backend(backend)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        if options.quick:
            for result in pool.map(run_chain, range(2), QUICK):
                results.add(backend, result, set_up)
        while known.get("kills", 0) < goal:
            first = known.get("chains", 0)
            for result in pool.map(run_chain, range(first, first + jobs)):
                results.add(backend, result, set_up)
    if backend not in results.found.get("control", {}):
        controls = [
            chains.run(
                0,
                method,
                saves="BackupAndRestore",
                deaths=[("after a step", 8)],
            )
            for method in methods[::5]
        ]
        results.add_control(backend, controls)
    found = results.found
    print(json.dumps(found))
    is_exact = not found["differing_arrays"] and not found["errors"]
    is_seen = all(row["differing_arrays"] for row in found["control"].values())
    sys.exit(not (is_exact and is_seen))


if __name__ == "__main__":
    main()
