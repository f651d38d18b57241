"""What views consist of, to compare with what a paper says."""

from keras_contrastive import views


def settings(multi_view):
    """For each pipeline the list of `(class, settings)` of its transforms."""
    return [
        [(type(t), plain_config(t)) for t in pipeline.transforms]
        for pipeline in multi_view.pipelines
    ]


def plain_config(transform):
    config = transform.get_config()
    return {
        name: value
        for name, value in config.items()
        if name not in ("name", "trainable", "dtype")
    }


def crop(size, scale, interpolation="bilinear", ratio=(3 / 4, 4 / 3)):
    height, width = size if isinstance(size, tuple) else (size, size)
    return views.RandomResizedCrop, {
        "image_size": (height, width),
        "scale": scale,
        "ratio": ratio,
        "flip": 0.5,
        "interpolation": interpolation,
        "antialias": True,
        "probability": 1.0,
    }


def jitter(brightness, contrast, saturation, hue, probability=0.8):
    """Strength `s` stands for factors from 1 - s to 1 + s."""
    return views.ColorJitter, {
        "brightness": (1 - brightness, 1 + brightness),
        "contrast": (1 - contrast, 1 + contrast),
        "saturation": (1 - saturation, 1 + saturation),
        "hue": (-hue, hue),
        "probability": probability,
    }


def gray(probability=0.2):
    return views.Grayscale, {"probability": probability}


def blur(probability=0.5):
    return views.GaussianBlur, {
        "sigma": (0.1, 2.0),
        "kernel_size": None,
        "probability": probability,
    }


def solarize(probability=0.2):
    return views.Solarize, {"threshold": 0.5, "probability": probability}


def rand_augment():
    return views.RandAugment, {
        "num_operations": 2,
        "magnitude": 10.0,
        "magnitude_std": 0.5,
        "rate": 0.5,
        "probability": 1.0,
    }
