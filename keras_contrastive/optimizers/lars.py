import warnings
from collections.abc import Callable
from typing import Any, Self

import keras
from keras import ops

from keras_contrastive._checked import checked
from keras_contrastive._export import export
from keras_contrastive.optimizers._own_rates import OwnRates


@export
class LARS(OwnRates):
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
    whose path contains one of `exclude`. Those that
    `exclude_from_weight_decay` gets keep `l = 0` alone. The decay is part of
    the gradient (L2), unlike the decoupled decay of the optimizers of Keras.

    Args:
        learning_rate: Float or schedule. Defaults to 0.3, the value of SimCLR
            for each 256 images of the batch.
        momentum: Float in [0, 1). Defaults to 0.9.
        weight_decay: Float >= 0. Defaults to 1e-6 as in the paper and the
            first release of SimCLR; the later release uses 1e-4.
        trust_coefficient: Positive float. Defaults to 0.001.
        classic_momentum: Boolean, see above. Defaults to `True`.
        exclude: Tuple of strings, e.g. `("classifier",)`. Variables whose
            path contains one are neither decayed nor adapted. Give such
            layers names of your own, as those that Keras counts up differ in
            a loaded model. Defaults to none.
        rates: Dictionary, part of the path of variables to a learning rate of
            their own, a float or a schedule. The code of Barlow Twins has 0.2
            for weights and 0.0048 for biases and batch normalization, each
            times `batch / 256`: `learning_rate=weights,
            classic_momentum=False, rates={"bias": others, "gamma": others,
            "beta": others}` with a schedule for each. Defaults to none.
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

    @checked
    def __init__(
        self,
        learning_rate: float
        | keras.optimizers.schedules.LearningRateSchedule
        | Callable[[], Any] = 0.3,
        *,
        momentum: float = 0.9,
        weight_decay: float = 1e-6,
        trust_coefficient: float = 0.001,
        classic_momentum: bool = True,
        exclude: tuple[str, ...] = (),
        rates: dict[str, Any] | None = None,
        name: str = "lars",
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
        if trust_coefficient <= 0:
            raise ValueError(
                "`trust_coefficient` must be positive. "
                f"Received: trust_coefficient={trust_coefficient}"
            )
        check_fragments("exclude", exclude)
        self.trust_coefficient = trust_coefficient
        self.classic_momentum = classic_momentum
        self.exclude = tuple(exclude)
        self.undecayed_names: tuple[str, ...] = ()
        # Identities before, positions after the optimizer is built.
        self.undecayed_ids: tuple[int, ...] = ()
        self.undecayed: tuple[bool, ...] | None = None

    def exclude_from_weight_decay(
        self,
        var_list: list[Any] | None = None,
        var_names: list[str] | None = None,
    ) -> None:
        """Leaves variables without decay; their steps are adapted as before.

        A saved model remembers it. Under a `LossScaleOptimizer`, call the
        method of the `LARS` inside. A further call adds to the earlier ones.

        Args:
            var_list: List of variables of a model that is built.
            var_names: List of strings. Variables whose name, such as
                `"kernel"`, contains one are not decayed; for names of layers
                there is `exclude`.

        Raises:
            ValueError: If the optimizer is built, which the first step does,
                or nothing is named.
        """
        if self.built:
            raise ValueError(
                "`exclude_from_weight_decay` comes too late, as the optimizer "
                "is built: call it before the first step, on a new `LARS`."
            )
        variables = () if var_list is None else var_list
        check_fragments("var_names", var_names or ())
        names = tuple(var_names or ())
        are_variables = isinstance(variables, list | tuple) and all(
            isinstance(x, keras.Variable) for x in variables
        )
        if not are_variables or not (variables or names):
            raise ValueError(
                "`exclude_from_weight_decay` needs `var_list`, variables of a "
                "model that is built, or `var_names`, such as `['kernel']`. "
                f"Received: var_list={var_list}, var_names={var_names}"
            )
        self.undecayed_ids += tuple(id(variable) for variable in variables)
        self.undecayed_names += names

    def build(self, variables: list[Any]) -> None:
        if self.built:
            return
        super().build(variables)
        self.check_fit(variables)
        self.excluded = [self.is_excluded(variable) for variable in variables]
        self.undecayed = tuple(
            before or id(variable) in self.undecayed_ids
            for before, variable in zip(
                self.undecayed or [False] * len(variables),
                variables,
                strict=True,
            )
        )
        self.decays = [
            0.0
            if left_out or has_fragment(variable.name, self.undecayed_names)
            else self.l2
            for variable, left_out in zip(
                variables, self.undecayed, strict=True
            )
        ]

    def check_fit(self, variables: list[Any]) -> None:
        """Whether what was left out, perhaps of another model, is here."""
        if self.undecayed and len(self.undecayed) != len(variables):
            raise ValueError(
                "The config of this `LARS` leaves out variables of another "
                "model from the decay: make a new one and call its "
                "`exclude_from_weight_decay`. Received: "
                f"{len(variables)} variables for {len(self.undecayed)}"
            )
        strange = set(self.undecayed_ids) - {id(x) for x in variables}
        if strange:
            warnings.warn(
                f"`var_list` leaves out {len(strange)} variables that the "
                "model does not train.",
                stacklevel=2,
            )
        for argument, fragments, names in (
            ("exclude", self.exclude, [x.path for x in variables]),
            ("var_names", self.undecayed_names, [x.name for x in variables]),
        ):
            for fragment in fragments:
                if not any(fragment in name for name in names):
                    warnings.warn(
                        f"`{argument}` leaves out nothing by {fragment!r}, "
                        "which no variable of the model is called.",
                        stacklevel=2,
                    )

    def update_step(
        self, gradient: Any, variable: Any, learning_rate: Any
    ) -> None:
        index, rate = self.place_and_rate(variable, learning_rate)
        velocity = self.velocities[index]
        gradient = ops.cast(gradient, variable.dtype)
        step = gradient
        if not self.excluded[index]:
            step = self.adapt(gradient, variable, self.decays[index])
        if self.classic_momentum:
            step = rate * step
        new_velocity = self.momentum * velocity + step
        self.assign(velocity, new_velocity)
        if not self.classic_momentum:
            new_velocity = rate * new_velocity
        self.assign_sub(variable, new_velocity)

    def adapt(self, gradient: Any, variable: Any, decay: float) -> Any:
        gradient = gradient + decay * variable
        weight_norm = ops.norm(ops.reshape(variable, (-1,)))
        gradient_norm = ops.norm(ops.reshape(gradient, (-1,)))
        usable = ops.logical_and(weight_norm > 0, gradient_norm > 0)
        ratio = weight_norm / ops.where(usable, gradient_norm, 1.0)
        trust = ops.where(usable, self.trust_coefficient * ratio, 1.0)
        return ops.cast(trust, gradient.dtype) * gradient

    def is_excluded(self, variable: Any) -> bool:
        if len(variable.shape) <= 1:
            return True
        return has_fragment(variable.path, self.exclude)

    def get_config(self) -> dict[str, Any]:
        if self.undecayed_ids and not self.built:
            raise ValueError(
                "The variables in `var_list` of `exclude_from_weight_decay` "
                "can be saved as soon as the optimizer is built: save the "
                "model after its first step."
            )
        undecayed = self.undecayed
        return {
            **super().get_config(),
            "trust_coefficient": self.trust_coefficient,
            "classic_momentum": self.classic_momentum,
            "exclude": self.exclude,
            "undecayed_names": self.undecayed_names,
            "undecayed": undecayed if undecayed and any(undecayed) else None,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> Self:
        config = dict(config)
        names = config.pop("undecayed_names", ())
        undecayed = config.pop("undecayed", None)
        optimizer = super().from_config(config, custom_objects)
        optimizer.undecayed_names = tuple(names)
        optimizer.undecayed = undecayed and tuple(undecayed)
        return optimizer


def has_fragment(name, fragments):
    return any(fragment in name for fragment in fragments)


def check_fragments(argument, fragments):
    is_list = isinstance(fragments, (list, tuple, set, frozenset))
    if not is_list or not all(isinstance(x, str) and x for x in fragments):
        raise ValueError(
            f"`{argument}` must be a tuple of strings, parts of the names of "
            f"variables. Received: {argument}={fragments!r}"
        )
