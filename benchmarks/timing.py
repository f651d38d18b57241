"""Timing of alternatives side by side: they share the noise of the machine."""

import statistics
import time


def median_seconds(runs, repeats):
    """Runs each function in turn, `repeats` times, after one warm-up.

    Args:
        runs: Dictionary, name to a function that returns when it is done.
        repeats: Integer.

    Returns:
        Dictionary, name to the median of its seconds.
    """
    for run in runs.values():
        run()
    seconds = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(s) for name, s in seconds.items()}
