"""All methods at an equal, small budget: what does each learn?

python benchmarks/methods.py [--dataset fashion_mnist] [--seeds 3]
    [--methods SimCLR BYOL ...] [--times 4] [--manual-dir FOLDER] [--costs]
    [--quick]

Each method sees 80,000 images (two views of each, where it has two), on two
CPU cores about two minutes: Fashion-MNIST, 20,000 training images for four
epochs, or `data.shapes`, 10,000 for eight. The encoder is the quickstart's,
five convolutions with batch normalization, which learns in minutes what a
ResNet takes longer for; batch 256, AdamW with rate 2e-3 and weight decay 1e-4,
half an epoch of warm-up and a cosine; heads of 512 hidden units and 128 out.
AugSelf and ESSL stand on SimCLR; InfoMin has these views and MoCo's settings,
not its paper's. Rate and views are those of the quickstart,
found with SimCLR; momentum, queue and temperatures were set beforehand for runs
as short as these. Two methods were changed after a first look at shapes, seed
0: of seven settings of MoCo's momentum and queue none was much better, and CPC
got gray patches that share no pixels.

`--times` multiplies the images seen, for the methods that such a budget leaves
at the beginning. TensorFlow compiles without XLA, with which these encoders
are slower on a CPU.

Features are read by k-NN (k = 20, cosine) and by a linear probe, from the
training images to test images, which chose nothing. CMC and CPC are read from
channels and from patches, so they have a random encoder of their own: the
rows "untrained".

Results enter `benchmarks/methods.json` one by one, from which the page on
methods is written; what is there is not run again. `--costs` measures a step
of each method and its peak memory, each in a process of its own. `--factors`
tells what else than the class an encoder of shapes keeps: R2, for classes
accuracy, of factors of the images, before and after training.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
from machine import setting
from results import write_results

import keras_contrastive as kc

RESULTS = pathlib.Path(__file__).with_name("methods.json")
BATCH = 256
SEEN = 80_000
COUNTS = {"fashion_mnist": 20_000, "shapes": 10_000}
SIDES = {"fashion_mnist": 28, "shapes": 32}
TITLES = {"fashion_mnist": "Fashion-MNIST", "shapes": "Generated shapes"}


class Setting:
    """What methods are made of, for one data set and seed."""

    width = 128

    def __init__(self, dataset, seed, num_images, seen=SEEN):
        self.side, self.seed = SIDES[dataset], seed
        self.channels = 1 if dataset == "fashion_mnist" else 3
        self.num_images = num_images
        self.momentum = kc.schedules.cosine_momentum(
            0.97, num_images=seen, batch_size=BATCH, epochs=1
        )

    def encoder(self, open_sides=False, channels=None):
        side = None if open_sides else self.side
        return kc.encoders.SmallCNN((side, side, channels or self.channels))

    def head(self, ending=None, num_layers=2, units=None):
        return kc.layers.ProjectionHead(
            units or self.width,
            num_layers=num_layers,
            hidden_units=512,
            ending=ending,
        )

    def crop(self, scale=None):
        smallest = 0.2 if self.channels == 1 else 0.3
        return kc.views.RandomResizedCrop(
            self.side, scale=scale or (smallest, 1.0)
        )

    def view(self):
        if self.channels == 1:
            jitter = [kc.views.ColorJitter(0.4, 0.4, probability=0.8)]
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


def simclr(s, modules=()):
    return kc.SimCLR(
        s.encoder(), s.views(), s.head(), temperature=0.2, modules=modules
    )


def dcl(s):
    loss = kc.losses.DCL(0.2)
    return kc.SimCLR(s.encoder(), s.views(), s.head(), loss=loss)


def moco(s, momentum=0.99, temperature=0.2, **kwargs):
    return kc.MoCo(
        s.encoder(),
        s.views(),
        kc.layers.ProjectionHead(128, hidden_units=512, use_batch_norm=False),
        batch_norm_splits=8,
        queue_size=4096,
        momentum=momentum,
        temperature=temperature,
        seed=s.seed,
        **kwargs,
    )


def moco_v3(s):
    heads = s.head("standardize"), s.head("none")
    return kc.MoCoV3(
        s.encoder(), s.views(), *heads, momentum=s.momentum, temperature=0.2
    )


def byol(s, modules=()):
    heads = s.head("none"), s.head("none")
    return kc.BYOL(
        s.encoder(), s.views(), *heads, momentum=s.momentum, modules=modules
    )


def sim_siam(s):
    heads = s.head("standardize"), s.head("bias")
    return kc.SimSiam(s.encoder(), s.views(), *heads)


def barlow_twins(s):
    head = s.head("none", num_layers=3, units=512)
    return kc.BarlowTwins(s.encoder(), s.views(), head)


def vicreg(s):
    head = s.head("none", num_layers=3, units=512)
    return kc.VICReg(s.encoder(), s.views(), head)


def nnclr(s):
    return kc.NNCLR(
        s.encoder(),
        s.views(),
        s.head("affine"),
        s.head("none"),
        queue_size=4096,
        temperature=0.2,
        seed=s.seed,
    )


def sup_con(s):
    return kc.SupCon(s.encoder(), s.views(), s.head(), temperature=0.2)


def mio(s):
    return kc.MIO(s.encoder(), s.views(), s.head("affine"))


def inst_dis(s):
    return kc.InstDis(
        s.encoder(),
        s.views(1),
        s.head("bias"),
        num_images=s.num_images,
        num_negatives=None,
        temperature=0.2,
        seed=s.seed,
    )


def jigsaw(s):
    return [s.crop((0.6, 1.0)), kc.views.Jigsaw(s.side * 3 // 7, grid=2)]


def pirl(s):
    return kc.PIRL(
        s.encoder(open_sides=True),
        s.views(1, [jigsaw(s)]),
        s.head("bias"),
        kc.layers.JigsawHead(s.width),
        num_images=s.num_images,
        num_negatives=None,
        temperature=0.2,
        seed=s.seed,
    )


def infomin(s):
    return kc.InfoMin(
        s.encoder(open_sides=True),
        s.views(2, [jigsaw(s)]),
        kc.layers.ProjectionHead(
            s.width, hidden_units=512, use_batch_norm=False
        ),
        kc.layers.JigsawHead(s.width, hidden_units=512),
        batch_norm_splits=8,
        queue_size=4096,
        momentum=0.99,
        temperature=0.2,
        seed=s.seed,
    )


def aug_self(s):
    return simclr(s, modules=[kc.AugSelf()])


def essl(s):
    crop = kc.views.RandomResizedCrop(s.side // 2, scale=s.crop().scale)
    turned = kc.views.MultiView([kc.views.Pipeline([crop])], seed=s.seed)
    return kc.SimCLR(
        s.encoder(open_sides=True),
        s.views(),
        s.head(),
        temperature=0.2,
        modules=[kc.ESSL(turned)],
    )


def cmc(s):
    split = [s.crop(), kc.views.ColorSpace("ydbdr"), kc.views.ChannelSplit()]
    return kc.CMC(
        s.encoder(channels=1),
        s.encoder(channels=2),
        kc.views.MultiView([kc.views.Pipeline(split)], seed=s.seed),
        s.head("bias"),
        s.head("bias"),
        num_images=s.num_images,
        num_negatives=None,
        temperature=0.2,
        seed=s.seed,
    )


def gray_patches(s):
    grid = kc.views.PatchGrid(s.side // 2, s.side // 4, crop=s.side // 2 - 2)
    return [grid] if s.channels == 1 else [kc.views.Grayscale(), grid]


def cpc(s):
    # Patches two rows apart share no pixels.
    pipeline = kc.views.Pipeline([s.crop((0.6, 1.0)), *gray_patches(s)])
    return kc.CPC(
        s.encoder(open_sides=True),
        kc.views.MultiView([pipeline], seed=s.seed),
        kc.layers.PatchContext(num_blocks=2, hidden_units=64),
        offsets=(2,),
    )


def amdim(s):
    heads = [kc.layers.MapHead(128) for _ in range(2)]
    projector = s.head("affine", num_layers=1)
    return kc.AMDIM(s.encoder(), s.views(), projector, *heads, seed=s.seed)


METHODS = {
    "SimCLR": simclr,
    "SimCLR, DCL": dcl,
    "MoCo": moco,
    "MoCoV3": moco_v3,
    "BYOL": byol,
    "SimSiam": sim_siam,
    "BarlowTwins": barlow_twins,
    "VICReg": vicreg,
    "NNCLR": nnclr,
    "MIO": mio,
    "InstDis": inst_dis,
    "PIRL": pirl,
    "CMC": cmc,
    "CPC": cpc,
    "AMDIM": amdim,
    "SupCon": sup_con,
    "InfoMin": infomin,
    "AugSelf": aug_self,
    "ESSL": essl,
}
UNTRAINED = ", untrained"
NEEDS_COLOR = ("CMC", "CMC" + UNTRAINED)
WITH_INDEX = ("InstDis", "PIRL", "CMC")


def load(options, split, **kwargs):
    if options.dataset == "fashion_mnist":
        return kc.data.load(
            "fashion_mnist",
            split,
            BATCH,
            manual_dir=options.manual_dir,
            **kwargs,
        )
    kind, _, count = split.partition("[:")
    # Of these, a seed would make other images.
    kwargs.pop("seed", None)
    return kc.data.shapes(int(count.rstrip("]")), BATCH, split=kind, **kwargs)


def learned(name, model, s):
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


def make(name, options, seed):
    """A compiled method and its training data."""
    keras.utils.set_random_seed(seed)
    seen = options.epochs * options.count
    s = Setting(options.dataset, seed, options.count, seen)
    model = METHODS[name](s)
    kwargs = {"index": name in WITH_INDEX, "seed": seed}
    if name == "SupCon":
        kwargs.update(labels=True, shuffle=True)
    train = load(options, f"train[:{options.count}]", **kwargs)
    compile_model(model, options)
    return model, train, s


def compile_model(model, options):
    schedule = kc.schedules.warmup_cosine(
        2e-3,
        num_images=options.count,
        batch_size=BATCH,
        epochs=options.epochs,
        warmup_epochs=0.5,
    )
    xla = False if keras.backend.backend() == "tensorflow" else "auto"
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=1e-4), jit_compile=xla
    )


def evaluate(encoder, options):
    bank = load(options, f"train[:{options.count}]", labels=True)
    queries = load(options, f"test[:{options.tested}]", labels=True)
    knn = kc.evaluation.knn(encoder, bank, queries, k=20).accuracy
    linear = kc.evaluation.linear_probe(encoder, bank, queries)
    return round(knn, 4), round(linear.accuracy, 4)


def run(name, options, seed):
    if name == "raw pixels":
        return evaluate(None, options)
    if name == "random encoder":
        keras.utils.set_random_seed(seed)
        s = Setting(options.dataset, seed, options.count)
        return evaluate(s.encoder(), options)
    method = name.removesuffix(UNTRAINED)
    model, train, s = make(method, options, seed)
    if method == name:
        model.fit(train, epochs=options.epochs, verbose=0)
    else:
        build(model, train)
    return evaluate(learned(method, model, s), options)


def build(model, train):
    """Makes the weights of all parts, and trains none."""
    model.evaluate(train, steps=1, verbose=0)


def measure(name, options):
    """Median seconds of a step, and peak memory in GiB, after a warm-up."""
    model, train, _ = make(name, options, seed=0)
    stamps = []
    note = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: stamps.append(
            time.perf_counter()
        )
    )
    model.fit(train, epochs=1, steps_per_epoch=16, verbose=0, callbacks=[note])
    steps = [b - a for a, b in zip(stamps[3:], stamps[4:], strict=False)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return statistics.median(steps), peak


def costs(names, options, record):
    for name in names:
        if name in METHODS:
            command = [sys.executable, __file__, "--measure", name]
            command += ["--dataset", options.dataset]
            if options.manual_dir:
                command += ["--manual-dir", options.manual_dir]
            found = subprocess.run(
                command, check=True, capture_output=True, text=True
            )
            step, peak = json.loads(found.stdout.splitlines()[-1])
            record["rows"][name].update(step=step, gigabytes=peak)
            print(f"{name:15} {1000 * step:6.0f} ms per step, {peak:.1f} GiB")


def factors(name, options):
    """What can be read from an encoder, untrained and trained."""
    asked = ("shape", "size", "x", "y", "background_texture")
    model, train, s = make(name, options, seed=0)
    build(model, train)
    for title in ("untrained", "trained"):
        if title == "trained":
            model.fit(train, epochs=options.epochs, verbose=0)
        sets = []
        for split in ("train", "test"):
            images, known = next(
                iter(kc.data.shapes(2000, 2000, split=split, labels="all"))
            )
            sets.append((images, {factor: known[factor] for factor in asked}))
        found = kc.evaluation.factor_probe(learned(name, model, s), *sets)
        print(name, title, json.dumps(found.metrics), flush=True)


def set_up(options):
    seen = options.epochs * options.count
    return (
        f"{seen:,} images per run: {options.epochs} epochs of "
        f"{options.count:,}; tested on {options.tested:,}. "
        f"Begun {time.strftime('%Y-%m-%d')}, "
        f"{os.cpu_count()} CPU cores, Keras {keras.__version__} on "
        f"{keras.backend.backend()}."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", choices=COUNTS, default="shapes")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--methods", nargs="*")
    parser.add_argument("--manual-dir", help="folder of the restored files")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--costs", action="store_true")
    parser.add_argument("--factors", choices=METHODS, metavar="METHOD")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    options = parser.parse_args()
    print(setting(), flush=True)
    options.count, options.tested = COUNTS[options.dataset], 10_000
    options.epochs = options.times * SEEN // options.count
    if options.dataset == "shapes":
        options.tested = 2_000
    if options.quick:
        options.count, options.tested, options.epochs = 1024, 512, 1
        options.seeds = 1
    if options.measure:
        print(json.dumps(measure(options.measure, options)))
        return
    own_random = ("CMC" + UNTRAINED, "CPC" + UNTRAINED)
    if options.factors:
        factors(options.factors, options)
        return
    names = options.methods or [
        "raw pixels",
        "random encoder",
        *METHODS,
        *own_random,
    ]
    if options.dataset == "fashion_mnist":
        names = [name for name in names if name not in NEEDS_COLOR]
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results = {} if options.quick else results
    key, title = options.dataset, TITLES[options.dataset]
    command = f"python benchmarks/methods.py --dataset {options.dataset}"
    if options.times > 1:
        key += f"_x{options.times}"
        title += f", {options.times} times as long"
        command += f" --times {options.times}"
    record = results.setdefault(
        key,
        {
            "title": title,
            "set_up": set_up(options),
            "command": command,
            "rows": {},
        },
    )
    for seed in range(options.seeds):
        for name in names:
            row = record["rows"].setdefault(name, {"knn": [], "linear": []})
            if len(row["knn"]) > seed or (name == "raw pixels" and seed):
                continue
            knn, linear = run(name, options, seed)
            row["knn"].append(knn)
            row["linear"].append(linear)
            print(f"{name:15} seed {seed}: {knn:.2%} {linear:.2%}", flush=True)
            keras.backend.clear_session()
            if not options.quick:
                write_results(RESULTS, results)
    if options.costs:
        costs(names, options, record)
        write_results(RESULTS, results)
    knn = {
        name.replace(" ", "_"): row["knn"]
        for name, row in record["rows"].items()
    }
    print(json.dumps({"knn": knn}))


if __name__ == "__main__":
    main()
