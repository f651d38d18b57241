import keras

from keras_contrastive._keras_internals import layers_of
from keras_contrastive.views.adapters._adapted_keras import AdaptedKeras
from keras_contrastive.views.adapters._adapted_keras_cv import AdaptedKerasCV

MIXES = "It mixes images of a batch: a view would show another image too."

REFUSED = {
    "AugMix": "It draws where no key reaches it; take `RandAugment`.",
    "Augmenter": (
        "Put an `Augment` of each of its layers into a "
        "`keras_contrastive.views.Pipeline`."
    ),
    "CutMix": MIXES,
    "FourierMix": MIXES,
    "MixUp": MIXES,
    "Mosaic": MIXES,
    "RandomApply": (
        "Adapt the layer inside, with `Augment(layer, probability=rate)`."
    ),
    "RandomElasticTransform": "It draws where no key reaches it.",
    "RepeatedAugmentation": (
        "Several views of an image come from "
        "`keras_contrastive.views.MultiView`."
    ),
}


def adapted(layer):
    """An image layer of Keras or keras-cv, adapted.

    Raises:
        ValueError: For a layer that is neither, or whose result could not be
            told from the image and a key alone.
    """
    is_layer = isinstance(layer, keras.layers.Layer)
    parts = layers_of(layer) if is_layer else []
    for part in parts:
        check(part)
    if hasattr(layer, "transform_images"):
        return AdaptedKeras(layer)
    if hasattr(layer, "augment_image") or hasattr(layer, "augment_images"):
        return AdaptedKerasCV(layer)
    raise ValueError(
        "`layer` must be an image augmentation layer of `keras.layers` or "
        f"`keras_cv.layers`. Received: layer={layer}"
    )


def check(part):
    kind = type(part).__name__
    if kind in REFUSED:
        raise ValueError(f"`Augment` cannot adapt `{kind}`. {REFUSED[kind]}")
    if getattr(part, "data_format", None) == "channels_first":
        raise ValueError(
            f"`{kind}` must have `data_format='channels_last'`, as the views. "
            "Received: data_format='channels_first'"
        )
    if isinstance(part, keras.layers.RandomSaturation):
        if tuple(part.value_range) != (0, 1):
            raise ValueError(
                "Keras' `RandomSaturation` clips saturation, which is in 0..1, "
                "to `value_range`: pass `value_range=(0, 1)`. "
                f"Received: value_range={part.value_range}"
            )
    backend = keras.backend.backend()
    if isinstance(part, keras.layers.RandAugment) and backend == "torch":
        raise ValueError(
            "Keras' `RandAugment` brightens all images on torch, as its "
            "`RandomBrightness` works in place there; take "
            "`keras_cv.layers.RandAugment`."
        )
    if isinstance(part, keras.layers.RandomCrop) and backend == "jax":
        raise ValueError(
            "Keras' `RandomCrop` cannot crop each image elsewhere on JAX; "
            "take `keras_contrastive.views.RandomResizedCrop`."
        )
