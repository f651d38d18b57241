"""Thousands of calls, and how they ended: `python -m tests.fuzz 2000`.

Names of rooms or of what they export may follow, to call those alone.
"""

import collections
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")

from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz import odd, outcome, valid


def main(count, wanted):
    names = [
        name
        for name in valid.VALID
        if not wanted or name in wanted or name.split(".")[0] in wanted
    ]
    kinds, worst = collections.Counter(), {}

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(odd.calls(names))
    def call(drawn):
        found = outcome.outcome_of(*drawn)
        kinds[found.kind] += 1
        if found.kind not in outcome.ALLOWED:
            worst.setdefault((drawn[0], found.kind, found.message), drawn[1])

    call()
    for (name, kind, message), arguments in sorted(
        worst.items(), key=lambda entry: entry[0][:2]
    ):
        print(f"{name}: {kind} for {arguments}: {message}")
    print(f"{sum(kinds.values())} calls:", dict(kinds))


main(int(sys.argv[1]), sys.argv[2:])
