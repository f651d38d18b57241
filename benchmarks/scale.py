"""What methods cost on many devices: a model, and how far it is right here.

python benchmarks/scale.py [--again] [--quick] [--utilization 0.3 ...]

First the cost model of `cost_model.py` is tabled for a ResNet-50 at 224 pixels,
which measures nothing; each number of the hardware is an argument. Then, on the
CPUs of this machine, with JAX processes on loopback:

* messages: collectives of 64 KiB to 64 MiB in 2 and 4 processes, to which a
  latency and a bandwidth are fitted;
* parts: the encoder, views and losses in one process with one thread and with
  two, at two batch sizes, to which a fixed time and a rate are fitted;
* steps: of four methods, small, in 1, 2 and 4 processes that take turns, all
  on two cores, beside what the model expects from messages and parts; bytes
  of the messages in their programs; from a trace, the share of the time that
  a process is in them, waiting for others included.

Each result enters `benchmarks/scale.json` as it is there, and a run that is
stopped goes on; `--again` measures all of them anew.
"""

import argparse
import dataclasses
import json
import math
import os
import pathlib
import platform
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("KERAS_BACKEND", "jax")

import cost_model
import cost_tables
import jax
import keras
import numpy as np
from cost_model import FLOAT, METHODS, Hardware
from cost_tables import rounded
from results import write_results

RESULTS = pathlib.Path(__file__).with_suffix(".json")
CORES, BATCH, STEPS, ROUNDS = 2, 256, 3, 3
PART_BATCHES = 128, 512
KIB = 1024
SIZES = tuple(KIB * n for n in (64, 256, 1024, 4096, 16_384, 65_536))
# What XLA calls them.
NAMES = {
    "all-reduce": "all-reduce",
    "all-gather": "all-gather",
    "all-to-all": "exchange",
    "collective-permute": "exchange",
}
KINDS = tuple(dict.fromkeys(NAMES.values()))
# As `scale_worker.py` makes them.
SMALL = {
    "SimCLR": {"head": (96, 128), "head_norms": (96, 128)},
    "MoCo": {"queue": 4096},
    "BarlowTwins": {"head": (512,) * 3, "head_norms": (512,) * 2},
    "InstDis": {"bank": 16_384, "negatives": 1024},
}


class Group:
    """JAX processes that share a batch and answer calls together."""

    def __init__(self, processes, threads, pinned):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        worker = str(pathlib.Path(__file__).with_name("scale_worker.py"))
        self.running = []
        # Where XLA writes the programs of steps.
        self.programs = tempfile.TemporaryDirectory()
        flags = [
            f"--xla_dump_to={self.programs.name}",
            "--xla_dump_hlo_as_text",
            "--xla_dump_hlo_module_re=.*train_step.*",
        ]
        if threads == 1:
            flags += [
                "--xla_cpu_multi_thread_eigen=false",
                "intra_op_parallelism_threads=1",
            ]
        environment = {
            **os.environ,
            "KERAS_BACKEND": "jax",
            "XLA_FLAGS": " ".join(flags),
        }
        for rank in range(processes):
            group = {
                "rank": rank,
                "processes": processes,
                "port": port,
                "programs": self.programs.name,
                "core": rank % CORES if pinned else None,
            }
            self.running.append(
                subprocess.Popen(
                    [sys.executable, worker, json.dumps(group)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=environment,
                    text=True,
                )
            )

    def __call__(self, call, /, **arguments):
        """What the first process answers, once all have done."""
        for process in self.running:
            process.stdin.write(json.dumps([call, arguments]) + "\n")
            process.stdin.flush()
        return [answer(process) for process in self.running][0]

    def program(self):
        """The text of the step that was compiled last."""
        files = pathlib.Path(self.programs.name).glob(
            "*train_step.cpu_after_optimizations.txt"
        )
        return max(files, key=lambda path: path.stat().st_mtime).read_text()

    def close(self):
        for process in self.running:
            process.stdin.close()
        for process in self.running:
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
        self.programs.cleanup()


def answer(process):
    for line in process.stdout:
        if line.startswith("@"):
            return json.loads(line[1:])
    raise RuntimeError(f"A process ended with {process.wait()}.")


# Processes, threads of each, and whether each keeps to one core.
SHAPES = {
    "thread": (1, 1, True),
    "1": (1, CORES, False),
    "2": (2, 1, True),
    "4": (4, 1, True),
}


# Processes that compute by themselves, by their threads.
THREADS = {"1 thread": "thread", "2 threads": "1"}


class Groups(dict):
    """Groups of processes by name, begun when they are first needed."""

    def __missing__(self, name):
        self[name] = Group(*SHAPES[name])
        return self[name]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for group in self.values():
            group.close()


class Kept:
    """Results in a file, measured where they are missing."""

    def __init__(self, path, results):
        self.path, self.results = path, results

    def get(self, part, row, measure):
        rows = self.results.setdefault(part, {})
        if row not in rows:
            rows[row] = measure()
            print(f"{part}, {row}: {rows[row]}", flush=True)
            self.write()
        return rows[row]

    def write(self):
        write_results(self.path, self.results)


def measure(kept, methods, sizes, repeats):
    """All results that are not there yet; quick ones first."""
    with Groups() as running:
        kept.get("encoder", "small", lambda: running["thread"]("counted"))
        for processes, kind, size in (
            (p, kind, size) for p in "24" for kind in KINDS for size in sizes
        ):
            kept.get(
                "messages",
                f"{processes}, {kind}, {size // KIB} KiB",
                lambda p=processes, kind=kind, size=size: running[p](
                    "collective", kind=kind, size=size, repeats=repeats
                ),
            )
        for name, threads, batch in (
            (name, threads, batch)
            for name in ("encoder", "views", "copy", *methods)
            for threads in THREADS
            for batch in PART_BATCHES
        ):
            kept.get(
                "parts",
                f"{name}, {threads}, {batch}",
                lambda name=name, threads=threads, batch=batch: running[
                    THREADS[threads]
                ]("part", name=name, batch=batch, repeats=repeats),
            )
        for name in methods:
            kept.get("steps", name, lambda name=name: steps(running, name))


def steps(running, name):
    """Seconds of a step in each group, in turn, and what its program sends."""
    case = {"name": name, "batch": BATCH}
    first = {p: running[p]("fit", **case, steps=1) for p in "124"}
    found = {p: [] for p in "124"}
    for _ in range(ROUNDS):
        for processes in "124":
            run = running[processes]("fit", **case, steps=STEPS)
            found[processes].append(round(run["seconds"], 4))
    return {
        "seconds": found,
        # Of the same batch and weights: whether it is the same step.
        "first_loss": {p: run["loss"] for p, run in first.items()},
        "share": {
            p: round(running[p]("share", **case, steps=STEPS), 4) for p in "24"
        },
        "program": {p: message_bytes(running[p].program()) for p in "24"},
        "load": round(os.getloadavg()[0], 1),
    }


def message_bytes(program):
    """Bytes of the messages in the text of an XLA program, by kind.

    Those that only the first batch of a method with a bank sends are left out.
    """
    found = dict.fromkeys(KINDS, 0)
    for line in program.splitlines():
        message = re.search(rf"= (.*?) ({'|'.join(NAMES)})(?:-start)?\(", line)
        if message and "/cond/" not in line:
            shapes = re.findall(r"[fs]32\[([\d,]*)\]", message[1])
            for shape in shapes:
                sides = map(int, filter(None, shape.split(",")))
                found[NAMES[message[2]]] += FLOAT * math.prod(sides)
    return found


def line(x, y):
    """Fixed part and slope of `y`, at the least squares of relative errors."""
    x, y = np.asarray(x, "float64"), np.asarray(y, "float64")
    terms = np.stack([1 / y, x / y], axis=1)
    (fixed, slope), *_ = np.linalg.lstsq(terms, np.ones_like(y), rcond=None)
    if fixed < 0:
        ratio = x / y
        fixed, slope = 0.0, ratio.sum() / (ratio**2).sum()
    return float(fixed), float(slope)


class Here:
    """This machine, as what was measured of it says."""

    def __init__(self, results):
        self.encoder = cost_model.Encoder(**results["encoder"]["small"])
        self.methods = {
            name: dataclasses.replace(METHODS[name], **SMALL[name])
            for name in SMALL
        }
        self.messages, self.parts = {}, {}
        for name in dict.fromkeys(map(head_of, results["messages"])):
            processes, kind = name.split(", ")
            rows = rows_of(results["messages"], name)
            sizes = [KIB * int(row.split()[0]) for row in rows]
            sent = [
                cost_model.wire_bytes(kind, size, int(processes))
                for size in sizes
            ]
            self.messages[name] = line(sent, list(rows.values()))
        for name in dict.fromkeys(map(head_of, results["parts"])):
            rows = rows_of(results["parts"], name)
            part, _ = name.split(", ")
            work = [self.work(part, int(batch)) for batch in rows]
            self.parts[name] = line(work, list(rows.values()))

    def work(self, part, batch):
        """Operations of a part that was measured; views; bytes of a copy."""
        if part == "encoder":
            return 3 * batch * self.encoder.operations
        if part == "views":
            return 2 * batch
        if part == "copy":
            return 2 * 2**20 * batch
        method = self.methods[part]
        return cost_model.arithmetic(method, self.encoder, batch, 1)["loss"]

    def collective(self, kind, size, devices):
        if devices == 1:
            return 0.0
        fixed, slope = self.messages[f"{devices}, {kind}"]
        return fixed + slope * cost_model.wire_bytes(kind, size, devices)

    def expected(self, name, batch, processes):
        """Seconds of the parts of a step.

        One process has a thread on each core, more have one thread each; of
        four, two share a core and take twice as long.
        """
        method = self.methods[name]
        case = method, self.encoder, batch, processes
        operations = cost_model.arithmetic(*case)
        threads = "2 threads" if processes == 1 else "1 thread"
        turns = max(1, processes / CORES)
        calls = (1 if method.joined else method.trained) + method.followed

        def of(part, work, times=1):
            fixed, slope = self.parts[f"{part}, {threads}"]
            return turns * (times * fixed + slope * work)

        rows = batch / processes
        moved = cost_model.update_bytes(*case)
        parts = {
            "encoder": of("encoder", operations["encoder"], calls),
            "views": of("views", rows * method.views, method.views / 2),
            "loss": of(name, operations["loss"]),
            "update": of("copy", moved, times=0),
            "collective": sum(
                c.times * self.collective(c.kind, c.size, processes)
                for c in cost_model.collectives(*case)
            ),
        }
        return {**parts, "step": sum(parts.values())}


def head_of(row):
    return row.rpartition(", ")[0]


def rows_of(results, head):
    """Rows that begin with `head`, by what follows it."""
    return {
        row.rpartition(", ")[2]: value
        for row, value in results.items()
        if head_of(row) == head
    }


def compare(results):
    """Expected beside measured: seconds, shares, and bytes of programs."""
    here, found = Here(results), {}
    for name, row in results["steps"].items():
        found[name] = {
            "expected": {
                p: cost_tables.rounded(here.expected(name, BATCH, int(p)))
                for p in "124"
            },
            "bytes": {p: sent(here, name, int(p)) for p in "24"},
        }
        for p in "124":
            measured = statistics.median(row["seconds"][p])
            expected = found[name]["expected"][p]["step"]
            print(
                f"{name}, {p}: {measured:.3f} s, expected {expected:.3f} s, "
                f"ratio {measured / expected:.2f}"
            )
    fits = {
        part: {name: rounded_line(*fit) for name, fit in fits.items()}
        for part, fits in (("messages", here.messages), ("parts", here.parts))
    }
    return {"fits": fits, "compared": found}


def rounded_line(fixed, slope):
    return rounded({"fixed": fixed, "rate": 1 / slope})


def sent(here, name, processes):
    """Bytes of messages as the model has them, by kind, as in a program."""
    found = dict.fromkeys(KINDS, 0)
    case = here.methods[name], here.encoder, BATCH, processes
    for c in cost_model.collectives(*case):
        found[c.kind] += round(c.times * c.size)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure anew")
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    for field in dataclasses.fields(Hardware):
        name = "--" + field.name.replace("_", "-")
        parser.add_argument(name, type=float, default=field.default)
    options = vars(parser.parse_args())
    again, quick = options.pop("again"), options.pop("quick")
    hardware = Hardware(**options)
    known = {}
    if RESULTS.exists() and not again:
        known = json.loads(RESULTS.read_text())
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "quick.json" if quick else RESULTS
        kept = Kept(path, {} if quick else known)
        kept.results["hardware"] = dataclasses.asdict(hardware)
        kept.results["paper"] = cost_tables.on_paper(hardware)
        kept.results["limits"] = cost_tables.limits(hardware)
        kept.results["changes"] = cost_tables.changes(hardware)
        kept.results.setdefault("set_up", set_up())
        kept.results["step_batch"] = BATCH
        kept.write()
        if quick:
            measure(kept, ["SimCLR"], SIZES[:2], repeats=2)
        else:
            measure(kept, list(METHODS), SIZES, repeats=5)
        kept.results |= compare(kept.results)
        kept.write()
    print(json.dumps(kept.results["compared"]))


def set_up():
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} CPU cores, load "
        f"{os.getloadavg()[0]:.1f} before, Python {platform.python_version()}, "
        f"Keras {keras.__version__}, JAX {jax.__version__}"
    )


if __name__ == "__main__":
    main()
