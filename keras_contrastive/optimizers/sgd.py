from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_contrastive._checked import checked
from keras_contrastive._export import export
from keras_contrastive.optimizers._own_rates import OwnRates


@export
class SGD(OwnRates):
    """Gradient descent as PyTorch's, with which SimSiam's authors train.

    With gradient `g`, weight `w` and velocity `v`, each variable makes the
    step

        g' = g + weight_decay * w
        v = momentum * v + g',    w = w - rate * v

    `keras.optimizers.SGD` has the rate in the velocity and a decay of its own
    (`w = w - rate * weight_decay * w`): the same until the learning rate
    changes, but for the decay, which here moves the velocity. All variables
    decay, biases and batch normalization too.

    Args:
        learning_rate: Float or schedule. Defaults to 0.05, the value of
            SimSiam for each 256 images of the batch.
        momentum: Float in [0, 1). Defaults to 0.9.
        weight_decay: Float >= 0. Defaults to 1e-4.
        rates: Dictionary, part of the path of variables to a learning rate of
            their own, a float or a schedule; the first part that fits counts.
            With `{"predictor": rate}` that of the predictor of `SimSiam` does
            not fall with the others (`--fix-pred-lr` in the authors' code).
            Parts must be of names that you gave, or the package, as those
            that Keras counts up differ in a loaded model. Defaults to none.
        name: String. Defaults to `"sgd"`.
        **kwargs: Further arguments of `keras.optimizers.Optimizer`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> peak = 0.05 * batch_size / 256
    >>> optimizer = keras_contrastive.optimizers.SGD(
    ...     keras.optimizers.schedules.CosineDecay(peak, steps),
    ...     rates={"predictor": peak},
    ... )

    Reference: Chen and He, 2020, https://arxiv.org/abs/2011.10566, appendix A,
        and the authors' code, https://github.com/facebookresearch/simsiam.
    """

    @checked
    def __init__(
        self,
        learning_rate: float
        | keras.optimizers.schedules.LearningRateSchedule
        | Callable[[], Any] = 0.05,
        *,
        momentum: float = 0.9,
        weight_decay: float = 1e-4,
        rates: dict[str, Any] | None = None,
        name: str = "sgd",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            momentum=momentum,
            rates=rates,
            weight_decay=weight_decay,
            name=name,
            **kwargs,
        )

    def update_step(
        self, gradient: Any, variable: Any, learning_rate: Any
    ) -> None:
        index, rate = self.place_and_rate(variable, learning_rate)
        velocity = self.velocities[index]
        gradient = ops.cast(gradient, variable.dtype) + self.l2 * variable
        moved = self.momentum * velocity + gradient
        self.assign(velocity, moved)
        self.assign_sub(variable, rate * moved)
