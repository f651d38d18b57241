"""One row a method: how to make a tiny one, and its loss by slow loops."""

import keras
import numpy as np

import keras_contrastive as kc

IMAGE_SHAPE = (12, 12, 3)


def tiny_encoder(norm=True):
    """A convolution net of two layers, 16 features."""
    layers = [keras.Input(IMAGE_SHAPE)]
    for filters in (8, 16):
        layers.append(
            keras.layers.Conv2D(filters, 3, strides=2, use_bias=not norm)
        )
        if norm:
            layers.append(kc.layers.BatchNorm())
        layers.append(keras.layers.ReLU())
    layers.append(keras.layers.GlobalAveragePooling2D())
    return keras.Sequential(layers, name="encoder")


def tiny_views(seed=3):
    """Mild views: enough to differ, little enough to learn from in a minute."""
    jitter = (0.4, 0.4, 0.4, 0.1)

    def pipeline():
        return kc.views.Pipeline(
            [
                kc.views.RandomResizedCrop(IMAGE_SHAPE[0], scale=(0.5, 1.0)),
                kc.views.ColorJitter(*jitter, probability=0.8),
                kc.views.Grayscale(probability=0.2),
                kc.views.GaussianBlur(kernel_size=3, probability=0.5),
            ]
        )

    return kc.views.MultiView([pipeline(), pipeline()], seed=seed)


def simclr(views=None, **kwargs):
    return kc.SimCLR(
        tiny_encoder(),
        tiny_views() if views is None else views or None,
        kc.layers.ProjectionHead(8),
        temperature=0.5,
        **kwargs,
    )


def slow_simclr(outputs):
    """Equation 1 of SimCLR, one image after the other; mean of directions."""
    z1, z2 = (np.asarray(z, "float64") for z in outputs["projections"])
    z = np.concatenate([z1, z2])
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    count = len(z1)

    def one_way(i, j):
        others = [k for k in range(2 * count) if k != i]
        total = sum(np.exp(z[i] @ z[k] / 0.5) for k in others)
        return -np.log(np.exp(z[i] @ z[j] / 0.5) / total)

    return {
        "nt_xent": np.array(
            [
                (one_way(i, i + count) + one_way(i + count, i)) / 2
                for i in range(count)
            ]
        )
    }


METHODS = {"SimCLR": (simclr, slow_simclr)}
