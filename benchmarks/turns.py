"""Processes that take turns, so that all meet the same load of the machine."""

import json
import os
import subprocess
import sys
import time


class Worker:
    """A process that runs once for each line it is sent, as `serve` does.

    Args:
        script: Path of a script that ends in `serve`.
        arguments: What the script works on, as JSON can hold it.
        environment: Dictionary, changes of the environment; None removes.
        one_core: Boolean, whether to bind the process to one core.
    """

    def __init__(self, script, arguments, environment=None, one_core=False):
        changed = {**os.environ, **(environment or {})}
        self.process = subprocess.Popen(
            [sys.executable, script, "--worker", json.dumps(arguments)],
            env={k: v for k, v in changed.items() if v is not None},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=bind_to_one_core if one_core else None,
        )

    def run(self):
        """Waits for one run and returns what `serve` has told of it."""
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            raise RuntimeError(self.ended()) from None

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.communicate()  # What it prints at the end is not asked.
        if self.process.returncode and failure == (None, None, None):
            raise RuntimeError(self.ended())

    def ended(self):
        return (
            f"{self.process.args} ended with code {self.process.wait()}; its "
            "last words are above."
        )


def bind_to_one_core():
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def serve(run):
    """Runs for each line of standard input, and answers with its seconds.

    Args:
        run: Function that returns a dictionary of what else is to be told.
    """
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), cpu_seconds()
        told = run()
        wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
        print(json.dumps({**told, "wall": wall, "cpu": cpu}), flush=True)


def cpu_seconds():
    """Of all threads, and of the children that have ended."""
    return sum(os.times()[:4])
