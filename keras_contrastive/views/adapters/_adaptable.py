import keras

from keras_contrastive._keras_internals import layers_of
from keras_contrastive.views.adapters._adapted_keras import AdaptedKeras
from keras_contrastive.views.adapters._adapted_keras_cv import AdaptedKerasCV

MIXES = "It mixes images of a batch, so a view would show other images too."
UNREACHABLE = "Its random numbers cannot be replaced by those of the views."

REFUSED = {
    "AugMix": f"{UNREACHABLE} Take `RandAugment`.",
    "Augmenter": "Give it to a `keras_contrastive.views.Pipeline`.",
    "CutMix": MIXES,
    "FourierMix": MIXES,
    "MixUp": MIXES,
    "Mosaic": MIXES,
    "RandomApply": (
        "Adapt the layer inside, with `Augment(layer, probability=rate)`."
    ),
    "RandomElasticTransform": UNREACHABLE,
    "RepeatedAugmentation": (
        "`keras_contrastive.views.MultiView` makes several views of an image."
    ),
}


def adapted(layer):
    """Adapts an image layer of Keras or keras-cv.

    Raises:
        ValueError: For another layer, or one whose result would not follow
            from the image and a key alone.
    """
    is_layer = isinstance(layer, keras.layers.Layer)
    parts = layers_of(layer) if is_layer else []
    for part in parts:
        check(part)
    if is_layer and hasattr(layer, "transform_images"):
        return AdaptedKeras(layer)
    if is_layer and (
        hasattr(layer, "augment_image") or hasattr(layer, "augment_images")
    ):
        return AdaptedKerasCV(layer)
    raise ValueError(
        "`layer` must be an image augmentation layer of `keras.layers` or "
        "`keras_cv.layers`. What another layer, or a function, draws cannot be "
        "repeated: derive a `keras_contrastive.views.Transform` of your own, "
        "or call it in the data set and give the model `views=None`. "
        f"Received: layer={layer}"
    )


def check(part):
    kind = type(part).__name__
    if kind in REFUSED:
        raise ValueError(f"`Augment` cannot adapt `{kind}`. {REFUSED[kind]}")
    if getattr(part, "data_format", None) == "channels_first":
        raise ValueError(
            f"`{kind}` must have `data_format='channels_last'`. "
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
            "Keras' `RandomCrop` cannot crop each image at a place of its own "
            "on JAX; take `keras_contrastive.views.RandomResizedCrop`."
        )
