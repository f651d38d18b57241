"""Views of learned colors against color spaces: a part of `infomin.py`."""

import json

import keras
import matplotlib.pyplot as plt
import numpy as np
from results import write_results

import keras_contrastive as kc

RATE = 2e-3
SIDES = {"sources": 14, "shapes": 16}
LABELED = 10  # one image in so many
AS_IT_IS, NO_LABELS, IN_TURN = "as it is", "no labels", "no labels, in turn"
LABELS, LABELS_1 = "labels", "labels, weight 1"
# Of the cross entropies in the loss; the paper's formula has 1.
WEIGHTS = {LABELS: 5.0, LABELS_1: 1.0}
COLORS = {"rgb": "tab:red", "ydbdr": "tab:blue", "lab": "tab:gray"}
MARKERS = {
    AS_IT_IS: "o",
    NO_LABELS: "v",
    LABELS: "^",
    IN_TURN: "x",
    LABELS_1: "s",
}
# Orthogonal; a row says what a source adds to red, green and blue.
MIX = np.array([[1, 1, 1], [1, -2, 1], [1, 0, -1]], "float32")
MIX /= np.linalg.norm(MIX, axis=1, keepdims=True)
# Of each kind of image the color spaces, and what is done to each.
ROWS = {
    "sources": {
        "rgb": (AS_IT_IS, NO_LABELS, LABELS, IN_TURN, LABELS_1),
        "ydbdr": (AS_IT_IS, NO_LABELS, LABELS),
    },
    "shapes": {
        "rgb": (AS_IT_IS, NO_LABELS, LABELS),
        "ydbdr": (AS_IT_IS, NO_LABELS, LABELS),
        "lab": (AS_IT_IS,),
    },
}


def compare_colors(options):
    """I_NCE and accuracy of views from one channel and the other two."""
    path = options.folder / "colors.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    for images, spaces in ROWS.items():
        for seed in range(options.seeds):
            for space, kinds in spaces.items():
                data = [
                    labeled(images, space, split, options)
                    for split in ("train", "test")
                ]
                for kind in kinds:
                    key = f"{images}, {space}, {kind}"
                    row = found.setdefault(
                        key, {"mutual_information": [], "accuracy": []}
                    )
                    if len(row["accuracy"]) > seed:
                        continue
                    shared, accuracy = run(kind, seed, *data, options)
                    row["mutual_information"].append(round(shared, 4))
                    row["accuracy"].append(round(accuracy, 4))
                    print(f"{key:34} {shared:.3f} {accuracy:.2%}", flush=True)
                    write_results(path, found)
    if options.figures:
        plot(found).savefig(options.figures / "colors.png")
    return found


def plot(found):
    """Accuracy over I_NCE: axes per kind of image, a color per space."""
    figure, rows = plt.subplots(
        1, len(ROWS), figsize=(15, 4.5), layout="constrained", dpi=150
    )
    for axes, images in zip(rows, ROWS, strict=True):
        for space, kinds in ROWS[images].items():
            for kind in kinds:
                row = found.get(f"{images}, {space}, {kind}")
                if row:
                    axes.errorbar(
                        *mean_and_deviation(row),
                        marker=MARKERS[kind],
                        color=COLORS[space],
                        label=f"{space}, {kind}",
                        markersize=9,
                    )
        axes.set(title=images, xlabel="I_NCE, nats", ylabel="accuracy, %")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def mean_and_deviation(row):
    """Both measures, then the deviation of accuracy and that of I_NCE."""
    shared = np.array(row["mutual_information"])
    accuracy = 100 * np.array(row["accuracy"])
    spread = [x.std(ddof=1) if len(x) > 1 else 0 for x in (accuracy, shared)]
    return shared.mean(), accuracy.mean(), *spread


def labeled(images, space, split, options):
    """Images in a color space, and their classes.

    Channels are brought to 0..1, which images have to be in; the views
    standardize them anyway.
    """
    count = options.count if split == "train" else options.tested
    make_images = {"sources": sources, "shapes": shapes}[images]
    made, labels = make_images(split, count, options)
    convert = kc.views.ColorSpace(space)
    parts = np.array_split(made, max(1, count // 500))
    views = kc.views.MultiView([kc.views.Pipeline([convert])], seed=0)
    made = np.concatenate(
        [keras.ops.convert_to_numpy(views(part)[0]) for part in parts]
    )
    center, half = map(np.float32, convert.center_and_half_range())
    return np.clip(0.5 + (made - center) / (2 * half), 0, 1), labels


def shapes(split, count, options):
    """Generated shapes; the class is the shape."""
    side = SIDES["shapes"]
    batches = kc.data.shapes(
        count, count, split=split, labels="shape", image_size=side
    )
    return tuple(map(np.asarray, next(iter(batches))))


def sources(split, count, options):
    """Three gray pictures in each image, mixed into its colors.

    Two are of one garment, in strong noise of their own, the third is of
    another garment, without noise. Some pixel-wise recoloring takes them
    apart.
    """
    batches = kc.data.load(
        "fashion_mnist",
        f"{split}[:{2 * count}]",
        count,
        labels=True,
        manual_dir=options.manual_dir,
    )
    images, labels = map(np.concatenate, zip(*batches, strict=True))
    half = SIDES["sources"]
    gray = images.astype("float32").reshape(-1, half, 2, half, 2)
    gray = gray.mean(axis=(2, 4))
    gray = (gray - gray.mean()) / gray.std()
    garment, other = gray[:count], gray[count : 2 * count]
    rng = np.random.default_rng(["train", "test"].index(split))
    noise = rng.normal(scale=2.0, size=(2, *garment.shape)).astype("float32")
    apart = [garment + noise[0], garment + noise[1], other]
    return np.clip(0.5 + np.stack(apart, -1) @ MIX / 16, 0, 1), labels[:count]


def encoder(side, channels):
    return kc.encoders.SmallCNN((side, side, channels))


def head():
    return kc.layers.ProjectionHead(128, hidden_units=512)


def make(
    side,
    seed,
    generator=None,
    classifiers=None,
    weights=None,
    kind=kc.LearnedViews,
):
    crop = kc.views.RandomResizedCrop(side, scale=(0.3, 1.0))
    return kind(
        encoder(side, 1),
        encoder(side, 2),
        kc.views.MultiView([kc.views.Pipeline([crop])], seed=seed),
        generator=generator,
        classifiers=classifiers,
        projector=head(),
        second_projector=head(),
        term_weights=weights,
    )


def train(model, data, options, seed):
    compile_model(model, len(data[0]), options)
    batches = kc.data.from_arrays(
        *data, batch_size=options.batch_size, shuffle=True, seed=seed
    )
    model.fit(batches, epochs=options.color_epochs, verbose=0)


def compile_model(model, count, options):
    """The rate falls to 0: a generator that still moves settles nowhere."""
    rate = keras.optimizers.schedules.CosineDecay(
        RATE, options.color_epochs * (count // options.batch_size)
    )
    # These small networks run faster on a CPU without XLA.
    xla = False if keras.backend.backend() == "tensorflow" else "auto"
    optimizer = keras.optimizers.AdamW(rate, weight_decay=1e-4)
    model.compile(optimizer, jit_compile=xla)


def learn_generator(kind, seed, images, labels, options):
    """A generator that has hidden what its encoders shared."""
    keras.utils.set_random_seed(seed)
    generator, side = kc.layers.ColorFlow("vp"), images.shape[1]
    if kind == NO_LABELS:
        train(make(side, seed, generator), (images,), options, seed)
    elif kind in WEIGHTS:
        few = np.where(np.arange(len(labels)) % LABELED, -1, labels)
        classifiers = [
            keras.Sequential([encoder(side, n), keras.layers.Dense(10)])
            for n in (1, 2)
        ]
        weights = dict.fromkeys(
            ("first_labels", "second_labels"), WEIGHTS[kind]
        )
        model = make(side, seed, generator, classifiers, weights)
        train(model, (images, few), options, seed)
    else:
        train_in_turn(generator, images, options, seed)
    generator.trainable = False
    return generator


def train_in_turn(generator, images, options, seed):
    """A step of the encoders, a step of the generator, and so on."""
    model = make(images.shape[1], seed, generator, kind=Seeker)
    hider = Hider(
        model.encoder,
        model.second_encoder,
        model.views,
        generator=generator,
        projector=model.projector,
        second_projector=model.second_projector,
    )
    batches = kc.data.from_arrays(
        images, batch_size=options.batch_size, shuffle=True, seed=seed
    )
    for side in (model, hider):
        compile_model(side, len(images), options)
    for _ in range(options.color_epochs):
        for batch in batches:
            model.train_on_batch(batch)
            hider.train_on_batch(batch)


class Seeker(kc.LearnedViews):
    """Trains all but the generator."""

    @property
    def trainable_weights(self):
        hidden = {id(x) for x in self.generator.trainable_weights}
        weights = super().trainable_weights
        return [x for x in weights if id(x) not in hidden]

    trainable_variables = trainable_weights


class Hider(kc.LearnedViews):
    """Trains the generator alone."""

    @property
    def trainable_weights(self):
        return self.generator.trainable_weights

    trainable_variables = trainable_weights


def run(kind, seed, train_data, test_data, options):
    generator = None
    if kind != AS_IT_IS:
        generator = learn_generator(kind, seed, *train_data, options)
    keras.utils.set_random_seed(seed)
    model = make(train_data[0].shape[1], seed, generator)
    train(model, train_data[:1], options, seed)
    shared = kc.evaluation.mutual_information(
        model, test_data[0], batch_size=options.batch_size
    )
    probe = kc.evaluation.linear_probe(
        model.joint_encoder(), train_data, test_data
    )
    return shared.metrics["info_nce"], probe.accuracy
