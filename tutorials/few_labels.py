# %% [markdown]
# # Few labels: what pretraining is worth
#
# Images are cheap, labels are not. You pretrain an encoder on all images
# without labels, then take the labels of 1 % and of 10 % of them, as many of
# each class, and compare three ways to use them: training from scratch, a
# linear classifier on the frozen encoder, and fine-tuning all of it.
#
# **Takes** fifteen minutes on two busy CPU cores, of them four of computing.
#
# **Result** with 10 % of the labels fine-tuning reaches 79.1 %, training from
# scratch 66.0 %, a linear classifier 40.0 %; with 1 % they reach 13.6 %, 11.6 %
# and 26.0 % (seed 0, Keras 3.15.1, TensorFlow 2.21.0, 2026-11-29). With several
# threads runs of one seed differ: another ended at 81.4, 66.0 and 41.0 %.

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # or "jax", "torch"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # no notes of XLA

import keras

import keras_contrastive as kc

# %%
SEED = 0
SIDE, WIDTH = 32, 24
IMAGES, EPOCHS, BATCH, RATE = 10_000, 8, 256, 2e-3
SHARES = (0.01, 0.1)  # of the labels
STEPS = 600  # of fine-tuning
keras.utils.set_random_seed(SEED)
print(
    f"Keras {keras.__version__} on {keras.backend.backend()}, "
    f"keras_contrastive {kc.__version__}"
)

# %% tags=["script"]
if os.environ.get("KERAS_CONTRASTIVE_SMOKE") == "1":
    SIDE, WIDTH = 16, 12
    IMAGES, EPOCHS, BATCH, RATE = 4000, 11, 64, 3e-3
    SHARES, STEPS = (0.1,), 150

# %% [markdown]
# ## Pretrain without labels
#
# SimCLR on generated shapes, as in the quickstart. A second encoder with the
# same first weights stays untrained.


# %%
def make_encoder():
    keras.utils.set_random_seed(SEED)
    return kc.encoders.SmallCNN((SIDE, SIDE, 3), width=WIDTH)


def pipeline():
    return kc.views.Pipeline(
        [
            kc.views.RandomResizedCrop(SIDE, scale=(0.3, 1.0)),
            kc.views.ColorJitter(0.8, 0.8, 0.8, 0.5, probability=0.9),
            kc.views.Grayscale(probability=0.5),
        ]
    )


untrained, pretrained = make_encoder(), make_encoder()
model = kc.SimCLR(
    pretrained,
    kc.views.MultiView([pipeline(), pipeline()], seed=SEED),
    kc.layers.ProjectionHead(64, hidden_units=256),
    temperature=0.2,
)
schedule = kc.schedules.warmup_cosine(
    RATE,
    num_images=IMAGES,
    batch_size=BATCH,
    epochs=EPOCHS,
    warmup_epochs=1,
)
model.compile(keras.optimizers.Adam(schedule))
images = kc.data.shapes(IMAGES, BATCH, image_size=SIDE)
history = model.fit(images, epochs=EPOCHS, verbose=2)
kc.visualization.plot_history(history)

# %% [markdown]
# ## Choose the labels
#
# `label_subset` returns the rows of the images whose labels we may use. The
# same labels and seed give the same rows on every machine.

# %%
labeled = kc.data.shapes(IMAGES, IMAGES, image_size=SIDE, labels=True)
images, labels = next(iter(labeled))
test = kc.data.shapes(1000, 250, split="test", image_size=SIDE, labels=True)
subsets = {
    f"{share:.0%}": kc.data.label_subset(
        labels, per_class=round(share * IMAGES / 10), seed=SEED
    )
    for share in SHARES
}
for name, rows in subsets.items():
    print(f"{name}: {len(rows)} images, {len(rows) // 10} of each shape")

# %% [markdown]
# ## Use them
#
# `fine_tune` trains a copy, so the encoder stays as it is, and both starts see
# the same images in as many steps. `linear_probe` trains one layer on frozen
# features; on those of the untrained encoder it tells what pretraining added.
# The test images choose nothing.


# %%
def fine_tune(encoder, rows):
    batch_size = min(BATCH, len(rows))
    crop = kc.views.RandomResizedCrop(SIDE, scale=(0.3, 1.0))
    report = kc.evaluation.fine_tune(
        encoder,
        (images, labels),
        test,
        rows=rows,
        views=kc.views.MultiView([kc.views.Pipeline([crop])], seed=SEED),
        epochs=STEPS * batch_size // len(rows),
        batch_size=batch_size,
        learning_rate=0.05,
        seed=SEED,
    )
    return report.accuracy


def probe(encoder, rows):
    few = images[rows], labels[rows]
    return kc.evaluation.linear_probe(encoder, few, test).accuracy


ways = {
    "from scratch": (fine_tune, untrained),
    "linear, untrained": (probe, untrained),
    "linear, pretrained": (probe, pretrained),
    "fine-tuned": (fine_tune, pretrained),
}
accuracy = {
    way: {name: use(encoder, rows) for name, rows in subsets.items()}
    for way, (use, encoder) in ways.items()
}

# %%
print(f"{'accuracy on test images':26}", *(f"{name:>8}" for name in subsets))
for way, found in accuracy.items():
    print(f"{way:26}", *(f"{value:8.1%}" for value in found.values()))

# %%
kc.visualization.plot_scores(
    {
        f"{name} of the labels": kc.evaluation.Report(
            "accuracy", {way: found[name] for way, found in accuracy.items()}
        )
        for name in subsets
    }
)

# %% [markdown]
# ## What this shows
#
# Pretraining helps whatever one does with the labels, but what to do depends on
# their number. In the full run, with ten images of each shape, fine-tuning all
# weights is hardly better than training from scratch, and a linear classifier
# on the frozen encoder is best. With a hundred of each, fine-tuning is best by
# far.

# %%
assert accuracy["fine-tuned"]["10%"] > accuracy["from scratch"]["10%"] + 0.03, (
    "With 10 % of the labels, fine-tuning a pretrained encoder gives a better "
    "classifier than training the same network from scratch"
)
assert all(
    accuracy["linear, pretrained"][name]
    > accuracy["linear, untrained"][name] + 0.05
    for name in subsets
), (
    "A linear classifier learns more from few labels on a pretrained encoder "
    "than on an untrained one"
)
assert all(
    max(accuracy["linear, pretrained"][name], accuracy["fine-tuned"][name])
    > max(accuracy["linear, untrained"][name], accuracy["from scratch"][name])
    + 0.05
    for name in subsets
), (
    "With few labels, the better use of a pretrained encoder beats the better "
    "use of an untrained one"
)
