"""Writes what `benchmarks/scale.py` has found into the page of scale."""

import functools
import json
import pathlib
import statistics

RESULTS = pathlib.Path(__file__).parents[2] / "benchmarks" / "scale.json"
TITLES = {"BarlowTwins": "Barlow Twins"}
SPECS = "https://www.glennklockwood.com/garden/processors/h100"
TUNING = "https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc"
NODE = (
    "https://github.com/mlcommons/inference_results_v4.1/blob/main/closed/"
    "NVIDIA/systems/H200-SXM-141GBx8_TRT_MaxQ.json"
)
# What a number is, how it is shown, and where it comes from.
HARDWARE = {
    "peak": ("peak, 16 bits", 1e12, "TFLOP/s", f"[H100 SXM5]({SPECS})"),
    "peak_float32": (
        "peak, float32 as TF32",
        1e12,
        "TFLOP/s",
        f"[H100 SXM5]({SPECS})",
    ),
    "peak_integer": ("peak, int32", 1e12, "TOP/s", f"[H100 SXM5]({SPECS})"),
    "utilization": (
        "share of a peak that is reached",
        0.01,
        "%",
        "derived: ResNet-50 at [2,470 images a second](https://github.com/"
        "NVIDIA/DeepLearningExamples/tree/master/PyTorch/Classification/"
        "ConvNets/resnet50v1.5) on an A100, of [312 TFLOP/s](https://github.com/"
        "calculon-ai/calculon/blob/main/systems/a100_80g.json); assumed here",
    ),
    "memory": ("memory", 1e9, "GB", f"[H100 SXM5]({SPECS})"),
    "bandwidth": ("its bandwidth", 1e12, "TB/s", f"[H100 SXM5]({SPECS})"),
    "bandwidth_share": ("share of it that is reached", 0.01, "%", "assumed"),
    "per_node": ("devices of a node", 1, "", f"[an MLPerf node]({NODE})"),
    "link": (
        "device to device, one way",
        1e9,
        "GB/s",
        f"half of [900 GB/s]({NODE})",
    ),
    "node_link": (
        "out of a node",
        1e9,
        "GB/s",
        f"a [400 Gb/s card]({NODE}) for each device",
    ),
    "link_share": (
        "share of both that is reached",
        0.01,
        "%",
        "[a report](https://github.com/NVIDIA/nccl/issues/1264) of copies "
        "between two H100s",
    ),
    "start": ("start of a message", 1e-6, "µs", f"[NCCL]({TUNING}), LL ring"),
    "latency": (
        "a step within a node",
        1e-6,
        "µs",
        f"[NCCL]({TUNING}), LL128 ring",
    ),
    "node_latency": (
        "a step between nodes",
        1e-6,
        "µs",
        f"[NCCL]({TUNING}), LL128 ring",
    ),
    "images_per_second": (
        "images read by a node",
        1,
        "a second",
        "[a report](https://www.mosaicml.com/blog/composer-ffcv-faster-"
        "together) of PyTorch's loader",
    ),
}
MESSAGES = "norms", "gradients", "views", "loss", "memory"
PARTS = "views", "encoder", "loss", "update", "collective"
CASES = ((4096, 8), (16_384, 64), (65_536, 256), (524_288, 1024), (4096, 1024))
NO_RESULTS = "Not measured."


def table(make):
    return make(json.loads(RESULTS.read_text()))


def written(heads, rows):
    """A table whose first column is text."""
    lines = ["| " + " | ".join(heads) + " |", "|:--" + "|--:" * len(heads[1:])]
    lines[1] += "|"
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines)


def hardware(results):
    rows = []
    for key, value in results["hardware"].items():
        name, unit, title, source = HARDWARE[key]
        rows.append((name, f"{shown(value / unit, 4)} {title}".strip(), source))
    lines = written(("", "value", "source"), rows).splitlines()
    lines[1] = "|:--|--:|:--|"
    return "\n".join(lines)


def by_devices(results, cell):
    """Rows of methods and batches, columns of devices."""
    devices = sorted({row["devices"] for row in results["paper"]})
    rows = {}
    for row in results["paper"]:
        key = row["method"], row["batch"]
        rows.setdefault(key, {})[row["devices"]] = cell(row)
    heads = ("", "batch", *(f"{count:,}" for count in devices))
    return written(
        heads,
        [
            (titled(name), f"{batch:,}", *(cells[count] for count in devices))
            for (name, batch), cells in rows.items()
        ],
    )


def shown(value, digits=3):
    return f"{float(f'{value:.{digits}g}'):,g}"


def titled(name):
    return TITLES.get(name, name)


def gathered(results):
    def cell(row):
        both = row["gathered"].values()
        return " + ".join(shown(size / 1e9, 2) for size in both)

    return by_devices(results, cell)


def memory(results):
    most = results["hardware"]["memory"]

    def cell(row):
        size = sum(row["memory"].values())
        text = shown(size / 1e9)
        return text if size <= most else f"*{text}*"

    return by_devices(results, cell)


def seconds(results):
    def cell(row):
        return f"{duration(row['seconds']['device'])}, {share(row)}"

    def share(row):
        text = f"{100 * row['efficiency']:.0f} %"
        return text if row["efficiency"] >= 0.5 else f"*{text}*"

    return by_devices(results, cell)


def duration(value):
    if value >= 1:
        return f"{shown(value)} s"
    return f"{shown(1000 * value)} ms"


def of_cases(results, heads, cells):
    """Rows of `CASES` for each method."""
    kept = {
        (row["method"], row["batch"], row["devices"]): row
        for row in results["paper"]
    }
    rows = [
        (
            titled(name),
            f"{batch:,}",
            f"{devices:,}",
            *cells(kept[name, batch, devices]),
        )
        for name in dict.fromkeys(key[0] for key in kept)
        for batch, devices in CASES
    ]
    return written(("", "batch", "devices", *heads), rows)


def parts(results):
    def cells(row):
        yield shown(sum(row["operations"].values()) / 1e12)
        for part in (*PARTS, "input"):
            yield shown(1000 * row["seconds"][part])

    return of_cases(results, ("TFLOP", *PARTS, "input"), cells)


def by_part(results):
    def cells(row):
        for part in MESSAGES:
            passed = row["messages"].get(part)
            yield "–" if passed is None else shown(1000 * passed)

    return of_cases(results, MESSAGES, cells)


def limits(results):
    heads = (
        "",
        "batch",
        "half of each device used, up to",
        "memory suffices from",
        "32 images each, up to",
    )
    rows = [
        (
            titled(name),
            f"{int(batch):,}",
            *(
                "none" if row[key] is None else f"{row[key]:,}"
                for key in ("efficient", "fits", "rows")
            ),
        )
        for name, batches in results["limits"].items()
        for batch, row in batches.items()
    ]
    return written(heads, rows)


def changes(results):
    heads = ("", "batch on devices", "memory, GB", "messages", "step")
    rows = []
    for row in results["changes"]:
        before, after = row["before"], row["after"]
        sizes = [shown(costs["memory"] / 1e9) for costs in (before, after)]
        rows.append(
            (
                f"{titled(row['method'])}: {row['change']}",
                f"{row['batch']:,} on {row['devices']:,}",
                " → ".join(sizes),
                *(
                    f"{duration(before[key])} → {duration(after[key])}"
                    for key in ("collective", "device")
                ),
            )
        )
    return written(heads, rows)


def messages(results):
    if "fits" not in results:
        return NO_RESULTS
    rows = [
        (
            f"{name.replace(',', ' processes,', 1)}",
            f"{shown(1000 * fit['fixed'], 2)} ms",
            f"{shown(fit['rate'] / 1e9, 2)} GB/s",
        )
        for name, fit in results["fits"]["messages"].items()
    ]
    return written(("", "latency", "bandwidth"), rows)


def rates(results):
    if "fits" not in results:
        return NO_RESULTS
    units = {"views": (1, "views/s"), "copy": (1e9, "GB/s")}
    fits, rows = results["fits"]["parts"], {}
    for name, fit in fits.items():
        part, _ = name.split(", ")
        scale, unit = units.get(part, (1e9, "GFLOP/s"))
        title = part if part in ("encoder", *units) else f"loss of {part}"
        rows.setdefault(title, []).extend(
            (
                f"{shown(1000 * fit['fixed'], 2)} ms",
                f"{shown(fit['rate'] / scale)} {unit}",
            )
        )
    heads = ("", "one thread: fixed", "rate", "two threads: fixed", "rate")
    return written(heads, [(title, *cells) for title, cells in rows.items()])


def compared(results):
    if "compared" not in results:
        return NO_RESULTS
    rows = []
    for name, found in results["compared"].items():
        for processes, parts in found["expected"].items():
            runs = results["steps"][name]["seconds"][processes]
            measured = statistics.median(runs)
            rows.append(
                (
                    titled(name),
                    processes,
                    *(shown(1000 * parts[part]) for part in PARTS),
                    shown(1000 * parts["step"]),
                    shown(1000 * measured),
                    f"{shown(1000 * min(runs))} to {shown(1000 * max(runs))}",
                    f"{measured / parts['step']:.2f}",
                )
            )
    heads = ("", "processes", *PARTS, "step", "measured", "range", "ratio")
    return written(heads, rows)


def programs(results):
    if "compared" not in results:
        return NO_RESULTS
    rows = []
    for name, found in results["compared"].items():
        for processes, expected in found["bytes"].items():
            compiled = results["steps"][name]["program"][processes]
            rows.append(
                (
                    titled(name),
                    processes,
                    *(
                        f"{shown(expected[kind] / 1e6)} / "
                        f"{shown(compiled[kind] / 1e6)}"
                        for kind in expected
                    ),
                )
            )
    heads = ("", "processes", "all-reduce", "all-gather", "exchange")
    return written(heads, rows)


def two_against_one(results):
    if "compared" not in results:
        return NO_RESULTS
    rows = []
    for name, row in results["steps"].items():
        rate = {
            p: results["step_batch"] / statistics.median(runs)
            for p, runs in row["seconds"].items()
        }
        expected = results["compared"][name]["expected"]
        shares = {
            p: expected[p]["collective"] / expected[p]["step"] for p in "24"
        }
        rows.append(
            (
                titled(name),
                f"{rate['1']:.0f}",
                f"{rate['2']:.0f}",
                f"{rate['2'] / rate['1']:.2f}",
                *(
                    f"{100 * row['share'][p]:.0f} % ({100 * shares[p]:.0f} %)"
                    for p in "24"
                ),
            )
        )
    heads = (
        "",
        "one process, images/s",
        "two",
        "two over one",
        "time in messages, two processes",
        "four",
    )
    return written(heads, rows)


def set_up(results):
    loads = [row["load"] for row in results.get("steps", {}).values()]
    if not loads:
        return NO_RESULTS
    return (
        f"{results['set_up']}; load {min(loads)} to {max(loads)} while steps "
        "were timed."
    )


TABLES = {
    "hardware": hardware,
    "gathered": gathered,
    "memory": memory,
    "seconds": seconds,
    "parts": parts,
    "messages by part": by_part,
    "limits": limits,
    "changes": changes,
    "messages": messages,
    "rates": rates,
    "compared": compared,
    "programs": programs,
    "two against one": two_against_one,
    "set-up": set_up,
}
TEXTS = {
    f"scale: {name}": functools.partial(table, make)
    for name, make in TABLES.items()
}
