# %% [markdown]
# # A tour of methods
#
# Eight ways to learn without labels, on the same images, with the same encoder
# and in as many steps. Each is one entry of a dictionary. You see what a method
# adds to views and an encoder, what nearest neighbors make of its features
# after a short run, and what a step costs.
#
# **Takes** eleven minutes on two busy CPU cores, of them five of computing.
#
# **Result** k-NN of the random encoder 16.3 %, raw pixels 18.2 %; SimCLR 42.1
# %, MoCo v3 40.5 %, MIO 36.8 %, NNCLR 35.8 %, VICReg 31.0 %, Barlow Twins 24.7
# %, MoCo 22.5 %, SimSiam 20.9 % (seed 0, Keras 3.15.1, TensorFlow 2.21.0,
# 2026-11-29).
#
# No method was tuned: rate and views are those that suit SimCLR. After a minute
# of training this is no ranking; more methods, with settings of their own and
# several seeds, at a longer budget, are in `docs/methods.md`.

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # or "jax", "torch"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # no notes of XLA

import time

import keras
import numpy as np

import keras_contrastive as kc

# %%
SEED = 0
SIDE, IMAGES, BATCH, EPOCHS = 16, 4000, 64, 24
print(
    f"Keras {keras.__version__} on {keras.backend.backend()}, "
    f"keras_contrastive {kc.__version__}"
)

# %% tags=["script"]
SMOKE = os.environ.get("KERAS_CONTRASTIVE_SMOKE") == "1"
if SMOKE:
    EPOCHS = 8

# %% [markdown]
# ## The methods
#
# Each is a class, whose first line says what it does.

# %%
for name in kc.methods.__all__:
    first_line = getattr(kc, name).__doc__.splitlines()[0]
    print(f"{name:14}{first_line}")

# %% [markdown]
# ## What all share
#
# Generated shapes of 16 pixels, views that hide their colors, a small encoder.


# %%
def load(split, num_images, labels=True):
    return kc.data.shapes(
        num_images, BATCH, split=split, image_size=SIDE, labels=labels
    )


bank, test = load("train", IMAGES), load("test", 1000)


def encoder():
    return kc.encoders.SmallCNN((SIDE, SIDE, 3), width=12)


def pipeline():
    return kc.views.Pipeline(
        [
            kc.views.RandomResizedCrop(SIDE, scale=(0.3, 1.0)),
            kc.views.ColorJitter(0.8, 0.8, 0.8, 0.5, probability=0.9),
            kc.views.Grayscale(probability=0.5),
        ]
    )


def views():
    return kc.views.MultiView([pipeline(), pipeline()], seed=SEED)


def head(ending=None, units=64, num_layers=2):
    return kc.layers.ProjectionHead(
        units, num_layers=num_layers, hidden_units=256, ending=ending
    )


# %% [markdown]
# ## What each adds
#
# * **SimCLR**, **MIO**: other images of the batch are negatives; MIO classifies
#   each pair alone.
# * **MoCo v3**, **MoCo**: negatives are compared with the slower copy of the
#   encoder, a momentum branch; MoCo keeps them in a queue.
# * **NNCLR**: the positive is the nearest neighbor in a queue.
# * **SimSiam**: no negatives; one side is predicted from the other, whose
#   gradient is stopped.
# * **Barlow Twins**, **VICReg**: no negatives; features are to be uncorrelated.

# %%
momentum = kc.schedules.cosine_momentum(
    0.97, num_images=IMAGES, batch_size=BATCH, epochs=EPOCHS
)
METHODS = {
    "SimCLR": lambda: kc.SimCLR(encoder(), views(), head(), temperature=0.2),
    "MIO": lambda: kc.MIO(encoder(), views(), head("affine")),
    "MoCo v3": lambda: kc.MoCoV3(
        encoder(),
        views(),
        head("standardize"),
        head("none"),
        momentum=momentum,
        temperature=0.2,
    ),
    "MoCo": lambda: kc.MoCo(
        encoder(),
        views(),
        kc.layers.ProjectionHead(64, hidden_units=256, use_batch_norm=False),
        batch_norm_splits=4,
        queue_size=1024,
        momentum=0.99,
        temperature=0.2,
        seed=SEED,
    ),
    "NNCLR": lambda: kc.NNCLR(
        encoder(),
        views(),
        head("affine"),
        head("none"),
        queue_size=1024,
        temperature=0.2,
        seed=SEED,
    ),
    "SimSiam": lambda: kc.SimSiam(
        encoder(), views(), head("standardize"), head("bias")
    ),
    "Barlow Twins": lambda: kc.BarlowTwins(
        encoder(), views(), head("none", units=256, num_layers=3)
    ),
    "VICReg": lambda: kc.VICReg(
        encoder(), views(), head("none", units=256, num_layers=3)
    ),
}

# %% tags=["script"]
if SMOKE:
    METHODS = {name: METHODS[name] for name in ("SimCLR", "MIO")}

# %% [markdown]
# ## Train them
#
# All begin with the same weights of the encoder and see the same images in the
# same order. The time of a step is the median, without compilation.


# %%
def pretrain(make):
    keras.utils.set_random_seed(SEED)
    model = make()
    schedule = kc.schedules.warmup_cosine(
        3e-3,
        num_images=IMAGES,
        batch_size=BATCH,
        epochs=EPOCHS,
        warmup_epochs=1,
    )
    model.compile(keras.optimizers.Adam(schedule))
    times = []
    clock = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: times.append(time.perf_counter())
    )
    train = load("train", IMAGES, labels=False)
    model.fit(train, epochs=EPOCHS, verbose=0, callbacks=[clock])
    return model, 1000 * np.median(np.diff(times))


keras.utils.set_random_seed(SEED)
random_knn = kc.evaluation.knn(encoder(), bank, test).accuracy
pixels_knn = kc.evaluation.knn(None, bank, test).accuracy
print(f"{'':14}{'k-NN':>8}{'step':>10}{'weights':>10}{'trained':>10}")
print(f"{'raw pixels':14}{pixels_knn:8.1%}")
print(f"{'random encoder':14}{random_knn:8.1%}")
accuracy = {}
for name, make in METHODS.items():
    model, step = pretrain(make)
    accuracy[name] = kc.evaluation.knn(model.encoder, bank, test).accuracy
    trained = sum(np.prod(w.shape) for w in model.trainable_weights)
    print(
        f"{name:14}{accuracy[name]:8.1%}{step:7.0f} ms"
        f"{model.count_params():10,}{trained:10,}"
    )

# %% [markdown]
# Weights that are not trained belong to momentum branches, queues and batch
# normalization. They cost memory; the encoder that you keep is of one size.

# %%
kc.visualization.plot_scores(
    {
        "random encoder": kc.evaluation.Report(
            "k-NN accuracy", dict.fromkeys(accuracy, random_knn)
        ),
        "pretrained": kc.evaluation.Report("k-NN accuracy", accuracy),
    }
)

# %% [markdown]
# ## What this shows

# %%
assert min(accuracy.values()) > random_knn + 0.03, (
    "Each method of the tour makes the k-NN accuracy higher than that of the "
    "random encoder it starts from"
)
