"""All methods at a budget where they can show: what does each learn?

python benchmarks/methods.py [--data shapes] [--side 16] [--seen 640000]
    [--rows NAME ...] [--workers 2] [--quick]

Each method sees 640,000 images of 16 pixels (two views of each, where it has
two): `data.shapes`, 10,000 for 64 epochs, or Fashion-MNIST, 20,000 for 32. A
few of them see pictures of 32 pixels too: Debian's clip art, 5,548 drawings
for 115 epochs, of which 1,877 have one of twelve subjects
(`prepare_drawings.py`).
The encoder has five convolutions with batch normalization, 12 to 48 channels,
which learns in minutes what a ResNet takes longer for; batch 256, AdamW with
weight decay 1e-4, a warm-up over a sixteenth and a cosine; heads of 512 hidden
units and 128 out. Modules stand on the methods that their names say, and
InfoMin has these views and MoCo's settings, not its paper's.

Modules and feature transformation have the setting of what they stand on (and
once, on MoCo, a setting of their own). Every other method is searched in the
same way, with seed 100, for half as long, by k-NN on validation images: three
rates, then two further values of one knob of its own at the best of them. What
is chosen is written down in the file before the first test. Then it is trained
for the whole budget with three seeds, those of the five papers with five, and
read by k-NN (k = 20, cosine) and by a linear probe, from the training images to
test images, which chose nothing. CMC is read from both its encoders and CPC
from patches.

Results enter `benchmarks/methods.json` one by one, each with commit, machine,
versions and CPU seconds; what is there is not run again.
"""

import argparse
import functools
import os
import pathlib
import statistics

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

from claim_rows import BASELINES, rows
from method_rows import ROWS
from pictures import LOADERS
from runs import Record, Run, side_by_side

RESULTS = pathlib.Path(__file__).with_name("methods.json")
SEEN, SIDE = 640_000, 16
# Of the rows, those on larger pictures.
FEW = (
    *BASELINES,
    "SimCLR",
    "SimCLR, EquiMod",
    "MIO",
    "MoCo",
    "MoCo, FT",
    "InfoMin",
    "BYOL",
)
RATES = (6e-3, 2e-3, 18e-3)
SEARCH_SEED = 100


def setting_of(name, kind):
    """Under what name the file keeps the setting of a row."""
    return ", ".join(map(str, (*kind, name)))


def search(name, row, kind, record):
    """The rate and the knob that validation images choose."""
    data, side, seen = kind

    def accuracy(rate, knob):
        run = Run(
            name,
            data,
            side,
            seen // 2,
            rate,
            knob,
            "validation",
            SEARCH_SEED,
        )
        return record.result(run)["knn"]

    key = setting_of(name, kind)
    if row.base is not None:
        return search(row.base, rows()[row.base], kind, record)
    if key in record.settings:
        return record.settings[key]
    first = row.values[0] if row.values else None
    rate = max(RATES, key=lambda rate: accuracy(rate, first))
    knob = max(row.values, default=None, key=functools.partial(accuracy, rate))
    return record.choose(key, {"rate": rate, "knob": knob})


def complete(name, kind, record, seeds=None):
    """Searches, then tests with all seeds."""
    row = rows()[name]
    chosen = {"rate": None, "knob": None}
    if row.build is not None:
        chosen = search(name, row, kind, record)
    for seed in range(seeds or row.seeds):
        run = Run(name, *kind, **chosen, part="test", seed=seed)
        record.result(run)


def table(record, kind):
    for name in rows():
        found = [
            run
            for run in record.runs
            if (run["data"], run["side"], run["seen"]) == kind
            and (run["row"], run["part"]) == (name, "test")
        ]
        if found:
            means = (
                statistics.mean(run[key] for run in found)
                for key in ("knn", "linear")
            )
            print(f"{name:20}", *(f"{mean:8.2%}" for mean in means), len(found))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", choices=LOADERS, default="shapes")
    parser.add_argument("--side", type=int, default=SIDE)
    parser.add_argument("--seen", type=int, default=SEEN)
    parser.add_argument("--rows", nargs="*", choices=rows(), metavar="NAME")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    record = Record(RESULTS, options.quick)
    names = [*BASELINES, *ROWS] if options.side == SIDE else FEW
    if options.data == "fashion_mnist":
        names = [name for name in names if not rows()[name].needs_color]
    if options.quick:
        options.seen, names = 20_000, ["SimCLR"]
    kind = options.data, options.side, options.seen
    seeds = 1 if options.quick else None
    side_by_side(
        lambda name: complete(name, kind, record, seeds),
        options.rows or names,
        options.workers,
    )
    table(record, kind)


if __name__ == "__main__":
    main()
