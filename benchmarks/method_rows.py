"""The rows of the tables of methods: how each is built, and its own knob."""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras

import keras_contrastive as kc

BATCH = 256


class Setting:
    """What methods are made of, for one kind of pictures and one seed."""

    width = 128

    def __init__(self, dataset, seed, num_images, seen, side=16):
        self.side, self.seed = side, seed
        self.dataset = dataset
        self.channels = 1 if dataset == "fashion_mnist" else 3
        self.num_images = num_images
        self.seen = seen

    def encoder(self, open_sides=False, channels=None):
        side = None if open_sides else self.side
        return kc.encoders.SmallCNN(
            (side, side, channels or self.channels), width=12
        )

    def head(self, ending=None, num_layers=2, units=None, hidden_units=512):
        return kc.layers.ProjectionHead(
            units or self.width,
            num_layers=num_layers,
            hidden_units=hidden_units,
            ending=ending,
        )

    def momentum(self, start):
        """From `start` to 1 by a cosine over the training."""
        return kc.schedules.cosine_momentum(
            start, num_images=self.seen, batch_size=BATCH, epochs=1
        )

    def crop(self, scale=None):
        smallest = 0.2 if self.channels == 1 else 0.3
        return kc.views.RandomResizedCrop(
            self.side, scale=scale or (smallest, 1.0)
        )

    def view(self):
        if self.channels == 1:
            jitter = [kc.views.ColorJitter(0.4, 0.4, probability=0.8)]
        elif self.dataset == "drawings":
            jitter = [
                kc.views.ColorJitter(0.4, 0.4, 0.4, 0.1, probability=0.8),
                kc.views.Grayscale(probability=0.2),
            ]
        else:
            jitter = [
                kc.views.ColorJitter(0.8, 0.8, 0.8, 0.5, probability=0.9),
                kc.views.Grayscale(probability=0.5),
            ]
        return kc.views.Pipeline([self.crop(), *jitter])

    def views(self, count=2, then=()):
        pipelines = [self.view() for _ in range(count)]
        pipelines += [kc.views.Pipeline(part) for part in then]
        return kc.views.MultiView(pipelines, seed=self.seed)


def simclr(s, temperature=0.2, **kwargs):
    return kc.SimCLR(
        s.encoder(), s.views(), s.head(), temperature=temperature, **kwargs
    )


def dcl(s, temperature=0.2):
    return simclr(s, loss=kc.losses.DCL(temperature))


def moco(s, momentum=0.99, *, views=None, head=None, temperature=0.2, **kwargs):
    return kc.MoCo(
        s.encoder(),
        views or s.views(),
        head or s.head("bias"),
        batch_norm_splits=8,
        queue_size=4096,
        momentum=momentum,
        temperature=temperature,
        seed=s.seed,
        **kwargs,
    )


def moco_v1(s, momentum=0.99, **kwargs):
    head = s.head("bias", num_layers=1)
    return moco(s, momentum, head=head, temperature=0.07, **kwargs)


TRANSFORMS = kc.layers.PositiveExtrapolation, kc.layers.NegativeInterpolation


def transformed(build, kinds=TRANSFORMS):
    """That MoCo with feature transformations, from the third epoch on."""

    def make(s, momentum=0.99, **kwargs):
        transforms = [kind(start_epoch=2, seed=s.seed) for kind in kinds]
        return build(s, momentum, feature_transform=transforms, **kwargs)

    return make


def moco_v3(s, momentum=0.97):
    heads = s.head("standardize"), s.head("none")
    return kc.MoCoV3(
        s.encoder(),
        s.views(),
        *heads,
        momentum=s.momentum(momentum),
        temperature=0.2,
    )


def byol(s, momentum=0.97, **kwargs):
    heads = s.head("none"), s.head("none")
    return kc.BYOL(
        s.encoder(), s.views(), *heads, momentum=s.momentum(momentum), **kwargs
    )


def sim_siam(s, hidden_units=512):
    heads = s.head("standardize"), s.head("bias", hidden_units=hidden_units)
    return kc.SimSiam(s.encoder(), s.views(), *heads)


def barlow_twins(s, redundancy=0.005):
    head = s.head("none", num_layers=3, units=512)
    return kc.BarlowTwins(
        s.encoder(),
        s.views(),
        head,
        redundancy=redundancy,
    )


def vicreg(s, covariance=1.0):
    head = s.head("none", num_layers=3, units=512)
    return kc.VICReg(
        s.encoder(), s.views(), head, term_weights={"covariance": covariance}
    )


def nnclr(s, temperature=0.2, **kwargs):
    return kc.NNCLR(
        s.encoder(),
        s.views(),
        s.head("affine"),
        s.head("none"),
        queue_size=4096,
        temperature=temperature,
        seed=s.seed,
        **kwargs,
    )


def nnclr_nt_xent(s, temperature=0.2):
    return nnclr(s, temperature, loss=kc.losses.NTXent(temperature))


def sup_con(s, temperature=0.2):
    return kc.SupCon(s.encoder(), s.views(), s.head(), temperature=temperature)


def mio(s, temperature=0.5):
    return kc.MIO(
        s.encoder(),
        s.views(),
        s.head("affine"),
        positive_temperature=temperature,
    )


def with_bank(s, temperature):
    """What methods share that remember a vector for each image."""
    return {
        "num_images": s.num_images,
        "num_negatives": None,
        "temperature": temperature,
        "seed": s.seed,
    }


def inst_dis(s, temperature=0.2):
    return kc.InstDis(
        s.encoder(), s.views(1), s.head("bias"), **with_bank(s, temperature)
    )


def jigsaw(s):
    return [s.crop((0.6, 1.0)), kc.views.Jigsaw(s.side * 3 // 7, grid=2)]


def pirl(s, temperature=0.2):
    return kc.PIRL(
        s.encoder(open_sides=True),
        s.views(1, [jigsaw(s)]),
        s.head("bias"),
        kc.layers.JigsawHead(s.width),
        **with_bank(s, temperature),
    )


def infomin(s, momentum=0.99):
    return kc.InfoMin(
        s.encoder(open_sides=True),
        s.views(2, [jigsaw(s)]),
        s.head("bias"),
        kc.layers.JigsawHead(s.width, hidden_units=512),
        batch_norm_splits=8,
        queue_size=4096,
        momentum=momentum,
        temperature=0.2,
        seed=s.seed,
    )


def aug_self(s, temperature=0.2):
    return simclr(s, temperature, modules=[kc.AugSelf()])


def essl(s, temperature=0.2):
    """Its third view is cut, colored and gray as the others, half as large."""
    crop = kc.views.RandomResizedCrop(s.side // 2, scale=s.crop().scale)
    turned = kc.views.Pipeline([crop, *s.view().transforms[1:]])
    return kc.SimCLR(
        s.encoder(open_sides=True),
        s.views(),
        s.head(),
        temperature=temperature,
        modules=[kc.ESSL(kc.views.MultiView([turned], seed=s.seed))],
    )


def equimod(base):
    """That method with the module, which has hidden layers of 512 units."""

    def make(s, **knob):
        head = s.head("standardize", num_layers=3)
        return base(s, modules=[kc.EquiMod(head)], **knob)

    return make


def cmc(s, temperature=0.2):
    split = [s.crop(), kc.views.ColorSpace("ydbdr"), kc.views.ChannelSplit()]
    return kc.CMC(
        s.encoder(channels=1),
        s.encoder(channels=2),
        kc.views.MultiView([kc.views.Pipeline(split)], seed=s.seed),
        s.head("bias"),
        s.head("bias"),
        **with_bank(s, temperature),
    )


def gray_patches(s):
    # Patches two rows apart share no pixels.
    grid = kc.views.PatchGrid(s.side // 2, s.side // 4, crop=s.side // 2 - 2)
    return [grid] if s.channels == 1 else [kc.views.Grayscale(), grid]


def cpc(s, hidden_units=64):
    pipeline = kc.views.Pipeline([s.crop((0.6, 1.0)), *gray_patches(s)])
    return kc.CPC(
        s.encoder(open_sides=True),
        kc.views.MultiView([pipeline], seed=s.seed),
        kc.layers.PatchContext(num_blocks=2, hidden_units=hidden_units),
        offsets=(2,),
    )


def amdim(s, clip=20.0):
    heads = [kc.layers.MapHead(s.width) for _ in range(2)]
    projector = s.head("affine", num_layers=1)
    return kc.AMDIM(
        s.encoder(), s.views(), projector, *heads, clip=clip, seed=s.seed
    )


def whole_image_encoder(name, model, s):
    """The encoder of whole images, which sees what it saw in training."""
    if name == "CMC":
        split = [kc.views.ColorSpace("ydbdr"), kc.views.ChannelSplit()]
        views = kc.views.MultiView([kc.views.Pipeline(split)])
        return model.joint_encoder(views)
    if name == "CPC":
        views = kc.views.MultiView([kc.views.Pipeline(gray_patches(s))])
        images = keras.Input((s.side, s.side, s.channels))
        (patches,) = views(images, training=False)
        features = keras.layers.TimeDistributed(model.encoder)(
            keras.layers.Reshape((-1, *patches.shape[3:]))(patches)
        )
        mean = keras.layers.GlobalAveragePooling1D()(features)
        return keras.Model(images, mean)
    return model.encoder


@dataclasses.dataclass(frozen=True)
class Row:
    """How a method is built, and the values of a knob of its own.

    Attributes:
        build: Function of a `Setting` and the knob, by its name.
        knob: Name of the argument.
        values: What the search tries; rates are tried with the first.
        seeds: How many seeds are tested.
        base: Name of the row whose setting it has, instead of a search.
        data: What the method learns from beside images: `"index"`,
            `"labels"`, or nothing.
        needs_color: Whether gray images are no use to it.
        asked: What is asked of it alone, see `one_run.py`.
    """

    build: Callable[..., Any]
    knob: str
    values: tuple[float, ...] = ()
    seeds: int = 3
    base: str | None = None
    data: str = ""
    needs_color: bool = False
    asked: tuple[str, ...] = ()


TEMPERATURES = (0.2, 0.1, 0.5)
MOMENTA = (0.99, 0.97, 0.997)
STARTS = (0.97, 0.9, 0.99)
ASKED = "few labels", "parameters"
MIO_TEMPERATURES = (0.5, 0.2, 1.0)

ROWS = {
    "SimCLR": Row(
        simclr, "temperature", TEMPERATURES, 5, asked=("head", *ASKED)
    ),
    "SimCLR, DCL": Row(dcl, "temperature", TEMPERATURES),
    "SimCLR, EquiMod": Row(
        equimod(simclr),
        "temperature",
        seeds=5,
        base="SimCLR",
        asked=("equivariance", "parameters"),
    ),
    "MIO": Row(mio, "temperature", MIO_TEMPERATURES, 5, asked=ASKED),
    "MoCo": Row(moco, "momentum", MOMENTA, 5, asked=("tasks",)),
    "MoCo, FT": Row(
        transformed(moco), "momentum", seeds=5, base="MoCo", asked=("tasks",)
    ),
    "MoCo, FT, own setting": Row(
        transformed(moco), "momentum", MOMENTA, 5, asked=("tasks",)
    ),
    "MoCo v1": Row(moco_v1, "momentum", MOMENTA, 5, asked=("tasks",)),
    "MoCo v1, FT": Row(
        transformed(moco_v1),
        "momentum",
        seeds=5,
        base="MoCo v1",
        asked=("tasks",),
    ),
    "InfoMin": Row(infomin, "momentum", MOMENTA),
    "BYOL": Row(byol, "momentum", STARTS, 5, asked=ASKED),
    "BYOL, EquiMod": Row(
        equimod(byol),
        "momentum",
        seeds=5,
        base="BYOL",
        asked=("equivariance", "parameters"),
    ),
    "MoCoV3": Row(moco_v3, "momentum", STARTS),
    "SimSiam": Row(sim_siam, "hidden_units", (512, 128, 32)),
    "BarlowTwins": Row(barlow_twins, "redundancy", (0.005, 0.02, 0.001)),
    "VICReg": Row(vicreg, "covariance", (1.0, 4.0, 0.25)),
    "NNCLR": Row(nnclr, "temperature", TEMPERATURES),
    "NNCLR, NT-Xent": Row(nnclr_nt_xent, "temperature", TEMPERATURES),
    "InstDis": Row(inst_dis, "temperature", TEMPERATURES, data="index"),
    "PIRL": Row(pirl, "temperature", TEMPERATURES, data="index"),
    "CMC": Row(
        cmc, "temperature", TEMPERATURES, data="index", needs_color=True
    ),
    "AMDIM": Row(amdim, "clip", (20.0, 10.0, 40.0)),
    "CPC": Row(cpc, "hidden_units", (64, 32, 128)),
    "AugSelf": Row(aug_self, "temperature", base="SimCLR"),
    "ESSL": Row(essl, "temperature", base="SimCLR"),
    "SupCon": Row(sup_con, "temperature", TEMPERATURES, data="labels"),
}
# Without variants of one another.
METHODS = {name: row.build for name, row in ROWS.items() if " " not in name}
