"""Trains one encoder as a `runs.Run` says, and asks what it has learned."""

import resource
import time

import keras
import numpy as np
from method_rows import Setting, whole_image_encoder
from pictures import pictures

import keras_contrastive as kc

WEIGHT_DECAY = 1e-4
# Into how many classes the numbers of `shape_factors` are cut, and within what.
CLASSES = 8
LIMITS = {"x": (0.28, 0.72), "y": (0.28, 0.72), "size": (0.24, 0.36)}
SCORES, PARTS = ("negative_variance", "negative_mean", "positive_mean"), 40
TASKS = (
    "shape",
    "hue",
    "x",
    "y",
    "size",
    "background_texture",
    "background_hue",
)
# Labels for fine-tuning: share and steps.
FEW = {"1%": 0.01, "10%": 0.1}
FINE_TUNING = {"batch_size": 128, "learning_rate": 0.1}
FINE_STEPS = 600


def train(row, run, folder):
    """An encoder of whole images, and what else the training has shown."""
    held = pictures(run.data, run.side)
    labeled = row.data == "labels"
    images = held.train[0] if labeled else held.unlabeled
    s = Setting(run.data, run.seed, len(images), run.seen, run.side)
    s.classes = held.classes
    if row.build is None:
        return (s.encoder() if run.row == "random encoder" else None), {}
    knob = {} if run.knob is None else {row.knob: run.knob}
    model = row.build(s, **knob)
    epochs = round(run.seen / len(images))
    compile_model(model, run.rate, len(images), run.batch, epochs)
    data = kc.data.from_arrays(
        images,
        held.train[1] if labeled else None,
        batch_size=run.batch,
        shuffle=True,
        seed=run.seed,
        index=row.data == "index",
    )
    recorder = kc.callbacks.ScoreRecorder()
    watch = [recorder] if "scores" in row.asked else []
    spent = Spent()
    going_on = []
    if isinstance(model, kc.ContrastiveModel):
        checkpoint = kc.callbacks.Checkpoint(folder, every_minutes=2)
        going_on = [spent, checkpoint]
    history = model.fit(
        data,
        epochs=epochs,
        verbose=0,
        callbacks=[*watch, *going_on],
    ).history
    encoder = whole_image_encoder(run.row.partition(",")[0], model, s)
    found = {
        "epochs": epochs,
        "loss": round(history["loss"][-1], 4),
        "fit_seconds": round(spent.seconds, 1),
        "seconds_before": spent.before,
        "gigabytes": round(peak_gigabytes(), 2),
    }
    if watch:
        found["scores"] = in_parts(recorder.records)
    if run.part == "test":
        found |= own_questions(row, model, encoder, held, run)
    return encoder, found


class Spent(keras.callbacks.Callback):
    """CPU seconds of a training, with those before it was interrupted."""

    def __init__(self):
        super().__init__()
        self.before, self.begun = 0.0, time.process_time()

    @property
    def seconds(self):
        return self.before + time.process_time() - self.begun

    def get_state(self):
        return {"seconds": self.seconds}

    def set_state(self, state):
        self.before, self.begun = state["seconds"], time.process_time()


def in_parts(records):
    """Means of three scores over 40 parts of the training."""
    return {
        name: [
            round(float(part.mean()), 5)
            for part in np.array_split(records[name], PARTS)
            if len(part)
        ]
        for name in SCORES
    }


def peak_gigabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def compile_model(model, rate, num_images, batch, epochs):
    """AdamW with a warm-up over a sixteenth, then a cosine.

    TensorFlow compiles without XLA, with which these encoders are slower on a
    processor.
    """
    schedule = kc.schedules.warmup_cosine(
        rate,
        num_images=num_images,
        batch_size=batch,
        epochs=epochs,
        warmup_epochs=epochs / 16,
    )
    xla = False if keras.backend.backend() == "tensorflow" else "auto"
    loss = None
    if not isinstance(model, kc.ContrastiveModel):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY),
        loss,
        jit_compile=xla,
    )


def own_questions(row, model, encoder, held, run):
    """What is asked of some rows alone, on test images."""
    found = {}
    if "classifier" in row.asked:
        logits = model.predict(held.test[0] / np.float32(255), verbose=0)
        right = logits.argmax(-1) == held.test[1]
        found["classifier"] = round(float(right.mean()), 4)
    if "head" in row.asked:
        images = keras.Input(encoder.input_shape[1:])
        head = keras.Model(images, model.projector(encoder(images)))
        knn, linear = ask(head, held.train, held.test)
        found |= {"head_knn": knn, "head_linear": linear}
    if "projections" in row.asked:
        found["projection_rank"] = projection_rank(model, encoder, held, run)
    if "equivariance" in row.asked:
        report = kc.evaluation.equivariance(model, held.test[0][:2000])
        found["equivariance"] = {
            key: round(value, 4) for key, value in report.metrics.items()
        }
    return found


def projection_rank(model, encoder, held, run):
    """Effective rank of the projections of one view of test images."""
    s = Setting(run.data, 0, 1, 1, run.side)
    (view,) = s.views(1)(held.test[0], training=True)
    projections = model.projector(encoder(view), training=False)
    rank = kc.metrics.effective_rank(projections, centered=True)
    return round(float(rank), 2)


def accuracies(row, encoder, run):
    """k-NN for a choice of settings; for tests what is told of a row."""
    held = pictures(run.data, run.side)
    if run.part == "validation":
        knn = kc.evaluation.knn(encoder, held.train, held.validation, k=20)
        return {"knn": round(knn.accuracy, 4)}
    knn, linear = ask(encoder, held.train, held.test)
    found = {"knn": knn, "linear": linear}
    if run.data == "shapes":
        found["color"] = color(encoder, held)
        if "tasks" in row.asked:
            found["tasks"] = tasks(encoder, held)
    if "parameters" in row.asked:
        found["parameters"] = parameters(encoder, held, run)
    if "few labels" in row.asked:
        found |= fine_tuned(encoder, held, run.seed)
    return found


def ask(encoder, train, test):
    knn = kc.evaluation.knn(encoder, train, test, k=20).accuracy
    linear = kc.evaluation.linear_probe(encoder, train, test, verbose=False)
    return round(knn, 4), round(linear.accuracy, 4)


def color(encoder, held):
    """Linear accuracy of the hue of a shape in eight classes."""
    report = kc.evaluation.linear_probe(
        encoder, *factor_sets(held, "hue"), verbose=False
    )
    return round(report.accuracy, 4)


def tasks(encoder, held):
    """Accuracies of ridge probes on several factors of the shapes."""
    sets = {name: factor_sets(held, name) for name in TASKS}
    report = kc.evaluation.transfer(
        encoder, sets, probe=kc.evaluation.ridge_probe
    )
    return {name: round(value, 4) for name, value in report.metrics.items()}


def parameters(encoder, held, run):
    """Mean R2 of the parameters of views, from a view and its image."""
    s = Setting(run.data, 0, 1, 1, run.side)
    report = kc.evaluation.parameter_probe(
        encoder,
        s.views(),
        held.train[0],
        held.test[0],
        with_original=True,
    )
    return round(float(np.mean(list(report.metrics.values()))), 4)


def factor_sets(held, name):
    """Images with a factor, whose numbers are cut into eight classes."""
    pairs = []
    for split, (images, _) in (("train", held.train), ("test", held.test)):
        values = kc.data.shape_factors(len(images), split=split)[name]
        if values.dtype.kind == "f":
            low, high = LIMITS.get(name, (0.0, 1.0))
            share = (values - low) / (high - low)
            values = np.clip((share * CLASSES).astype("int32"), 0, CLASSES - 1)
        pairs.append((images, values))
    return pairs


def fine_tuned(encoder, held, seed):
    """Accuracies after fine-tuning on few labels, equal steps for all."""
    found = {}
    images, labels = held.train
    for name, share in FEW.items():
        rows = kc.data.label_subset(labels, share=share, seed=seed)
        steps = max(1, len(rows) // FINE_TUNING["batch_size"])
        crop = kc.views.RandomResizedCrop(images.shape[1], scale=(0.3, 1.0))
        report = kc.evaluation.fine_tune(
            encoder,
            held.train,
            held.test,
            rows=rows,
            views=kc.views.MultiView([kc.views.Pipeline([crop])], seed=seed),
            epochs=FINE_STEPS // steps,
            seed=seed,
            **FINE_TUNING,
        )
        found[f"labels {name}"] = round(report.accuracy, 4)
    return found
