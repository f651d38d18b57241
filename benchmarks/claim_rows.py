"""Rows beside the methods: baselines, and SimCLR with one thing changed."""

import keras
import method_rows
from keras import ops
from method_rows import TRANSFORMS, Row, moco, transformed

import keras_contrastive as kc


class Supervised(keras.Model):
    """The encoder and a classifier, trained with labels on the same views."""

    def __init__(self, s):
        super().__init__()
        self.encoder, self.views = s.encoder(), s.views(1)
        self.classifier = keras.layers.Dense(s.classes)

    def call(self, images, training=False):
        (view,) = self.views(images, training=training)
        return self.classifier(self.encoder(view, training=training))


def with_views(*names):
    """SimCLR with some of the steps of its views, by name of their class."""

    def make(s, temperature=0.2):
        def pipeline():
            steps = [
                x for x in s.view().transforms if type(x).__name__ in names
            ]
            return kc.views.Pipeline(steps)

        views = kc.views.MultiView([pipeline(), pipeline()], seed=s.seed)
        return kc.SimCLR(s.encoder(), views, s.head(), temperature=temperature)

    return make


def linear_head(s, temperature=0.2):
    head = s.head("scale", num_layers=1)
    return kc.SimCLR(s.encoder(), s.views(), head, temperature=temperature)


def no_head(s, temperature=0.2):
    head = keras.layers.Identity()
    return kc.SimCLR(s.encoder(), s.views(), head, temperature=temperature)


def narrow_head(s, temperature=0.2):
    return kc.SimCLR(
        s.encoder(), s.views(), s.head(units=16), temperature=temperature
    )


def moco_seeing(recipe, **options):
    """MoCo with views of a paper."""

    def make(s, momentum=0.99):
        views = recipe(s.side, seed=s.seed, **options)
        return moco(s, momentum, views=views)

    return make


def at_momentum(build, momentum):
    """That MoCo with the temperature as its knob."""

    def make(s, temperature=0.2):
        return build(s, momentum, temperature=temperature)

    return make


class Part(kc.layers.PositiveExtrapolation):
    """One of the two things that extrapolation does, without the other.

    It lowers the score of a positive pair, and multiplies the gradients by
    which that pair pulls and negatives push.

    Args:
        scores: Boolean: scores of positives as after extrapolation, with the
            gradients of those before; or these scores with those gradients.
    """

    def __init__(self, scores, **kwargs):
        super().__init__(**kwargs)
        self.scores = scores

    def extrapolate(self, queries, keys, lam):
        score = ops.sum(queries * keys, -1, keepdims=True)
        still = ops.stop_gradient(score)
        if self.scores:
            moved = still + 2 * lam * (1 - lam) * (1 - still)
            ratio, pull, push = moved / still, 1, 1
        else:
            ratio, pull, push = 1, lam**2 + (1 - lam) ** 2, lam
        # Is 0, with the gradient of the score over the score.
        change = (score - still) / still
        moved = queries + (push - 1) * (queries - ops.stop_gradient(queries))
        return moved, keys * (ratio + (pull - ratio * push) * change)


def part(scores):
    def make(s, temperature=0.2):
        one = Part(scores, start_epoch=2, seed=s.seed)
        return moco(s, 0.997, temperature=temperature, feature_transform=one)

    return make


CROP, COLOR = "RandomResizedCrop", ("ColorJitter", "Grayscale")
BASELINES = {
    "raw pixels": Row(None, "", (), 1),
    "random encoder": Row(None, "", seeds=5, asked=method_rows.ASKED),
    "supervised": Row(
        Supervised, "", seeds=5, data="labels", asked=("classifier",)
    ),
}
CHANGED = {
    "SimCLR, crops alone": Row(with_views(CROP), "temperature", seeds=5),
    "SimCLR, color alone": Row(with_views(*COLOR), "temperature", seeds=5),
    "SimCLR, linear head": Row(
        linear_head, "temperature", seeds=5, asked=("head",)
    ),
    "SimCLR, no head": Row(no_head, "temperature", seeds=5),
}
# Fewer numbers after the head than before it, as in the paper.
NARROW = {
    "SimCLR, 16 projections": Row(
        narrow_head, "temperature", seeds=5, asked=("head",)
    ),
}
STRONGER = {
    "MoCo, views of MoCo v1": Row(
        moco_seeing(kc.views.moco_v1),
        "momentum",
    ),
    "MoCo, views of MoCo v2": Row(
        moco_seeing(kc.views.moco_v2),
        "momentum",
    ),
    "MoCo, views of InfoMin": Row(
        moco_seeing(kc.views.infomin, jigsaw=False),
        "momentum",
    ),
}
TRANSFORMED = {
    "MoCo, extrapolation": Row(transformed(moco, TRANSFORMS[:1]), "momentum"),
    "MoCo, interpolation": Row(transformed(moco, TRANSFORMS[1:]), "momentum"),
}
# At the momentum that the search has chosen for MoCo on shapes.
TEMPERED = {
    "MoCo, temperature": Row(
        at_momentum(moco, 0.997), "temperature", asked=("projections",)
    ),
    "MoCo, FT, temperature": Row(
        at_momentum(transformed(moco), 0.997),
        "temperature",
        asked=("projections",),
    ),
}
# Which part of the extrapolation does what it does.
PARTED = {
    "MoCo, scores of extrapolation": Row(
        part(True), "temperature", asked=("projections",)
    ),
    "MoCo, gradients of extrapolation": Row(
        part(False), "temperature", asked=("projections",)
    ),
}
WATCHED = "MoCo, scores"


def rows():
    return {
        **BASELINES,
        **method_rows.ROWS,
        **CHANGED,
        **NARROW,
        **STRONGER,
        **TRANSFORMED,
        **TEMPERED,
        **PARTED,
        WATCHED: Row(moco, "momentum", asked=("scores",)),
    }
