from collections.abc import Callable
from typing import Any

import keras

from keras_contrastive._checked import checked
from keras_contrastive._export import export


@export
class L2SGD(keras.optimizers.SGD):
    """SGD with momentum whose weight decay is part of the gradient.

    With gradient `g`, weight `w`, decay `l` and velocity `v`, each variable
    makes the step

        v = momentum * v - learning_rate * (g + l * w),    w = w + v

    or, with `nesterov`, `w = w + momentum * v - learning_rate * (g + l * w)`.
    That is the decay of MoCo, SimSiam, SupCon and of most code in PyTorch:
    momentum gathers it, so that it acts about `1 / (1 - momentum)` times as
    much as the decoupled decay of the optimizers of Keras. It is applied to
    all variables, biases and batch normalization included, as there. In
    PyTorch the learning rate stands outside of the velocity, which differs as
    soon as it changes.

    Args:
        learning_rate: Float or schedule. Defaults to 0.03, MoCo's for 256
            images.
        momentum: Float in [0, 1]. Defaults to 0.9.
        nesterov: Boolean. Defaults to False.
        weight_decay: Float >= 0. Defaults to 1e-4.
        name: String. Defaults to `"l2_sgd"`.
        **kwargs: Further arguments of `keras.optimizers.Optimizer`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> optimizer = keras_contrastive.optimizers.L2SGD(
    ...     learning_rate=0.03 * batch_size / 256, weight_decay=1e-4
    ... )

    Reference: He et al., 2019, https://arxiv.org/abs/1911.05722, section 3.3.
    """

    @checked
    def __init__(
        self,
        learning_rate: float
        | keras.optimizers.schedules.LearningRateSchedule
        | Callable[[], Any] = 0.03,
        *,
        momentum: float = 0.9,
        nesterov: bool = False,
        weight_decay: float = 1e-4,
        name: str = "l2_sgd",
        **kwargs: Any,
    ) -> None:
        if isinstance(learning_rate, int | float):
            if learning_rate < 0:
                raise ValueError(
                    "`learning_rate` must be at least 0. "
                    f"Received: learning_rate={learning_rate}"
                )
            learning_rate = float(learning_rate)  # Keras takes no integer
        if not 0 <= momentum <= 1:
            raise ValueError(
                f"`momentum` must be in [0, 1]. Received: momentum={momentum}"
            )
        if weight_decay < 0:
            raise ValueError(
                "`weight_decay` must be at least 0. "
                f"Received: weight_decay={weight_decay}"
            )
        super().__init__(
            learning_rate,
            momentum=float(momentum),
            nesterov=nesterov,
            name=name,
            **kwargs,
        )
        # Under the name of `weight_decay`, Keras would apply it once more.
        self.l2 = weight_decay

    def update_step(
        self, gradient: Any, variable: Any, learning_rate: Any
    ) -> None:
        gradient = keras.ops.cast(gradient, variable.dtype)
        decayed = gradient + self.l2 * keras.ops.convert_to_tensor(variable)
        super().update_step(decayed, variable, learning_rate)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "weight_decay": self.l2}
