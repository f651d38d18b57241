import math
import warnings
from collections.abc import Callable
from typing import Any, Self

import keras
from keras import ops
from keras.optimizers.schedules import LearningRateSchedule

from keras_contrastive._keras_internals import index_of


class OwnRates(keras.optimizers.Optimizer):
    """Gradient descent with velocities, and several learning rates.

    Abstract.

    Args:
        learning_rate: Float, schedule or function, of all other variables.
        momentum: Float in [0, 1).
        rates: Dictionary, part of the path of variables to their rate, a
            float or a schedule, or None. The first part that fits counts.
        weight_decay: Float >= 0, which the optimizer applies itself.
        **kwargs: Further arguments of `keras.optimizers.Optimizer`.
    """

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule | Callable[[], Any],
        *,
        momentum: float,
        rates: dict[str, Any] | None,
        weight_decay: float,
        **kwargs: Any,
    ) -> None:
        if isinstance(learning_rate, int | float):
            if learning_rate < 0:
                raise ValueError(
                    "`learning_rate` must be at least 0. "
                    f"Received: learning_rate={learning_rate}"
                )
            learning_rate = float(learning_rate)  # Keras takes no integer
        super().__init__(learning_rate=learning_rate, **kwargs)
        if weight_decay < 0:
            raise ValueError(
                "`weight_decay` must be at least 0. "
                f"Received: weight_decay={weight_decay}"
            )
        if not 0 <= momentum < 1:
            raise ValueError(
                f"`momentum` must be in [0, 1). Received: momentum={momentum}"
            )
        self.momentum = momentum
        # Under the name of `weight_decay`, Keras would apply it once more.
        self.l2 = weight_decay
        for part, rate in (rates or {}).items():
            is_rate = isinstance(rate, LearningRateSchedule) or (
                isinstance(rate, int | float) and 0 <= rate < math.inf
            )
            if not (part and is_rate):
                raise ValueError(
                    "`rates` must map parts of the paths of variables to "
                    "their learning rates, a float of at least 0 or a "
                    f"schedule. Received: rates={rates}"
                )
        self.rates = dict(rates or {})

    def build(self, variables: list[Any]) -> None:
        if self.built:
            return
        super().build(variables)
        self.velocities = self.add_optimizer_variables(variables, "velocity")
        # Decided here, since steps may see variables without a path.
        self.own_rates = [
            next((part for part in self.rates if part in variable.path), None)
            for variable in variables
        ]
        for part in set(self.rates) - set(self.own_rates):
            warnings.warn(
                f"`rates` gives {part!r} a learning rate, and no variable of "
                "the model gets it: none is called so, or others fit first.",
                stacklevel=2,
            )

    def place_and_rate(
        self, variable: Any, learning_rate: Any
    ) -> tuple[int, Any]:
        """Where a variable stands among all, and the rate of its next step."""
        index = index_of(variable, self)
        part = self.own_rates[index]
        rate = learning_rate if part is None else self.rates[part]
        if isinstance(rate, LearningRateSchedule):
            # Keras counts batches for `learning_rate`; this is the last one
            # of those whose gradients it accumulates.
            batches = self.gradient_accumulation_steps or 1
            rate = rate((self.iterations + 1) * batches - 1)
        return index, ops.cast(rate, variable.dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "weight_decay": self.l2,
            "rates": {
                part: keras.saving.serialize_keras_object(rate)
                for part, rate in self.rates.items()
            },
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> Self:
        rates = {
            part: keras.saving.deserialize_keras_object(rate, custom_objects)
            for part, rate in (config.get("rates") or {}).items()
        }
        return super().from_config({**config, "rates": rates}, custom_objects)
