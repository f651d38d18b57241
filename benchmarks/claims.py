"""What SimCLR's and InfoMin's papers claim, with one thing changed at a time.

python benchmarks/claims.py [--workers 2] [--quick]

The set-up is that of `methods.py`, whose file has SimCLR's and MoCo's settings
and the rows without a change. Seeds 0 to 4 where nothing else is said:

* composition: crops alone and colors alone, on shapes and Fashion-MNIST;
* head: linear and none, on both; one of 16 units out, on shapes;
* batch of 64, 256 and 1,024 with a rate that grows by the root, at 160,000
  images; and 80,000, 160,000 and 320,000 images in batches of 256;
* stronger views: MoCo with those of MoCo v1, MoCo v2 and InfoMin, on drawings
  of 32 pixels, seeds 0 to 2.

Results enter `benchmarks/claims.json` one by one; what is there is not run
again. `docs/claims.md` compares.
"""

import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import methods
from claim_rows import CHANGED, NARROW, STRONGER
from runs import Record, Run, side_by_side

RESULTS = pathlib.Path(__file__).with_name("claims.json")
SHORT = 160_000
BATCHES = 64, 1024
BUDGETS = 80_000, 160_000, 320_000


def setting(base, data, side):
    """What `methods.py` has chosen for a row."""
    record = Record(methods.RESULTS)
    kind = data, side, methods.SEEN
    return record.settings[methods.setting_of(base, kind)]


def plan():
    """All runs, those of one seed after those of another."""
    for seed in range(5):
        for data in ("shapes", "fashion_mnist"):
            chosen = setting("SimCLR", data, methods.SIDE)
            for row in CHANGED:
                yield run(row, data, methods.SIDE, seed, chosen)
        chosen = setting("SimCLR", "shapes", methods.SIDE)
        for row in NARROW:
            yield run(row, "shapes", methods.SIDE, seed, chosen)
        for batch in BATCHES:
            rate = chosen["rate"] * (batch / 256) ** 0.5
            yield run(
                "SimCLR",
                "shapes",
                methods.SIDE,
                seed,
                {**chosen, "rate": rate},
                SHORT,
                batch,
            )
        for seen in BUDGETS:
            yield run("SimCLR", "shapes", methods.SIDE, seed, chosen, seen)
    for seed in range(3):
        chosen = setting("MoCo", "drawings", 32)
        for row in STRONGER:
            yield run(row, "drawings", 32, seed, chosen)


def run(row, data, side, seed, chosen, seen=methods.SEEN, batch=256):
    return Run(
        row, data, side, seen, **chosen, part="test", seed=seed, batch=batch
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    record = Record(RESULTS, options.quick)
    if options.quick:
        runs = [
            Run(row, "shapes", methods.SIDE, 20_000, 2e-3, None, "test", 0)
            for row in CHANGED
        ]
    else:
        runs = list(plan())
    side_by_side(record.result, runs, options.workers)


if __name__ == "__main__":
    main()
