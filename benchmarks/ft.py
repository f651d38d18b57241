"""Feature transformation on MoCo, and the scores that explain it.

python benchmarks/ft.py [--workers 2] [--quick]

On `data.shapes`, in the set-up of `methods.py` and at the setting that it has
chosen for MoCo:

* positives extrapolated or negatives interpolated alone, seeds 0 to 4; both
  and neither are rows of `methods.py`;
* temperature 0.07, 0.2 and 0.5, with both and neither, seeds 0 to 2, and the
  effective rank of the projections of test images;
* extrapolation taken apart, at temperature 0.2, seeds 0 to 2: its scores with
  the gradients of before, its gradients with the scores of before;
* momentum 1, 0.999, 0.99, 0.9 and 0.6, seeds 0 to 2: how the scores of
  positives and negatives move, as means over 40 parts of the training.

Results enter `benchmarks/ft.json` one by one; what is there is not run again.
"""

import argparse
import itertools
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import methods
from claim_rows import PARTED, TEMPERED, TRANSFORMED, WATCHED
from runs import Record, Run, side_by_side

RESULTS = pathlib.Path(__file__).with_name("ft.json")
MOMENTA = 1.0, 0.999, 0.99, 0.9, 0.6
TEMPERATURES = 0.07, 0.2, 0.5


def plan():
    """All runs, those of one seed after those of another."""
    kind = "shapes", methods.SIDE, methods.SEEN
    name = methods.setting_of("MoCo", kind)
    rate, momentum = Record(methods.RESULTS).settings[name].values()
    for seed in range(5):
        for row in TRANSFORMED:
            yield Run(row, *kind, rate, momentum, "test", seed)
        if seed >= 3:
            continue
        for row, each in itertools.product(TEMPERED, TEMPERATURES):
            yield Run(row, *kind, rate, each, "test", seed)
        for row in PARTED:
            yield Run(row, *kind, rate, 0.2, "test", seed)
        for each in MOMENTA:
            yield Run(WATCHED, *kind, rate, each, "test", seed)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    if options.quick:
        kind = "shapes", methods.SIDE, 20_000
        runs = [Run(WATCHED, *kind, 2e-3, 0.9, "test", 0)]
    else:
        runs = list(plan())
    record = Record(RESULTS, options.quick)
    side_by_side(record.result, runs, options.workers)


if __name__ == "__main__":
    main()
