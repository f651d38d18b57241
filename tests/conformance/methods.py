"""One row a method: how to make a tiny one, and its loss by slow loops."""

import dataclasses
import functools
from collections.abc import Callable

import keras
import numpy as np

import keras_contrastive as kc
from tests import slow_losses as slow
from tests.conformance import tiny
from tests.conformance.tiny import IMAGE_SHAPE, NUM_IMAGES

__all__ = ["IMAGE_SHAPE", "METHODS", "Row"]


@dataclasses.dataclass(frozen=True)
class Row:
    """A method in the table.

    Args:
        make: Views (None for ready ones) and keyword arguments to a model.
        slow: Outputs of `embed` (and labels) to the terms, by loops.
        views_of: Transforms of an image to the views of the method.
        views: Makes the views of all checks but the last: crops, random and
            quickly compiled.
        index: Whether the method remembers images by number.
        labels: Whether it learns from labels.
        learning: Keyword arguments for the learning task.
        shared_signal: Whether the learning task shows its pattern in the
            colors too: for a method that compares them with the luminance.
        rate: Learning rate of the few steps that are compared. Where the loss
            sums over dimensions, larger ones throw it about and end at a NaN.
        learned: From a model to the encoder that is evaluated.
        ready_views: Whether it can do without views of its own.
        epochs: Of the learning task.
    """

    make: Callable
    slow: Callable
    views_of: Callable = tiny.two_views
    views: Callable = None
    index: bool = False
    labels: bool = False
    learning: dict = dataclasses.field(default_factory=dict)
    shared_signal: bool = False
    rate: float = 0.05
    learned: Callable = lambda model: model.encoder
    ready_views: bool = True
    epochs: int = 20

    def __post_init__(self):
        if self.views is None:
            views = functools.partial(self.views_of, [tiny.crop()])
            # One object for most rows, which then compile their views once.
            if self.views_of is tiny.two_views:
                views = tiny.two_crops
            object.__setattr__(self, "views", views)


def simclr(views, **kwargs):
    return kc.SimCLR(
        tiny.encoder(),
        views,
        kc.layers.ProjectionHead(8),
        temperature=0.5,
        **kwargs,
    )


def slow_simclr(outputs):
    return {"nt_xent": slow.nt_xent(*outputs["projections"], 0.5)}


def moco(views, queue_size=20, momentum=0.9, batch_norm_splits=2, **kwargs):
    # The queue is no multiple of the batch; two parts of batch norm.
    return kc.MoCo(
        tiny.encoder(),
        views,
        tiny.head("bias", use_batch_norm=False),
        batch_norm_splits=batch_norm_splits,
        queue_size=queue_size,
        momentum=momentum,
        temperature=0.2,
        seed=5,
        **kwargs,
    )


def slow_moco(outputs):
    (queries,), (keys,) = outputs["projections"], outputs["keys"]
    negatives = outputs["negatives"]
    values = slow.queue_info_nce(keys, negatives, queries, 0.2)
    return {"info_nce": values}


def info_min(views, queue_size=20, momentum=0.9, batch_norm_splits=2, **kwargs):
    return kc.InfoMin(
        tiny.encoder((None, None, 3), padding="same"),
        views,
        tiny.head("bias", use_batch_norm=False),
        kc.layers.JigsawHead(32, hidden_units=16),
        batch_norm_splits=batch_norm_splits,
        queue_size=queue_size,
        momentum=momentum,
        temperature=0.2,
        seed=5,
        **kwargs,
    )


def slow_info_min(outputs):
    negatives = outputs["negatives"]
    triples = zip(
        ("instance", "jigsaw"),
        outputs["projections"],
        outputs["keys"],
        strict=True,
    )
    return {
        name: slow.queue_info_nce(key, negatives, query, 0.2)
        for name, query, key in triples
    }


def two_images_and_pieces(transforms):
    pieces = [*transforms, kc.views.Jigsaw(5, grid=2)]
    return tiny.views(transforms, transforms, pieces)


def transforms():
    return [
        kc.layers.PositiveExtrapolation(seed=3),
        kc.layers.NegativeInterpolation(seed=3),
    ]


def moco_with_ft(views, **kwargs):
    return moco(views, feature_transform=transforms(), **kwargs)


def slow_draws(outputs, count):
    """The numbers of a step, from the layers of `transforms`."""
    extrapolation, interpolation = transforms()
    draws = {
        name: np.asarray(number, "int32")
        for name, number in outputs["draws"].items()
    }
    lam, is_on = extrapolation.weights_of(draws["extrapolation"], [0], 1)
    lam = 1 + float(np.asarray(lam).squeeze()) if bool(is_on) else 1.0
    order, mu = interpolation.mixture(draws["interpolation"], count)
    return lam, np.asarray(order), float(np.asarray(mu).squeeze())


def slow_moco_with_ft(outputs):
    (queries,), (keys,) = outputs["projections"], outputs["keys"]
    negatives = slow.unit(outputs["negatives"])
    lam, order, mu = slow_draws(outputs, len(negatives))
    moved = slow.extrapolate(slow.unit(queries), slow.unit(keys), lam)
    mixed = slow.interpolate(negatives, order, mu)
    values = slow.queue_info_nce(moved[1], mixed, moved[0], 0.2, np.float64)
    return {"info_nce": values}


def simclr_with_ft(views, **kwargs):
    return simclr(views, feature_transform=transforms(), **kwargs)


def slow_simclr_with_ft(outputs):
    """Moved pairs; of the other images unmoved projections, scores mixed."""
    z1, z2 = map(slow.unit, outputs["projections"])
    count = len(z1)
    lam, order, mu = slow_draws(outputs, 2 * count - 2)
    moved = slow.extrapolate(z1, z2, lam)
    losses = []
    for query, key, other, same in (
        (*moved, z2, z1),
        (*moved[::-1], z1, z2),
    ):
        candidates, one_way = np.concatenate([other, same]), []
        for i in range(count):
            others = [j for j in range(2 * count) if j % count != i]
            scores = np.array([query[i] @ candidates[j] for j in others])
            scores = slow.interpolate(scores, order, mu)
            positive = query[i] @ key[i] / 0.5
            every = [positive, *(scores / 0.5)]
            one_way.append(slow.log_sum_exp(every) - positive)
        losses.append(one_way)
    return {"nt_xent": np.mean(losses, axis=0)}


def moco_v3(views, **kwargs):
    return kc.MoCoV3(
        tiny.encoder(),
        views,
        tiny.head("standardize"),
        tiny.head("none"),
        momentum=0.9,
        temperature=0.5,
        **kwargs,
    )


def slow_moco_v3(outputs):
    (q1, q2), (k1, k2) = outputs["predictions"], outputs["keys"]
    total = slow.info_nce(k2, q1, 0.5) + slow.info_nce(k1, q2, 0.5)
    return {"info_nce": 2 * 0.5 * total}


def byol(views, momentum=0.9, **kwargs):
    # Narrow heads learn slowly without negatives.
    heads = [tiny.head("none", units=64, hidden_units=512) for _ in range(2)]
    return kc.BYOL(tiny.encoder(), views, *heads, momentum=momentum, **kwargs)


def slow_byol(outputs):
    (p1, p2), (t1, t2) = outputs["predictions"], outputs["targets"]
    total = slow.cosine_regression(t2, p1) + slow.cosine_regression(t1, p2)
    return {"regression": total}


def sim_siam(views, **kwargs):
    heads = tiny.head("standardize"), tiny.head("bias")
    return kc.SimSiam(tiny.encoder(), views, *heads, **kwargs)


def slow_sim_siam(outputs):
    p, z = map(slow.unit, (outputs["predictions"], outputs["targets"]))
    cosines = (p[0] * z[1]).sum(axis=1) + (p[1] * z[0]).sum(axis=1)
    return {"negative_cosine": -cosines / 2}


def barlow_twins(views, **kwargs):
    return kc.BarlowTwins(tiny.encoder(), views, tiny.head("none"), **kwargs)


def slow_barlow_twins(outputs):
    return {"barlow_twins": slow.barlow_twins(*outputs["projections"])}


def vicreg(views, **kwargs):
    return kc.VICReg(tiny.encoder(), views, tiny.head("none"), **kwargs)


def slow_vicreg(outputs):
    return slow.vicreg(*outputs["projections"])


def nnclr(views, queue_size=20, **kwargs):
    return kc.NNCLR(
        tiny.encoder(),
        views,
        tiny.head("affine"),
        tiny.head("none"),
        queue_size=queue_size,
        temperature=0.3,
        seed=5,
        **kwargs,
    )


def slow_nnclr(outputs):
    (p1, p2), (n1, n2) = outputs["predictions"], outputs["neighbors"]
    total = slow.info_nce(p2, n1, 0.3) + slow.info_nce(p1, n2, 0.3)
    return {"info_nce": total / 2}


def sup_con(views, **kwargs):
    return kc.SupCon(
        tiny.encoder(), views, tiny.head(), temperature=0.2, **kwargs
    )


def slow_sup_con(outputs, labels):
    return {"sup_con": slow.sup_con(labels, *outputs["projections"], 0.2)}


def mio(views, **kwargs):
    return kc.MIO(
        tiny.encoder(),
        views,
        tiny.head("affine"),
        positive_temperature=0.5,
        negative_temperature=0.2,
        **kwargs,
    )


def slow_mio(outputs):
    return slow.mio(*outputs["projections"], 0.5, 0.2)


def inst_dis(views, num_negatives=16, **kwargs):
    return kc.InstDis(
        tiny.encoder(),
        views,
        tiny.head("bias", num_layers=1),
        num_images=NUM_IMAGES,
        num_negatives=num_negatives,
        temperature=0.2,
        seed=5,
        **kwargs,
    )


def slow_scores(query, own, negatives):
    """Cosines of each query with its own row, and with its negatives."""
    query, own = slow.unit(query), slow.unit(own)
    negatives = np.asarray(negatives, "float64")
    pairs = zip(query, own, strict=True)
    return {
        "positives": np.array([q @ row for q, row in pairs]),
        "negatives": np.array(
            [
                [q @ row for row in rows]
                for q, rows in zip(query, negatives, strict=True)
            ]
        ),
    }


def slow_nce(outputs, term, query, own, negatives):
    scores = slow_scores(query, own, negatives)
    return slow.nce(
        **scores,
        log_z=outputs["log_z"][term],
        temperature=0.2,
        num_images=NUM_IMAGES,
    )


def slow_inst_dis(outputs):
    (query,), own = outputs["projections"], outputs["own"]
    cosines = slow_scores(query, own, outputs["negatives"])["positives"]
    return {
        "instance": slow_nce(
            outputs, "instance", query, own, outputs["negatives"]
        ),
        "proximal": 2 - 2 * cosines,
    }


def pirl(views, num_negatives=None, **kwargs):
    # The exact softmax here, sampled negatives in the other two.
    return kc.PIRL(
        tiny.encoder((None, None, 3), padding="same"),
        views,
        tiny.head("bias", num_layers=1),
        kc.layers.JigsawHead(32),
        num_images=NUM_IMAGES,
        num_negatives=num_negatives,
        temperature=0.2,
        seed=5,
        **kwargs,
    )


def slow_pirl(outputs):
    rows = np.asarray(outputs["negatives"], "float64")
    values = {}
    for name, query in zip(
        ("image", "jigsaw"), outputs["projections"], strict=True
    ):
        cosines = np.array([[q @ r for r in rows] for q in slow.unit(query)])
        positives = [
            row[int(i)]
            for row, i in zip(cosines, outputs["index"], strict=True)
        ]
        values[name] = slow.memory_softmax(
            np.array(positives), cosines, temperature=0.2
        )
    return values


def image_and_pieces(transforms):
    return tiny.views(transforms, [*transforms, kc.views.Jigsaw(5, grid=2)])


def cmc(views, num_negatives=64, **kwargs):
    return kc.CMC(
        tiny.encoder((12, 12, 1)),
        tiny.encoder((12, 12, 2), name="second"),
        views,
        tiny.head("bias", units=64, num_layers=1),
        tiny.head("bias", units=64, num_layers=1),
        num_images=NUM_IMAGES,
        num_negatives=num_negatives,
        temperature=0.2,
        seed=5,
        **kwargs,
    )


def slow_cmc(outputs):
    """Each projection with the rows of the other bank."""
    own, negatives = outputs["own"], outputs["negatives"]
    return {
        term: slow_nce(
            outputs, term, outputs["projections"][i], own[j], negatives[j]
        )
        for term, i, j in (("first", 0, 1), ("second", 1, 0))
    }


def channels(transforms):
    split = [kc.views.ColorSpace("ydbdr"), kc.views.ChannelSplit()]
    return tiny.views([*transforms, *split])


def cpc(views, offsets=(1, 2), **kwargs):
    return kc.CPC(
        tiny.encoder((6, 6, 3), padding="same"),
        views,
        kc.layers.PatchContext(num_blocks=1, hidden_units=8),
        offsets=offsets,
        target_units=8,
        **kwargs,
    )


def slow_cpc(outputs):
    first, second = outputs["predictions"]
    targets = outputs["targets"]
    total = slow.patch_info_nce(first, targets, 1)
    return {"info_nce": total + slow.patch_info_nce(second, targets, 2)}


def patches(transforms):
    return tiny.views([*transforms, kc.views.PatchGrid(6, stride=3)])


def amdim(views, **kwargs):
    return kc.AMDIM(
        tiny.encoder(padding="same"),
        views,
        tiny.head("affine", units=16, num_layers=1),
        kc.layers.MapHead(16),
        kc.layers.MapHead(16),
        seed=5,
        **kwargs,
    )


def slow_amdim(outputs):
    """Both directions of each term, and half of all mean squares."""
    values, squares = {}, 0
    for term, queries, maps in (
        ("global_to_coarse", "projections", "coarse"),
        ("global_to_fine", "projections", "fine"),
        ("coarse_to_coarse", "sources", "coarse"),
    ):
        query, places = outputs[queries], outputs[maps]
        first = slow.local_nce(query[0], places[1])
        second = slow.local_nce(query[1], places[0])
        values[term] = (first[0] + second[0]) / 2
        squares += (first[1] + second[1]) / 2
    return {**values, "regularizer": squares}


def equimod_module(weight=1.0):
    return kc.EquiMod(
        tiny.head("standardize"),
        tiny.head("affine", num_layers=1),
        tiny.head("standardize", num_layers=1),
        weight=weight,
    )


def equimod(views, method=simclr, weight=1.0, **kwargs):
    return method(views, modules=[equimod_module(weight)], **kwargs)


def slow_equimod(outputs, method=slow_simclr):
    actual, predicted = outputs["embeddings"], outputs["predicted"]
    value = slow.equivariant_nt_xent(actual, predicted, 0.2, siblings=True)
    return {**method(outputs), "equivariance": value}


def equimod_on_byol(views, **kwargs):
    return equimod(views, byol, **kwargs)


def slow_equimod_on_byol(outputs):
    return slow_equimod(outputs, slow_byol)


def aug_self_module(weights):
    return kc.AugSelf(weights, hidden_units=16)


def aug_self(views, weights=None, **kwargs):
    weights = weights or {"crop": 1.0, "color": 0.5, "flip": 0.2, "blur": 0.2}
    return simclr(views, modules=[aug_self_module(weights)], **kwargs)


def slow_aug_self(outputs):
    values = slow_simclr(outputs)
    for kind in ("crop", "color", "flip", "blur"):
        pair = outputs[f"{kind}_predictions"], outputs[f"{kind}_targets"]
        error = slow.cross_entropy if kind == "flip" else slow.tanh_error
        values[kind] = error(*pair)
    return values


def essl_module(weight=0.4):
    predictor = keras.Sequential(
        [
            keras.layers.Dense(16, use_bias=False),
            keras.layers.LayerNormalization(),
            keras.layers.ReLU(),
            keras.layers.Dense(4),
        ]
    )
    crop = kc.views.RandomResizedCrop(8, scale=(0.2, 0.6))
    return kc.ESSL(tiny.views([crop]), predictor, weight=weight)


def essl(views, **kwargs):
    return kc.SimCLR(
        tiny.encoder((None, None, 3)),
        views,
        kc.layers.ProjectionHead(8),
        temperature=0.5,
        modules=[essl_module()],
        **kwargs,
    )


def slow_essl(outputs):
    turns = slow.turns(outputs["turn_logits"])
    return {**slow_simclr(outputs), "turns": turns}


def equimod_and_aug_self(views, weight=1.0, **kwargs):
    return simclr(
        views,
        modules=[equimod_module(weight), aug_self_module({"crop": 1.0})],
        **kwargs,
    )


def slow_equimod_and_aug_self(outputs):
    values = slow_equimod(outputs)
    pair = outputs["crop_predictions"], outputs["crop_targets"]
    return {**values, "crop": slow.tanh_error(*pair)}


def equimod_and_essl_on_byol(views, turns=0.4, **kwargs):
    heads = [tiny.head("none", units=64, hidden_units=512) for _ in range(2)]
    return kc.BYOL(
        tiny.encoder((None, None, 3)),
        views,
        *heads,
        momentum=0.9,
        modules=[equimod_module(0.01), essl_module(turns)],
        **kwargs,
    )


def slow_equimod_and_essl_on_byol(outputs):
    turns = slow.turns(outputs["turn_logits"])
    return {**slow_equimod(outputs, slow_byol), "turns": turns}


def classifier(channels):
    return keras.Sequential(
        [
            keras.Input((12, 12, channels)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(16),
        ]
    )


def learned_views(views, adversarial=True, **kwargs):
    flow = kc.layers.ColorFlow("nvp", steps=2, hidden_units=4)
    return kc.LearnedViews(
        tiny.encoder((12, 12, 1)),
        tiny.encoder((12, 12, 2), name="second"),
        views,
        generator=flow if adversarial else None,
        classifiers=[classifier(1), classifier(2)],
        projector=tiny.head("bias", units=64, num_layers=1),
        second_projector=tiny.head("bias", units=64, num_layers=1),
        temperature=0.2,
        **kwargs,
    )


def slow_learned_views(outputs, labels):
    first, second = outputs["projections"]
    one_way = slow.info_nce(first, second, 0.2)
    both = one_way + slow.info_nce(second, first, 0.2)
    names = ("first_labels", "second_labels")
    terms = {
        name: slow.over_labelled(logits, labels)
        for name, logits in zip(names, outputs["logits"], strict=True)
    }
    return {"info_nce": both / 2, **terms}


# The keys of a queue of 8 batches are to be alike. At 0.98 some first weights
# lead to a loss that rises, and to as many errors as before.
SLOW_KEYS = {"queue_size": 512, "momentum": 0.995}

# What predicts the other view, without negatives, starts late.
LATE = {"epochs": 40}

METHODS = {
    "AMDIM": Row(amdim, slow_amdim),
    "AugSelf": Row(
        aug_self,
        slow_aug_self,
        views=tiny.full_views,
        ready_views=False,
        learning={"weights": {"crop": 1.0}},
    ),
    "BYOL": Row(byol, slow_byol, **LATE),
    "BarlowTwins": Row(barlow_twins, slow_barlow_twins, rate=0.001),
    "CMC": Row(
        cmc,
        slow_cmc,
        channels,
        index=True,
        learning={"num_negatives": None},
        shared_signal=True,
        learned=lambda model: model.joint_encoder(channels([])),
    ),
    "CPC": Row(cpc, slow_cpc, patches),
    "ESSL": Row(essl, slow_essl, ready_views=False),
    # The task wants ignored what the module is to keep: it weighs little here.
    "EquiMod": Row(
        equimod,
        slow_equimod,
        ready_views=False,
        learning={"weight": 0.1},
    ),
    "EquiMod on BYOL": Row(
        equimod_on_byol,
        slow_equimod_on_byol,
        ready_views=False,
        learning={"weight": 0.01},
        **LATE,
    ),
    # Several modules of one method.
    "EquiMod with AugSelf": Row(
        equimod_and_aug_self,
        slow_equimod_and_aug_self,
        ready_views=False,
        learning={"weight": 0.1},
    ),
    "EquiMod with ESSL on BYOL": Row(
        equimod_and_essl_on_byol,
        slow_equimod_and_essl_on_byol,
        ready_views=False,
        # Turned stripes are those of another class.
        learning={"turns": 0.01},
        **LATE,
    ),
    "InfoMin": Row(
        info_min,
        slow_info_min,
        two_images_and_pieces,
        learning=SLOW_KEYS,
    ),
    "InstDis": Row(
        inst_dis,
        slow_inst_dis,
        tiny.views,
        views=lambda: tiny.views([tiny.crop()]),
        index=True,
        learning={"num_negatives": None},
    ),
    "LearnedViews": Row(
        learned_views,
        slow_learned_views,
        tiny.views,
        views=lambda: tiny.views([tiny.crop()]),
        labels=True,
        learning={"adversarial": False},
        shared_signal=True,
        learned=lambda model: model.joint_encoder(),
    ),
    "MIO": Row(mio, slow_mio),
    "MoCo": Row(moco, slow_moco, learning=SLOW_KEYS),
    "MoCo with FT": Row(
        moco_with_ft,
        slow_moco_with_ft,
        learning=SLOW_KEYS,
    ),
    "MoCoV3": Row(moco_v3, slow_moco_v3),
    "NNCLR": Row(nnclr, slow_nnclr, learning={"queue_size": 512}),
    "PIRL": Row(pirl, slow_pirl, image_and_pieces, index=True),
    "SimCLR": Row(simclr, slow_simclr, views=tiny.full_views),
    "SimCLR with FT": Row(simclr_with_ft, slow_simclr_with_ft),
    "SimSiam": Row(sim_siam, slow_sim_siam, **LATE),
    "SupCon": Row(sup_con, slow_sup_con, labels=True),
    "VICReg": Row(vicreg, slow_vicreg, rate=0.001),
}
