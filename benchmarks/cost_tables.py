"""Tables of the cost model: a ResNet-50 at 224 pixels, on many devices."""

import dataclasses
import functools

import cost_model
from cost_model import METHODS

import keras_contrastive as kc

BATCHES = 4096, 16_384, 65_536, 524_288
DEVICES = 1, 8, 64, 256, 1024
LEAST_ROWS = 32
CACHED = {"micro_batch": 256}
CHANGES = (
    (
        "SimCLR",
        524_288,
        64,
        "cached gradients, 256 images of a device at a time",
        CACHED,
    ),
    (
        "SimCLR",
        524_288,
        64,
        "the same, and similarities by blocks of 2,048 rows",
        {**CACHED, "block": 2048},
    ),
    (
        "SimCLR",
        16_384,
        64,
        "views joined within each device",
        {"moves_views": False},
    ),
    (
        "SimCLR",
        4096,
        256,
        "batch normalization of each device",
        {"local_norms": True},
    ),
    ("MoCo", 16_384, 64, "keys shuffled within a node", {"shuffle": 8}),
    ("MoCo", 16_384, 64, "keys not shuffled", {"shuffle": 1}),
    ("MoCo", 524_288, 1024, "keys shuffled within a node", {"shuffle": 8}),
    (
        "BarlowTwins",
        16_384,
        256,
        "gradients of both views sent as one",
        {"adds_gradients": True},
    ),
    (
        "BarlowTwins",
        16_384,
        256,
        "the same, and a projector 2,048 wide",
        {
            "adds_gradients": True,
            "head": (2048,) * 3,
            "head_norms": (2048,) * 2,
        },
    ),
    (
        "InstDis",
        16_384,
        256,
        "batch normalization of each device",
        {"local_norms": True},
    ),
    (
        "InstDis",
        16_384,
        256,
        "a bank shared by 8 devices, negatives from their own rows",
        {"bank_devices": 8},
    ),
)


def on_paper(hardware):
    """Rows of the cost model, by method, batch and devices."""
    encoder, rows = resnet(), []
    for name, batch, devices in (
        (name, batch, devices)
        for name in METHODS
        for batch in BATCHES
        for devices in DEVICES
    ):
        method = METHODS[name]
        case = method, encoder, batch, devices
        parts = cost_model.seconds(*case, hardware)
        rows.append(
            {
                "method": name,
                "batch": batch,
                "devices": devices,
                "gathered": rounded(cost_model.gathered_bytes(*case)),
                "memory": rounded(cost_model.memory(*case)),
                "operations": rounded(cost_model.arithmetic(*case)),
                "seconds": rounded(parts),
                "messages": rounded(
                    cost_model.message_seconds(*case, hardware)
                ),
                "efficiency": round(cost_model.efficiency(*case, hardware), 3),
            }
        )
    return rows


def rounded(values):
    return {name: float(f"{value:.3g}") for name, value in values.items()}


def limits(hardware):
    """Where each method stops, by batch, among powers of two of devices.

    * efficient: most devices that are used by half or more.
    * fits: fewest devices whose memory holds the step.
    * rows: most devices with `LEAST_ROWS` images each.
    """
    encoder = resnet()
    counts = [2**i for i in range(11)]
    found = {}
    for name, method in METHODS.items():
        for batch in BATCHES:
            case = method, encoder, batch
            efficient = [
                p
                for p in counts
                if cost_model.efficiency(*case, p, hardware) >= 0.5
            ]
            fits = [
                p
                for p in counts
                if sum(cost_model.memory(*case, p).values()) <= hardware.memory
            ]
            found.setdefault(name, {})[str(batch)] = {
                "efficient": max(efficient),
                "fits": min(fits, default=None),
                "rows": max(p for p in counts if batch >= LEAST_ROWS * p),
            }
    return found


def changes(hardware):
    """What a change does to the costs of a step, before and after."""
    encoder, found = resnet(), []
    for name, batch, devices, text, change in CHANGES:
        rows = []
        for method in (
            METHODS[name],
            dataclasses.replace(METHODS[name], **change),
        ):
            case = method, encoder, batch, devices
            parts = cost_model.seconds(*case, hardware)
            rows.append(
                rounded(
                    {
                        "memory": sum(cost_model.memory(*case).values()),
                        "collective": parts["collective"],
                        "device": parts["device"],
                    }
                )
            )
        found.append(
            {
                "method": name,
                "batch": batch,
                "devices": devices,
                "change": text,
                "before": rows[0],
                "after": rows[1],
            }
        )
    return found


@functools.cache
def resnet():
    return cost_model.count(kc.encoders.ResNet50((224, 224, 3)))
