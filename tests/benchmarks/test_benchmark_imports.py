import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parents[2] / "benchmarks"
# One needs lightly; the other is a part of a script, with its arguments.
LEFT_OUT = {"lightly_loop", "scale_worker"}


def test_every_benchmark_finds_what_it_imports():
    names = sorted({path.stem for path in FOLDER.glob("*.py")} - LEFT_OUT)
    lines = ["import " + name for name in names]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=FOLDER,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
