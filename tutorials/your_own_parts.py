# %% [markdown]
# # Your own parts: augmentations and encoders
#
# The package brings views and encoders, but takes yours as well. We make views
# of keras-cv layers, first inside a pipeline of the package, then in a
# `tf.data` pipeline of our own; and train encoders that come from elsewhere:
# one from `keras.applications`, one from keras-hub where it is installed.
#
# **Takes** about 2 minutes on two CPU cores.
#
# **Result** k-NN accuracy of a MobileNet cut short 30.5 %, 12.0 % before
# training (seed 0, which does not govern keras-cv; two CPU cores, Keras 3.15.1
# on TensorFlow 2.21.0, keras-cv 0.9.0, 2026-11-29; 26.4 %
# two days before).

# %%
import importlib.util
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # or "jax", "torch"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # no notes of XLA

import keras
import keras_cv
import numpy as np

import keras_contrastive as kc

# %%
keras.utils.set_random_seed(0)
print(
    f"Keras {keras.__version__} on {keras.backend.backend()}, "
    f"keras_contrastive {kc.__version__}"
)

# %%
IMAGES, EPOCHS, BATCH = 10_000, 8, 128

# %% tags=["script"]
if os.environ.get("KERAS_CONTRASTIVE_SMOKE") == "1":
    IMAGES = 2_560

# %%
train = kc.data.shapes(IMAGES, BATCH)
bank = kc.data.shapes(1_000, 250, labels=True)
test = kc.data.shapes(1_000, 250, split="test", labels=True)
images = next(iter(train))

# %% [markdown]
# ## keras-cv layers in a pipeline of the package
#
# `kc.views.Augment` makes a transform of any image augmentation layer of
# keras-cv or Keras. The layer then draws for each image by itself, from the
# stream of the views: whatever the layer does with its own seed, a run can be
# repeated, interrupted and resumed. What the layer says of its draws is
# written under the views.


# %%
def pipeline():
    hue = keras_cv.layers.RandomHue(1.0, value_range=(0, 255))
    grid = keras_cv.layers.GridMask(ratio_factor=(0.2, 0.4))
    return kc.views.Pipeline(
        [
            kc.views.RandomResizedCrop(32, scale=(0.3, 1.0)),
            kc.views.Augment(hue, probability=0.9),
            kc.views.Grayscale(probability=0.5),
            kc.views.Augment(grid, probability=0.5),
        ]
    )


views = kc.views.MultiView([pipeline(), pipeline()], seed=0)
kc.visualization.plot_views(views, images, parameters=True)

# %% [markdown]
# On TensorFlow such views go straight into a model, `kc.SimCLR(encoder,
# views)`. `kc.views.to_dataset` makes them in `tf.data` instead, beside the
# training and on every backend; the model then gets `views=None`. They are the
# same views, however many batches are prepared at a time:

# %%
ready = kc.views.to_dataset(views, train)
((first, second),) = next(iter(ready))
again = kc.views.to_dataset(views, train, num_parallel_calls=1)
((repeated, _),) = next(iter(again))
repeats = bool(np.array_equal(first, repeated))
differ = float(np.mean(np.abs(np.asarray(first) - np.asarray(second))))
print(f"Made again: equal pixels {repeats}. Two views differ by {differ:.2f}")

# %% [markdown]
# ## A `tf.data` pipeline of your own
#
# With `views=None` nothing of the package touches the images: the data set
# yields `((view_1, view_2),)`, floats in 0..1, made by whatever you like. Here
# keras-cv layers are called as they are. They draw from seeds of their own,
# and cannot be repeated.

# %%
layers = [
    keras_cv.layers.RandomCropAndResize(
        (32, 32), crop_area_factor=(0.3, 1.0), aspect_ratio_factor=(0.75, 1.33)
    ),
    keras_cv.layers.RandomFlip(),
    keras_cv.layers.RandomHue(1.0, value_range=(0, 255)),
    keras_cv.layers.RandomColorDegeneration((0.0, 1.0)),
]


def change(images):
    for layer in layers:
        images = layer(images)
    return images / 255


own = train.to_tf_dataset().map(lambda x: ((change(x), change(x)),))
((first, second),) = next(iter(own))
kc.visualization.plot_views([first, second], images)

# %% [markdown]
# ## An encoder of `keras.applications`
#
# Any functional model will do that makes of images in 0..1 features `(batch,
# features)`. Four things to see to:
#
# * What the network wants as its input belongs into the encoder, here -1..1;
#   then evaluation and a saved encoder have it too.
# * `weights=None` and `include_top=False`, with average pooling at the end.
# * These networks halve the sides five times, and 32 pixels end as one. So we
#   read the features of small images further up, where the maps are 8 x 8.
# * Features are read with the moving averages of batch normalization, which
#   `keras.applications` moves by a hundredth each step, or a thousandth: after
#   some hundred steps they are still those of the first weights. A momentum of
#   0.9 is that of `kc.encoders`.
#
# Their batch normalization is trained as that of `kc.encoders` is, on several
# devices too: by the statistics of the global batch.

# %%
network = keras.applications.MobileNet(
    (32, 32, 3), alpha=0.5, include_top=False, weights=None
)
for layer in network.layers:
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.momentum = 0.9

maps = network.get_layer("conv_pw_3_relu").output
network = keras.Model(network.input, maps)

inputs = keras.Input((32, 32, 3))
features = network(keras.layers.Rescaling(2.0, -1.0)(inputs))
features = keras.layers.GlobalAveragePooling2D()(features)
encoder = keras.Model(inputs, features)
random_accuracy = kc.evaluation.knn(encoder, bank, test).accuracy

# %%
head = kc.layers.ProjectionHead(64, hidden_units=256)
model = kc.SimCLR(encoder, views=None, projector=head, temperature=0.2)
rate = kc.schedules.warmup_cosine(
    4e-3, num_images=IMAGES, batch_size=BATCH, epochs=EPOCHS, warmup_epochs=1
)
model.compile(keras.optimizers.Adam(rate), jit_compile=False)
model.fit(own, epochs=EPOCHS, shuffle=False, verbose=2)
accuracy = kc.evaluation.knn(encoder, bank, test).accuracy
print(f"k-NN: {accuracy:.1%}, before training {random_accuracy:.1%}")

# %% [markdown]
# ## A backbone of keras-hub
#
# Backbones of keras-hub give feature maps; average pooling makes them
# features. `pip install keras-hub` brings them.

# %%
if importlib.util.find_spec("keras_hub"):
    import keras_hub

    backbone = keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[7],
        stackwise_num_filters=[64, 128],
        stackwise_num_blocks=[1, 1],
        stackwise_num_strides=[1, 2],
        block_type="basic_block",
        image_shape=(32, 32, 3),
    )
    maps = keras.layers.Rescaling(2.0, -1.0)(inputs)
    features = keras.layers.GlobalAveragePooling2D()(backbone(maps))
    hub_model = kc.SimCLR(keras.Model(inputs, features), views=None)
    hub_model.compile("adam", jit_compile=False)
    hub_model.fit(own.take(5), epochs=1, shuffle=False, verbose=2)
else:
    print("keras-hub is not installed: left out.")

# %% [markdown]
# ## Checked

# %%
assert repeats, (
    "Views of keras-cv layers in `Augment` can be repeated pixel by pixel, "
    "however many batches are prepared at a time."
)

# %%
assert model.encoder is encoder, (
    "The encoder that was passed in is the one that is trained, not a copy."
)

# %%
assert accuracy > random_accuracy + 0.04, (
    "A network of `keras.applications` learns from views of a `tf.data` "
    "pipeline: k-NN is 4 points above the random encoder."
)
