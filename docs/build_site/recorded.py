"""What `benchmarks/methods.py` has found, for the tables of the pages."""

import collections
import json
import pathlib
import statistics

RESULTS = pathlib.Path(__file__).parents[2] / "benchmarks" / "methods.json"
TITLES = {
    "shapes": "Generated shapes",
    "fashion_mnist": "Fashion-MNIST",
    "drawings": "Drawings",
}
BASELINES = "raw pixels", "random encoder", "supervised"


class Table:
    """The tests of all rows on pictures of one kind and size, at one budget."""

    def __init__(self, data, side, seen, runs, settings, search):
        self.data, self.side, self.seen = data, side, seen
        self.search = search  # its CPU seconds
        self.runs = runs  # by name of the row, in the order of seeds
        self.settings = settings

    @property
    def title(self):
        pixels = f"{self.side} pixels"
        return f"{TITLES[self.data]}, {pixels}, {self.seen:,} images seen"

    @property
    def figure(self):
        return f"methods_{self.data}_{self.side}_{self.seen}.svg"

    @property
    def command(self):
        return (
            f"python benchmarks/methods.py --data {self.data} "
            f"--side {self.side} --seen {self.seen}"
        )

    def names(self):
        """Baselines, then the rows from the best to the last by k-NN."""
        ranked = sorted(
            (name for name in self.runs if name not in BASELINES),
            key=lambda name: -statistics.mean(self.values(name, "knn")),
        )
        return [*(name for name in BASELINES if name in self.runs), *ranked]

    def values(self, name, key):
        return [run[key] for run in self.runs[name] if key in run]

    def places(self):
        """Commits, processors, versions and dates, in words."""
        runs = [run for found in self.runs.values() for run in found]

        def told(key):
            return ", ".join(sorted({run[key] for run in runs}))

        dates = sorted({run["date"] for run in runs})
        days = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
        minutes = sum(run["seconds"] for run in runs) / 60
        search = ""
        if self.search:
            search = f" and {self.search / 60:.0f} for the search"
        return (
            f"{minutes:.0f} CPU minutes of one core{search}, on "
            f"{told('processor')}; "
            f"{told('versions')}; commits {told('commit')}; {days}."
        )


def tables():
    """One table for each kind of pictures, size and budget."""
    if not RESULTS.exists():
        return []
    content = json.loads(RESULTS.read_text())
    kinds = collections.defaultdict(lambda: collections.defaultdict(list))
    searches = collections.Counter()
    for run in content["runs"]:
        kind = run["data"], run["side"]
        if run["part"] == "test":
            kinds[*kind, run["seen"]][run["row"]].append(run)
        else:  # which takes half of the images
            searches[*kind, 2 * run["seen"]] += run["seconds"]
    for rows in kinds.values():
        for runs in rows.values():
            runs.sort(key=lambda run: run["seed"])
    return [
        Table(*kind, dict(rows), content["settings"], searches[kind])
        for kind, rows in sorted(kinds.items(), key=importance)
    ]


def importance(item):
    (data, side, seen), _ = item
    return list(TITLES).index(data), side, -seen


def spread(values):
    """Mean, and every seed."""
    each = ", ".join(f"{100 * value:.1f}" for value in values)
    mean = f"**{100 * statistics.mean(values):.1f} %**"
    return f"{mean} ({each})" if len(values) > 1 else mean
