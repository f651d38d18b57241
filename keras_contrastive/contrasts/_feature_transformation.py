"""Feature transformation of any contrast: positives apart, negatives mixed.

Reference: Zhu et al., 2021, https://arxiv.org/abs/2108.02982.
"""

import dataclasses
from typing import Any

from keras import ops, tree

from keras_contrastive.contrasts.contrast import Contrast, Mixing
from keras_contrastive.layers import (
    NegativeInterpolation,
    PositiveExtrapolation,
)
from keras_contrastive.losses.pair_loss import PairLoss

Contrasts = dict[str, list[Contrast]]


@dataclasses.dataclass(frozen=True)
class FeatureTransform:
    """What acts on the contrasts of a method before its loss.

    Args:
        extrapolation: `PositiveExtrapolation`, or None. Each contrast takes a
            draw of its own, but those within the batch, which hold the same
            pairs in both directions, share one.
        interpolation: `NegativeInterpolation`, or None, one draw for all.
    """

    extrapolation: PositiveExtrapolation | None
    interpolation: NegativeInterpolation | None

    def advance(self, num_draws: int, training: bool) -> dict[str, Any]:
        """Numbers of the draws of this step; in training the state moves."""
        draws = {}
        if self.extrapolation is not None:
            draws["extrapolation"] = self.extrapolation.advance(
                training, num_draws
            )
        if self.interpolation is not None:
            draws["interpolation"] = self.interpolation.advance(training)
        return draws

    def __call__(
        self, contrasts: Contrasts, draws: dict[str, Any]
    ) -> Contrasts:
        """The contrasts transformed by draws of these numbers; pure."""
        flat = every(contrasts)
        # What several contrasts share is drawn and mixed once.
        drawn: dict[Any, Any] = {}
        moved = iter(
            self.transform(contrast, number, draws, drawn)
            for contrast, number in zip(flat, numbers(flat), strict=True)
        )
        return {
            term: [next(moved) for _ in some]
            for term, some in contrasts.items()
        }

    def transform(
        self, contrast: Contrast, number: int, draws: dict, drawn: dict
    ) -> Contrast:
        raw = contrast.paired()
        queries, keys = contrast.queries, contrast.keys
        if self.extrapolation is not None:
            if number not in drawn:
                draw = draws["extrapolation"]
                draw = ops.where(draw < 0, draw, draw + number)
                drawn[number] = self.extrapolation.draw_for(queries, draw)
            queries, keys = self.extrapolation.move(
                queries, keys, *drawn[number]
            )
        new = {"queries": queries, "keys": keys, "raw_positives": raw}
        if contrast.own is not None:
            # The moved key stands beside the candidates, not among them. To
            # mix scores is to mix features, as all share one weight.
            new |= {"own": None, "left_out": contrast.no_negatives}
            if self.interpolation is not None:
                new["mixing"] = self.mixing(contrast, draws, drawn)
        elif contrast.candidates is not None:
            place = "memory", id(contrast.candidates)
            if self.interpolation is not None and place not in drawn:
                drawn[place] = self.interpolation.mix(
                    contrast.candidates, draws["interpolation"]
                )
            new["candidates"] = drawn.get(place, contrast.candidates)
        return dataclasses.replace(contrast, **new)

    def mixing(self, contrast: Contrast, draws: dict, drawn: dict) -> Mixing:
        """How negatives of the batch are mixed, the same for every query."""
        left_out = len(contrast.no_negatives)
        key = "batch", contrast.candidates.shape[0], left_out
        if key not in drawn:
            count = ops.shape(contrast.candidates)[0] - left_out
            mixture = self.interpolation.mixture  # type: ignore[union-attr]
            drawn[key] = Mixing(*mixture(draws["interpolation"], count))
        return drawn[key]


def every(contrasts: Contrasts) -> list[Contrast]:
    return [contrast for some in contrasts.values() for contrast in some]


def count_draws(contrasts: Contrasts) -> int:
    """Draws of the extrapolation in each step."""
    return 1 + max(numbers(every(contrasts)), default=0)


def numbers(contrasts: list[Contrast]) -> list[int]:
    """Which of the step's draws each contrast takes."""
    return [0 if c.own is not None else i for i, c in enumerate(contrasts)]


def make_feature_transform(
    given: Any, pair_loss: PairLoss | None, remembers_negatives: bool
) -> FeatureTransform | None:
    """`FeatureTransform` of the argument of that name, or None for None.

    Args:
        given: `PositiveExtrapolation`, `NegativeInterpolation`, a list of
            both, or None.
        pair_loss: Loss of the contrasts, None for a method without any.
        remembers_negatives: Boolean, whether negatives come from a memory.

    Raises:
        ValueError: For anything else.
    """
    given = tree.flatten([] if given is None else given)
    if not given:
        return None
    if pair_loss is None:
        raise ValueError(
            "`feature_transform` must be None for a method that compares no "
            f"pairs. Received: {[type(layer).__name__ for layer in given]}"
        )
    has_negatives = pair_loss.has_negatives
    kinds = [PositiveExtrapolation, NegativeInterpolation][: 1 + has_negatives]
    found = [[x for x in given if isinstance(x, kind)] for kind in kinds]
    if sum(map(len, found)) < len(given) or max(map(len, found)) > 1:
        names = " and ".join(f"one `{kind.__name__}`" for kind in kinds)
        raise ValueError(
            f"`feature_transform` may hold {names} of "
            "`keras_contrastive.layers`. "
            f"Received: {[type(layer).__name__ for layer in given]}"
        )
    extrapolation, interpolation = (*found, [])[:2]
    if not remembers_negatives and any(x.per_dimension for x in interpolation):
        raise ValueError(
            "`per_dimension` must be False for negatives of the batch, which "
            "are mixed anew for each query. "
            "Received: NegativeInterpolation(per_dimension=True)"
        )
    return FeatureTransform(
        extrapolation[0] if extrapolation else None,
        interpolation[0] if interpolation else None,
    )
