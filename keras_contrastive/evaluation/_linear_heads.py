"""Many linear classifiers of the same features, trained at once."""

import dataclasses

import keras
import numpy as np
from keras import ops

from keras_contrastive._processes import alone
from keras_contrastive.evaluation._patient_progbar import epoch_bars
from keras_contrastive.evaluation._shuffled_batches import shuffled_batches
from keras_contrastive.ops import num_replicas

# Logits held at a time: 64 MiB in float32.
CHUNK = 2**24


@alone()
def train_heads(
    features: np.ndarray,
    targets: np.ndarray,
    candidates: list[tuple[float, float]],
    epochs: int,
    batch_size: int,
    seed: int,
    verbose: bool = True,
) -> "LinearHeads":
    """Trains one linear classifier for each candidate, all in one `fit`.

    The heads are one wide dense layer. Their losses are added, each times its
    learning rate, and the optimizer has rate 1: as SGD with momentum is
    linear in the gradient, each head moves as if it were trained alone.

    Args:
        features: Array `(rows, dim)`.
        targets: Integer array `(rows,)`, classes from 0.
        candidates: List of tuples (learning rate, weight decay).
        epochs: Integer.
        batch_size: Integer. If there are fewer rows, they are one batch.
        seed: Integer, of the order of the rows.
        verbose: Boolean, whether to show a progress bar if it takes long.

    Returns:
        `LinearHeads`.
    """
    batch_size = min(batch_size, len(features))
    num_heads, num_classes = len(candidates), int(targets.max()) + 1
    rates, decays = np.array(candidates, "float32").T
    # The gradient of decay / 2 * |kernel|^2, times the learning rate.
    pull = np.repeat(rates * decays / 2, num_classes)
    dense = keras.layers.Dense(
        num_heads * num_classes,
        kernel_initializer="zeros",
        kernel_regularizer=Decay(pull) if pull.any() else None,
        dtype="float32",
    )
    heads = keras.Sequential(
        [
            keras.Input(features.shape[1:]),
            dense,
            keras.layers.Reshape((num_heads, num_classes), dtype="float32"),
        ]
    )

    def loss(targets, logits):
        targets = ops.repeat(ops.reshape(targets, (-1, 1)), num_heads, axis=1)
        each = ops.sparse_categorical_crossentropy(
            targets, logits, from_logits=True
        )
        return ops.sum(ops.multiply(rates, each), axis=-1)

    steps = len(features) // batch_size
    decay = keras.optimizers.schedules.CosineDecay(1.0, epochs * steps)
    one_by_one = keras.backend.backend() == "torch" or num_replicas() > 1
    heads.compile(
        keras.optimizers.SGD(decay, momentum=0.9, nesterov=True),
        loss,
        # The steps are tiny: calling a whole epoch at once saves most of the
        # time on TensorFlow. PyTorch and replicas take one step per call.
        steps_per_execution=1 if one_by_one else steps,
    )
    heads.fit(
        shuffled_batches(
            features.astype("float32"),
            targets.astype("int32"),
            batch_size,
            seed,
        ),
        epochs=epochs,
        steps_per_epoch=steps,
        shuffle=False,
        verbose=0,
        callbacks=epoch_bars(epochs, verbose),
    )
    kernel, bias = dense.get_weights()
    kernels = kernel.reshape(-1, num_heads, num_classes).transpose(1, 0, 2)
    return LinearHeads(kernels, bias.reshape(num_heads, num_classes))


class Decay(keras.regularizers.Regularizer):
    """Sum of the squares, those of each column times its factor."""

    def __init__(self, factors):
        self.factors = factors

    def __call__(self, x):
        return ops.sum(ops.multiply(self.factors, ops.square(x)))


@dataclasses.dataclass(frozen=True)
class LinearHeads:
    """Kernels `(heads, dim, classes)` and biases `(heads, classes)`."""

    kernels: np.ndarray
    biases: np.ndarray

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Classes `(heads, rows)` of features `(rows, dim)`."""
        rows = max(1, CHUNK // self.biases.size)
        classes = [np.zeros((len(self.biases), 0), "int64")]
        for start in range(0, len(features), rows):
            logits = features[start : start + rows] @ self.kernels
            logits += self.biases[:, None]
            classes.append(logits.argmax(axis=-1))
        return np.concatenate(classes, axis=1)
