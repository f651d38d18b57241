from typing import Any

import keras
from keras import ops

from keras_contrastive._export import export
from keras_contrastive._keras_internals import index_of


@export
class LARS(keras.optimizers.Optimizer):
    """Layer-wise adaptive rate scaling: SGD for very large batches.

    With gradient `g`, weight `w`, decay `l` and velocity `v`, each variable
    makes the step

        g' = g + l * w
        t  = trust_coefficient * |w| / |g'|      (1 if a norm is 0)

    and then, with the classic momentum of SimCLR's code,

        v = momentum * v + learning_rate * t * g',    w = w - v

    or, with `classic_momentum=False` as in BYOL, MoCo v3, Barlow Twins and
    VICReg,

        v = momentum * v + t * g',    w = w - learning_rate * v.

    The two differ as soon as the learning rate changes. Vectors and scalars
    (biases, batch normalization) keep `t = 1` and `l = 0`, and so do variables
    whose path contains one of `exclude`. The decay is part of the gradient
    (L2), unlike the decoupled decay of the optimizers of Keras.

    Args:
        learning_rate: Float or schedule. Defaults to 0.3, the value of SimCLR
            for each 256 images of the batch.
        momentum: Float in [0, 1). Defaults to 0.9.
        weight_decay: Float >= 0. Defaults to 1e-6 as in the paper and the
            first release of SimCLR; the later release uses 1e-4.
        trust_coefficient: Positive float. Defaults to 0.001.
        classic_momentum: Boolean, see above. Defaults to `True`.
        exclude: Tuple of strings, e.g. `("classifier",)`. Variables whose
            path contains one are neither decayed nor adapted. Defaults to
            none.
        name: String. Defaults to `"lars"`.
        **kwargs: Further arguments of `keras.optimizers.Optimizer`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> optimizer = keras_contrastive.optimizers.LARS(
    ...     learning_rate=0.3 * batch_size / 256, weight_decay=1e-4
    ... )

    Reference: You et al., 2017, https://arxiv.org/abs/1708.03888, as used by
        Chen et al., 2020, https://arxiv.org/abs/2002.05709.
    """

    def __init__(
        self,
        learning_rate: Any = 0.3,
        *,
        momentum: float = 0.9,
        weight_decay: float = 1e-6,
        trust_coefficient: float = 0.001,
        classic_momentum: bool = True,
        exclude: tuple[str, ...] = (),
        name: str = "lars",
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        if not 0 <= momentum < 1:
            raise ValueError(
                f"`momentum` must be in [0, 1). Received: momentum={momentum}"
            )
        if weight_decay < 0:
            raise ValueError(
                "`weight_decay` must be at least 0. "
                f"Received: weight_decay={weight_decay}"
            )
        if trust_coefficient <= 0:
            raise ValueError(
                "`trust_coefficient` must be positive. "
                f"Received: trust_coefficient={trust_coefficient}"
            )
        if isinstance(exclude, str):
            raise ValueError(
                "`exclude` must be a tuple of strings. "
                f"Received: exclude={exclude!r}"
            )
        self.momentum = momentum
        # Under the name of `weight_decay`, Keras would apply it once more.
        self.l2 = weight_decay
        self.trust_coefficient = trust_coefficient
        self.classic_momentum = classic_momentum
        self.exclude = tuple(exclude)

    def build(self, variables: list[Any]) -> None:
        if self.built:
            return
        super().build(variables)
        self.velocities = self.add_optimizer_variables(variables, "velocity")
        # Decided here, since steps may see variables without a path.
        self.excluded = [self.is_excluded(variable) for variable in variables]

    def update_step(
        self, gradient: Any, variable: Any, learning_rate: Any
    ) -> None:
        index = index_of(variable, self)
        velocity = self.velocities[index]
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        step = gradient
        if not self.excluded[index]:
            step = self.adapt(gradient, variable)
        if self.classic_momentum:
            step = rate * step
        new_velocity = self.momentum * velocity + step
        self.assign(velocity, new_velocity)
        if not self.classic_momentum:
            new_velocity = rate * new_velocity
        self.assign_sub(variable, new_velocity)

    def adapt(self, gradient: Any, variable: Any) -> Any:
        gradient = gradient + self.l2 * variable
        weight_norm = ops.norm(ops.reshape(variable, (-1,)))
        gradient_norm = ops.norm(ops.reshape(gradient, (-1,)))
        usable = ops.logical_and(weight_norm > 0, gradient_norm > 0)
        ratio = weight_norm / ops.where(usable, gradient_norm, 1.0)
        trust = ops.where(usable, self.trust_coefficient * ratio, 1.0)
        return ops.cast(trust, gradient.dtype) * gradient

    def is_excluded(self, variable: Any) -> bool:
        if len(variable.shape) <= 1:
            return True
        return any(fragment in variable.path for fragment in self.exclude)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "weight_decay": self.l2,
            "trust_coefficient": self.trust_coefficient,
            "classic_momentum": self.classic_momentum,
            "exclude": self.exclude,
        }
