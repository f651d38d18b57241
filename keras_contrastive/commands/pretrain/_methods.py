"""Methods and optimizers of `pretrain`, in the words of its script.

The script that the command writes has the text of these functions in it, so
they use public names alone. Rates of the small encoder, and momenta and
temperatures of all, are what `benchmarks/methods.py` chose for that encoder on
shapes of 16 pixels; SimCLR's temperature, on drawings of 32. Optimizers of
ResNets and their rates are those of `kc.recipes`, here with a warm-up and a
cosine for all.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

import keras_contrastive as kc


def simclr(encoder, views, run, hidden_units):
    head = kc.layers.ProjectionHead(
        128, num_layers=2, hidden_units=hidden_units
    )
    return kc.SimCLR(encoder, views, head, temperature=0.2)


def moco(encoder, views, run, hidden_units):
    head = kc.layers.ProjectionHead(
        128, num_layers=2, hidden_units=hidden_units, ending="bias"
    )
    batches = max(1, min(4096, run.num_images // 2) // run.batch_size)
    return kc.MoCo(
        encoder,
        views,
        head,
        queue_size=batches * run.batch_size,
        batch_norm_splits=math.gcd(64, run.batch_size) // 8 or 1,
        momentum=0.997,
        temperature=0.2,
        seed=run.seed,
    )


def byol(encoder, views, run, hidden_units):
    projector, predictor = (
        kc.layers.ProjectionHead(
            128, num_layers=2, hidden_units=hidden_units, ending="none"
        )
        for _ in range(2)
    )
    return kc.BYOL(
        encoder,
        views,
        projector,
        predictor,
        momentum=run.cosine_momentum(0.9),
    )


def barlow_twins(encoder, views, run, hidden_units):
    head = kc.layers.ProjectionHead(
        hidden_units, num_layers=3, hidden_units=hidden_units, ending="none"
    )
    return kc.BarlowTwins(encoder, views, head, redundancy=0.005)


def vicreg(encoder, views, run, hidden_units):
    head = kc.layers.ProjectionHead(
        hidden_units, num_layers=3, hidden_units=hidden_units, ending="none"
    )
    return kc.VICReg(encoder, views, head)


def sim_siam(encoder, views, run, hidden_units):
    projector = kc.layers.ProjectionHead(
        hidden_units,
        num_layers=2,
        hidden_units=hidden_units,
        ending="standardize",
    )
    predictor = kc.layers.ProjectionHead(
        hidden_units, hidden_units=512, ending="bias"
    )
    return kc.SimSiam(encoder, views, projector, predictor)


def nnclr(encoder, views, run, hidden_units):
    projector, predictor = (
        kc.layers.ProjectionHead(
            128, num_layers=2, hidden_units=hidden_units, ending=ending
        )
        for ending in ("affine", "none")
    )
    batches = max(1, min(4096, run.num_images // 2) // run.batch_size)
    return kc.NNCLR(
        encoder,
        views,
        projector,
        predictor,
        queue_size=batches * run.batch_size,
        temperature=0.1,
        seed=run.seed,
    )


def mio(encoder, views, run, hidden_units):
    head = kc.layers.ProjectionHead(
        128, num_layers=2, hidden_units=hidden_units, ending="affine"
    )
    return kc.MIO(encoder, views, head, positive_temperature=0.2)


def adamw(rate):
    return keras.optimizers.AdamW(rate, weight_decay=1e-4)


def lars(rate):
    return kc.optimizers.LARS(rate, weight_decay=1e-6)


def vicreg_lars(rate):
    return kc.optimizers.LARS(rate, weight_decay=1e-6, classic_momentum=False)


def sgd(rate):
    return kc.optimizers.SGD(rate, momentum=0.9, weight_decay=5e-4)


def moco_sgd(rate):
    return kc.optimizers.SGD(rate, momentum=0.9, weight_decay=1e-4)


@dataclass(frozen=True)
class Method:
    """A method, and how it is trained.

    Args:
        make: Function of encoder, views, `Run` and the width of the head.
        small_rate: Rate of AdamW for a batch of 256, of the small encoder.
        optimizer: Function of a rate, for ResNets.
        rate: Its rate for a batch of 256.
    """

    make: Callable[..., kc.ContrastiveModel]
    small_rate: float
    optimizer: Callable[[Any], keras.optimizers.Optimizer]
    rate: float


METHODS = {
    "simclr": Method(simclr, 0.018, lars, 1.0),
    "moco": Method(moco, 0.006, moco_sgd, 0.03),
    "byol": Method(byol, 0.018, lars, 1.0),
    "barlow_twins": Method(barlow_twins, 0.006, sgd, 0.12),
    "vicreg": Method(vicreg, 0.018, vicreg_lars, 0.3),
    "sim_siam": Method(sim_siam, 0.018, sgd, 0.03),
    "nnclr": Method(nnclr, 0.018, sgd, 0.12),
    "mio": Method(mio, 0.018, lars, 3.0),
}
