"""Views of learned colours against colour spaces: a part of `infomin.py`."""

import json

import keras
import numpy as np
from methods import Setting

import keras_contrastive as kc

SPACES = ("rgb", "ydbdr", "lab")
LEARNED = ("rgb", "ydbdr")
KINDS = ("no labels", "labels", "no labels, in turn")
RATE = 2e-3
LABELLED = 10  # one image in so many


def names():
    """Colour space and kind of each row."""
    rows = [(space, "as it is") for space in SPACES]
    return rows + [(space, kind) for space in LEARNED for kind in KINDS]


def compare_colors(options):
    """I_NCE and accuracy of views from one channel and the other two."""
    path = options.folder / "colors.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    data = {
        space: (
            labelled(space, options.count, "train"),
            labelled(space, options.tested, "test"),
        )
        for space in SPACES
    }
    for seed in range(options.seeds):
        for space, kind in names():
            key = f"{space}, {kind}"
            row = found.setdefault(
                key, {"mutual_information": [], "accuracy": []}
            )
            if len(row["accuracy"]) > seed:
                continue
            shared, accuracy = run(kind, seed, *data[space], options)
            row["mutual_information"].append(round(shared, 4))
            row["accuracy"].append(round(accuracy, 4))
            print(f"{key:28} I_NCE {shared:.3f} {accuracy:.2%}", flush=True)
            path.write_text(json.dumps(found, indent=1) + "\n")
    return found


def labelled(space, count, split):
    """Generated images in a colour space, with their shapes.

    Channels are brought to 0..1, which images have to be in; the views
    standardise them anyway.
    """
    images, labels = next(
        iter(kc.data.shapes(count, count, split=split, labels="shape"))
    )
    convert = kc.views.ColorSpace(space)
    parts = np.array_split(np.asarray(images), max(1, count // 500))
    views = kc.views.MultiView([kc.views.Pipeline([convert])], seed=0)
    made = np.concatenate(
        [keras.ops.convert_to_numpy(views(part)[0]) for part in parts]
    )
    centre, half = map(np.float32, convert.centre_and_half_range())
    made = np.clip(0.5 + (made - centre) / (2 * half), 0, 1)
    return made, np.asarray(labels)


def make(seed, generator=None, classifiers=None, kind=kc.LearnedViews):
    setting = Setting("shapes", seed, num_images=None)
    crop = kc.views.Pipeline([setting.crop()])
    return kind(
        setting.encoder(channels=1),
        kc.views.MultiView([crop], seed=seed),
        setting.encoder(channels=2),
        generator,
        classifiers,
        setting.head(),
        setting.head(),
    )


def train(model, data, options, seed):
    model.compile(keras.optimizers.AdamW(RATE, weight_decay=1e-4))
    batches = kc.data.from_arrays(
        *data, batch_size=options.batch_size, shuffle=True, seed=seed
    )
    model.fit(batches, epochs=options.epochs, verbose=0)


def learn_generator(kind, seed, images, labels, options):
    """A generator that has hidden what its encoders shared."""
    keras.utils.set_random_seed(seed)
    generator = kc.layers.ColorFlow("vp")
    if kind == "no labels":
        train(make(seed, generator), (images,), options, seed)
    elif kind == "labels":
        few = np.where(np.arange(len(labels)) % LABELLED, -1, labels)
        setting = Setting("shapes", seed, num_images=None)
        classifiers = [
            keras.Sequential(
                [setting.encoder(channels=n), keras.layers.Dense(10)]
            )
            for n in (1, 2)
        ]
        model = make(seed, generator, classifiers)
        train(model, (images, few), options, seed)
    else:
        train_in_turn(generator, images, options, seed)
    generator.trainable = False
    return generator


def train_in_turn(generator, images, options, seed):
    """A step of the encoders, a step of the generator, and so on."""
    model = make(seed, generator, kind=Seeker)
    parts = model.encoder, model.views, model.second_encoder, generator, None
    hider = Hider(*parts, model.projector, model.second_projector)
    batches = kc.data.from_arrays(
        images, batch_size=options.batch_size, shuffle=True, seed=seed
    )
    for side in (model, hider):
        side.compile(keras.optimizers.AdamW(RATE, weight_decay=1e-4))
    for _ in range(options.epochs):
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
    if kind != "as it is":
        generator = learn_generator(kind, seed, *train_data, options)
    keras.utils.set_random_seed(seed)
    model = make(seed, generator)
    train(model, train_data[:1], options, seed)
    shared = kc.evaluation.mutual_information(
        model, test_data[0], batch_size=options.batch_size
    )
    probe = kc.evaluation.linear_probe(
        model.joint_encoder(), train_data, test_data
    )
    return shared.metrics["info_nce"], probe.accuracy
