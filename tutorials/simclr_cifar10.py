# %% [markdown]
# # SimCLR on CIFAR-10
#
# The recipe of the SimCLR paper for small images, part by part: views,
# ResNet-18 with a CIFAR stem, projection head, LARS with warm-up and cosine
# decay. You follow the training by nearest neighbors on held-out images and
# judge the encoder by a linear classifier, as the paper does.
#
# **Takes** one GPU, for 200 epochs; the time was not measured.
#
# **Result** not measured. The authors report about 91 % linear accuracy after
# 1,000 epochs.

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # or "jax", "torch"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # no notes of XLA
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # fast on every CPU

import keras

import keras_contrastive as kc

# %%
SEED = 0
SIDE, IMAGES = 32, 45_000
BATCH, EPOCHS, RATE, WARMUP = 512, 200, 1.0, 10
TEMPERATURE, PROBE_EVERY = 0.5, 10
keras.utils.set_random_seed(SEED)
print(
    f"Keras {keras.__version__} on {keras.backend.backend()}, "
    f"keras_contrastive {kc.__version__}"
)

# %% tags=["script"]
# In short mode generated shapes stand in for CIFAR-10, so that nothing is
# downloaded, with views that hide their colors, a small encoder and a rate for
# small batches.
SMOKE = os.environ.get("KERAS_CONTRASTIVE_SMOKE") == "1"
if SMOKE:
    SIDE, IMAGES = 16, 4000
    BATCH, EPOCHS, RATE, WARMUP = 64, 10, 8.0, 1
    TEMPERATURE, PROBE_EVERY = 0.2, 1

# %% [markdown]
# ## Data
#
# TensorFlow Datasets downloads CIFAR-10 the first time. 5,000 of the training
# images are held out, to look at while training; the test images are for the
# end. Without labels images are shuffled anew in every epoch.


# %%
def load(part, labels=False):
    """`"train"`, `"held out"` or `"test"` images."""
    split = {"train": "train[5000:]", "held out": "train[:5000]"}
    return kc.data.load(
        "cifar10", split.get(part, "test"), BATCH, labels=labels
    )


# %% tags=["script"]
if SMOKE:

    def load(part, labels=False):
        return kc.data.shapes(
            IMAGES if part == "train" else 1000,
            BATCH,
            split="test" if part == "test" else "train",
            image_size=SIDE,
            labels=labels,
            seed=int(part == "held out"),
        )


# %%
train = load("train")
bank, held_out = load("train", labels=True), load("held out", labels=True)
test = load("test", labels=True)

# %% [markdown]
# ## Views
#
# Crops of 8 to 100 % of the area, flips, color jitter of half the strength
# that ImageNet gets, some images gray; no blur at 32 pixels. Each image draws
# its own parameters inside the training step.

# %%
views = kc.views.simclr(SIDE, strength=0.5, blur=False, seed=SEED)

# %% tags=["script"]
if SMOKE:
    hide_colors = kc.views.Pipeline(
        [
            kc.views.RandomResizedCrop(SIDE, scale=(0.3, 1.0)),
            kc.views.ColorJitter(0.8, 0.8, 0.8, 0.5, probability=0.9),
            kc.views.Grayscale(probability=0.5),
        ]
    )
    views = kc.views.MultiView([hide_colors, hide_colors], seed=SEED)

# %%
kc.visualization.plot_views(views, next(iter(train)))

# %% [markdown]
# ## Encoder and head
#
# The CIFAR stem is a 3x3 convolution at full resolution, in place of a 7x7 one
# and pooling. The head has one hidden layer; it is for training only, and what
# is judged and kept are the features before it.


# %%
def make_encoder(**kwargs):
    return kc.encoders.ResNet18((SIDE, SIDE, 3), stem="cifar", **kwargs)


# %% tags=["script"]
if SMOKE:

    def make_encoder(**kwargs):
        return kc.encoders.SmallCNN((SIDE, SIDE, 3), width=12, rescale=False)


# %%
encoder = make_encoder()
model = kc.SimCLR(
    encoder,
    views,
    kc.layers.ProjectionHead(128, num_layers=2),
    temperature=TEMPERATURE,
)
# Blocks of `encoder` start as their shortcuts; this one is worth comparing.
random_encoder = make_encoder(zero_init_residual=False)

# %% [markdown]
# ## Optimizer
#
# LARS gives each kernel a step in proportion to its norm, which large batches
# need. The rate is the paper's, 1.0 for each 256 images, after ten epochs of
# warm-up on a cosine; weight decay leaves biases and batch normalization out.
# `kc.recipes.simclr_cifar10()` is all of this in one call.

# %%
schedule = kc.schedules.warmup_cosine(
    RATE * BATCH / 256,
    num_images=IMAGES,
    batch_size=BATCH,
    epochs=EPOCHS,
    warmup_epochs=WARMUP,
)
model.compile(kc.optimizers.LARS(schedule, weight_decay=1e-6))
probe = kc.callbacks.KNNProbe(bank, held_out, every=PROBE_EVERY)
history = model.fit(train, epochs=EPOCHS, verbose=2, callbacks=[probe])
kc.visualization.plot_history(history)

# %% [markdown]
# ## Evaluation
#
# Features of the frozen encoder, from images as they are; then k-NN and a
# linear classifier by the paper's settings. The paper crops and flips the
# images while it trains that classifier, here features are extracted once.

# %%
knn, linear = {}, {}
for name, candidate in {"random": random_encoder, "SimCLR": encoder}.items():
    knn[name] = kc.evaluation.knn(candidate, bank, test).accuracy
    linear[name] = kc.evaluation.linear_probe(candidate, bank, test).accuracy

print(f"{'accuracy on test images':26}{'k-NN':>8}{'linear':>8}")
for name in knn:
    print(f"{name:26}{knn[name]:8.1%}{linear[name]:8.1%}")

# %%
features, labels = kc.evaluation.extract_features(encoder, test)
kc.visualization.plot_embedding(
    features[:1000], labels[:1000], class_names=test.class_names
)

# %% [markdown]
# Keep the encoder: `encoder.save("encoder.keras")`.
#
# ## What this shows

# %%
assert knn["SimCLR"] > knn["random"] + 0.05, (
    "Pretraining with SimCLR and LARS, without labels, makes nearest "
    "neighbors better than those of a random encoder"
)
assert linear["SimCLR"] > linear["random"] + 0.03, (
    "A linear classifier on the pretrained features beats one on random "
    "features"
)
