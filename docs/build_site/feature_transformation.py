"""Writes into the page of benchmarks what transforms and momenta do to MoCo.

Reads what `methods.py` and `ft.py` of the benchmarks have found.
"""

import statistics

import claims

ROWS = {
    "MoCo": "MoCo",
    "MoCo, extrapolation": "+ extrapolation",
    "MoCo, interpolation": "+ interpolation",
    "MoCo, FT": "+ both",
    "MoCo, scores of extrapolation": "+ scores of extrapolation alone",
    "MoCo, gradients of extrapolation": "+ its gradients alone",
}
# The same runs, by temperature, asked for their rank.
RANKED = {"MoCo": "MoCo, temperature", "MoCo, FT": "MoCo, FT, temperature"}
TEMPERED = "MoCo, temperature", "MoCo, FT, temperature"
WATCHED = "MoCo, scores"
SCORES = {
    "negative_variance": "variance of negatives",
    "negative_mean": "their mean",
    "positive_mean": "mean of positives",
}
NOT_MEASURED = "Not measured."


def transforms():
    """Accuracies, and what each transform adds in runs of the same seed."""
    runs = claims.all_runs()
    heads = "", "seeds", "k-NN", "linear probe", "rank"
    lines = ["| " + " | ".join(heads) + " |", "|:--|--:|:--|:--|--:|"]
    for row, title in ROWS.items():
        cells = [accuracy(row, key, runs) for key in ("knn", "linear")]
        if all(cells):
            seeds = len(claims.by_seed(claims.Side(row), claims.SHAPES, runs))
            cells = [title, str(seeds), *cells, rank(row, runs)]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) if len(lines) > 2 else NOT_MEASURED


def rank(row, runs):
    side = claims.Side(RANKED.get(row, row), "projection_rank", knob=0.2)
    found = claims.by_seed(side, claims.SHAPES, runs).values()
    return f"{statistics.mean(x for x, _ in found):.1f}" if found else "–"


def accuracy(row, key, runs):
    found, alone = (
        claims.by_seed(claims.Side(name, key), claims.SHAPES, runs)
        for name in (row, "MoCo")
    )
    if not found:
        return ""
    mean = f"{100 * statistics.mean(x for x, _ in found.values()):.1f} %"
    seeds = sorted(found.keys() & alone.keys())
    if row == "MoCo" or len(seeds) < 2:
        return mean
    gain, half = claims.gain_of(
        [100 * (found[seed][0] - alone[seed][0]) for seed in seeds]
    )
    return f"{mean}, {gain:+.1f} ({gain - half:.1f} to {gain + half:.1f})"


def momenta():
    """k-NN, and scores in the last part of the training, by momentum."""
    runs = claims.all_runs()
    watched = [run for run in runs if run["row"] == WATCHED]
    if not watched:
        return NOT_MEASURED
    heads = "momentum", "k-NN", *SCORES.values()
    lines = ["| " + " | ".join(heads) + " |", "|--:" * len(heads) + "|"]
    for momentum in sorted({run["knob"] for run in watched}, reverse=True):
        found = [run for run in watched if run["knob"] == momentum]
        knn = statistics.mean(run["knn"] for run in found)
        ends = (
            statistics.mean(run["scores"][name][-1] for run in found)
            for name in SCORES
        )
        cells = [f"{momentum:g}", f"{100 * knn:.1f} %"]
        cells += [f"{end:.3f}" for end in ends]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def temperatures():
    """k-NN and rank of projections with both transforms and without."""
    runs = [run for run in claims.all_runs() if run["row"] in TEMPERED]
    if not runs:
        return NOT_MEASURED
    heads = "temperature", "seeds", "k-NN", "with both", "rank", "with both"
    lines = ["| " + " | ".join(heads) + " |", "|--:" * len(heads) + "|"]
    for temperature in sorted({run["knob"] for run in runs}):
        seeds = {run["seed"] for run in runs if run["knob"] == temperature}
        cells = [f"{temperature:g}", str(len(seeds))]
        for key, form in (("knn", "{:.1%}"), ("projection_rank", "{:.1f}")):
            for row in TEMPERED:
                values = [
                    run[key]
                    for run in runs
                    if (run["row"], run["knob"]) == (row, temperature)
                    and key in run
                ]
                mean = form.format(statistics.mean(values)) if values else "–"
                cells.append(mean.replace("%", " %"))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


TEXTS = {
    "transforms": transforms,
    "temperatures": temperatures,
    "momenta": momenta,
}
