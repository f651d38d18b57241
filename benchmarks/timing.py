"""Timing of alternatives side by side: they share the noise of the machine."""

import statistics
import time


def median_seconds(runs, repeats, clock=time.perf_counter):
    """Runs each function in turn, `repeats` times, after one warm-up.

    Args:
        runs: Dictionary, name to a function that returns when it is done.
        repeats: Integer.
        clock: Function, seconds now. Defaults to those on the clock.

    Returns:
        Dictionary, name to the median of its seconds.
    """
    for run in runs.values():
        run()
    seconds = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            start = clock()
            run()
            seconds[name].append(clock() - start)
    return {name: statistics.median(s) for name, s in seconds.items()}
