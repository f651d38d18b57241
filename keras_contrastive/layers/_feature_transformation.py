from typing import Any

import keras
from keras import ops

from keras_contrastive._check_integer import check_integer
from keras_contrastive._config import Configured
from keras_contrastive._seed import seed_of
from keras_contrastive.ops._beta import beta, beta_quantiles
from keras_contrastive.ops._random_bits import uniform_rows


class FeatureTransformation(Configured, keras.layers.Layer):
    """A random mix of features, drawn anew at every training step.

    Abstract. Draws are a function of seed and step and, where each dimension
    has its own, of the row: equal on any number of devices and after
    resuming. Training alone is transformed, from `start_epoch` on; `fit` of a
    `ContrastiveModel` sets `epoch`, a loop of your own assigns it.

    Args:
        alpha: Float in 0.1..100, both parameters of the Beta distribution.
        per_dimension: Boolean, a draw for every number instead of one a step.
        start_epoch: Integer, the first epoch, counted from 0, that mixes.
        seed: Integer seed in [0, 2^31), or None to draw one.
    """

    # Keeps layers of one seed from drawing the same numbers.
    stream = 0

    def __init__(self, alpha, per_dimension, start_epoch, seed, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        # Not every caller calls it as a layer, and it has all its weights.
        self.built = True
        if not 0.1 <= alpha <= 100:
            raise ValueError(
                "`alpha`, a parameter of the Beta distribution, must be in "
                f"0.1..100. Received: alpha={alpha}"
            )
        check_integer("start_epoch", start_epoch, 0)
        self.alpha, self.per_dimension = float(alpha), per_dimension
        self.start_epoch = start_epoch
        self.seed = seed_of(seed)
        self.quantiles = beta_quantiles(self.alpha)
        self.step, self.epoch = (
            self.add_weight(
                name=name,
                shape=(),
                dtype="int32",
                initializer="zeros",
                trainable=False,
                aggregation="only_first_replica",
            )
            for name in ("step", "epoch")
        )

    def advance(self, training: bool, draws: int = 1) -> Any:
        """Number of the first draw of this step, -1 while the layer rests.

        The only place where its state moves.

        Args:
            training: Boolean, whether features are mixed.
            draws: Integer, draws that the step takes.

        Returns:
            int32 tensor `(1,)`.
        """
        if not training:
            return ops.full((1,), -1, dtype="int32")
        step, epoch = map(ops.convert_to_tensor, (self.step, self.epoch))
        number = ops.where(epoch >= self.start_epoch, step, -1)
        self.step.assign(step + draws)
        return ops.reshape(number, (1,))

    def weights_of(self, draw: Any, rows: Any, units: int) -> tuple[Any, Any]:
        """Beta numbers `(1, 1)` or `(rows, units)`, and whether to use them.

        Args:
            draw: int32 tensor `(1,)`, number of the draw, -1 for none.
            rows: Integer tensor, places in the global batch or queue.
            units: Integer.
        """
        columns = units if self.per_dimension else 1
        rows = rows if self.per_dimension else ops.zeros((1,), "int32")
        uniforms = uniform_rows(self.seed ^ self.stream, draw[0], rows, columns)
        return beta(uniforms, self.quantiles), draw[0] >= 0
