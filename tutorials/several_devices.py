# %% [markdown]
# # Several devices: the same weights as on one
#
# How to train on several GPUs or TPU cores, on TensorFlow and on JAX: three
# lines around the code that you have. A batch is split over the devices, and
# the result is that of one device with the whole batch, with random views,
# batch normalization and negatives from all images. We check that here, on two
# devices, and that each of them has images of its own. A machine with fewer
# than two GPUs takes two devices that share its CPU: slow, but the same code.
#
# **Takes** under a minute on two CPU cores.
#
# **Result** After five steps, weights on two devices and on one differ by
# 1.1e-6 at most on TensorFlow 2.21.0 and by 1.8e-7 on JAX 0.10.2, where the
# optimizer moved them by 0.02 to 0.03 (two logical devices of a CPU, Keras
# 3.15.1, seed 0, 2026-11-27). On GPUs and TPUs: not measured.

# %% [markdown]
# ## Devices
#
# A CPU is split in two before TensorFlow or JAX starts: in a notebook, this
# must be the first cell that runs. With GPUs or TPU cores the split is not
# needed and does no harm. Keras has no such training on PyTorch.

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # or "jax"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # no notes of XLA
BACKEND = os.environ["KERAS_BACKEND"]

if BACKEND == "tensorflow":
    import tensorflow as tf

    tf.get_logger().setLevel("WARNING")  # no line for each reduction
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
elif BACKEND == "jax":
    split = "--xla_force_host_platform_device_count=2"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {split}"
else:
    raise ValueError(f"Needs TensorFlow or JAX. Received: {BACKEND}")

# %%
import pathlib
import tempfile

import keras
import numpy as np
from matplotlib import pyplot as plt

import keras_contrastive as kc

print(
    f"Keras {keras.__version__} on {keras.backend.backend()}, "
    f"keras_contrastive {kc.__version__}"
)

# %%
devices = keras.distribution.list_devices()
if len(devices) < 2:
    devices = keras.distribution.list_devices("cpu")
devices = devices[:2]
print(devices)

# %% [markdown]
# ## Three lines
#
# On TensorFlow a strategy opens a scope in which encoder and model are made.
# `tf.distribute.MirroredStrategy()`, without arguments, takes all GPUs:
#
# ```python
# strategy = tf.distribute.MirroredStrategy()
# with strategy.scope():
#     model = kc.SimCLR(encoder, views)
#     model.compile("adam")
# model.fit(train, epochs=100)
# ```
#
# On JAX a distribution is set once, and all that is made afterwards follows
# it; `DataParallel()` takes all GPUs or TPU cores:
#
# ```python
# keras.distribution.set_distribution(keras.distribution.DataParallel())
# model = kc.SimCLR(encoder, views)
# model.compile("adam")
# model.fit(train, epochs=100)
# ```
#
# The JAX code is the one for TPUs as well; neither that nor
# `tf.distribute.TPUStrategy` is tested.
#
# Here we go from one device to two and back, so we name the devices, and take
# the `scope()` that JAX's distributions have too.


# %%
def distribute(devices):
    if BACKEND == "tensorflow":
        return tf.distribute.MirroredStrategy(devices)
    return keras.distribution.DataParallel(devices=devices)


one, two = distribute(devices[:1]), distribute(devices)

# %% [markdown]
# ## What is trained
#
# SimCLR, with all that could go wrong on two devices: views are drawn at
# random inside the model, batch normalization mixes images of a batch, and
# every image is compared with all others.
#
# While the model trains, each `keras.layers.BatchNormalization` in it takes its
# statistics from the whole batch, on both devices.

# %%
SIDE, BATCH, STEPS = 16, 32, 5


def make_encoder():
    return kc.encoders.SmallCNN(
        (SIDE, SIDE, 3),
        width=8,
        convolutions=[(1, 2), (2, 2)],
        rescale=False,
    )


def make_model():
    view = kc.views.Pipeline(
        [
            kc.views.RandomResizedCrop(SIDE, scale=(0.3, 1.0)),
            kc.views.ColorJitter(0.8, 0.8, 0.8, 0.5, probability=0.9),
            kc.views.Grayscale(probability=0.5),
        ]
    )
    model = kc.SimCLR(
        make_encoder(),
        kc.views.MultiView([view, view], seed=0),
        kc.layers.ProjectionHead(32),
        temperature=0.2,
    )
    model.build((None, SIDE, SIDE, 3))
    # Small steps: what differs by rounding alone must not be blown up.
    model.compile(keras.optimizers.SGD(0.01), jit_compile=False)
    return model


# %% [markdown]
# The batch size is that of all devices together, and `fit` is the usual one.
# The same seed gives the same first weights.


# %%
def train(distribution, images):
    keras.utils.set_random_seed(0)
    with distribution.scope():
        model = make_model()
        start = trained(model)
        model.fit(images, batch_size=BATCH, shuffle=False, verbose=0)
    return model, start


def trained(model):
    """What the optimizer moves."""
    return [keras.ops.convert_to_numpy(w) for w in model.trainable_weights]


images = np.concatenate(
    list(kc.data.shapes(STEPS * BATCH, BATCH, image_size=SIDE))
)
on_one, start = train(one, images)
on_two, _ = train(two, images)

# %% [markdown]
# ## Equal weights
#
# Sums are taken in another order on two devices, so the last bits may differ.
# What counts is how far the weights are apart, moving averages of batch
# normalization included, against how far the optimizer has moved them.
#
# Would we notice a mistake? Suppose both devices worked on the same half of
# each batch. We can see what comes of that on one device, from batches whose
# second half repeats the first.


# %%
def distance(weights, others):
    """Largest difference of two weights; relative where they exceed 1."""
    return max(
        np.max(np.abs(a - b) / np.maximum(1, np.abs(b)))
        for a, b in zip(weights, others, strict=True)
        if np.issubdtype(a.dtype, np.floating)
    )


halves = images.reshape(STEPS, 2, BATCH // 2, SIDE, SIDE, 3)
repeated = halves[:, [0, 0]].reshape(images.shape)
on_half, _ = train(one, repeated)

rounding = distance(on_two.get_weights(), on_one.get_weights())
moved = distance(trained(on_one), start)
mistake = distance(trained(on_half), trained(on_one))

# %%
_, axes = plt.subplots(figsize=(6, 2.2), layout="constrained")
rows = {
    "moved by the optimizer": moved,
    "if devices saw the same half": mistake,
    "two devices against one": rounding,
}
axes.barh(list(rows), [max(value, 1e-9) for value in rows.values()])
axes.axvline(1e-5, color="black", linestyle=":", label="what is promised")
axes.set(xscale="log", xlabel="largest difference of a weight")
axes.invert_yaxis()
axes.legend()
print({name: f"{value:.1e}" for name, value in rows.items()})

# %% [markdown]
# ## From two devices to one
#
# What was trained on several devices is saved as usual, and loads on one, and
# on another backend.

# %%
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "encoder.keras"
    with two.scope():
        features_of_two = on_two.encoder.predict(
            images[:64] / np.float32(255), verbose=0
        )
    on_two.encoder.save(path)
    encoder = keras.saving.load_model(path)
features = encoder.predict(images[:64] / np.float32(255), verbose=0)
moved_features = float(np.max(np.abs(features - features_of_two)))
print(f"Largest difference of a feature after loading: {moved_features:.1e}")

# %% [markdown]
# ## Good to know
#
# * The batch size should be a multiple of the number of devices.
# * On TensorFlow, `jit_compile=True`, `steps_per_execution` above 1 and
#   `gradient_accumulation_steps` do not go together with a strategy.
# * Rounding grows from step to step, and the faster, the larger the steps: it
#   takes a ReLU over its kink, and batch normalization enlarges what hardly
#   varies. With 32 pixels, batches of 128 and twice the channels, the networks
#   above went their own ways within 20 steps, as two runs on other machines do.
#   Compare few and small steps to find mistakes, and accuracies after that.
# * Speed on several GPUs is not measured.
#
# ## Checked

# %%
assert rounding < 1e-5, "Two devices end with the weights of one, within 1e-5."

# %%
assert moved > 100 * max(rounding, 1e-7), (
    "Training moves weights a hundred times further than two devices differ."
)

# %%
assert mistake > 20 * max(rounding, 1e-7), (
    "Each device has images of its own: with the same half of the batch on "
    "both, weights would differ twenty times more."
)

# %%
assert moved_features < 1e-4, (
    "An encoder trained on two devices gives the same features on one."
)
