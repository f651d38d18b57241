import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parents[2] / "benchmarks"
# A part of a script, which wants the script's arguments.
LEFT_OUT = {"scale_worker"}
# What a benchmark may need beyond the packages of the tests.
OPTIONAL = {"jax", "lightly", "torch"}
IMPORT_EACH = """
import importlib
import sys
names, optional = (set(part.split(",")) for part in sys.argv[1:])
for name in sorted(names):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in optional:
            raise
"""


def test_every_benchmark_finds_what_it_imports():
    names = {path.stem for path in FOLDER.glob("*.py")} - LEFT_OUT
    lists = (",".join(names), ",".join(OPTIONAL))
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, *lists],
        cwd=FOLDER,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
