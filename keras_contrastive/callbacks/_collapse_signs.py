"""Signs of a training that has gone wrong, and their usual cures."""

import dataclasses
import operator

NOT_FINITE = "not finite"


@dataclasses.dataclass(frozen=True)
class Sign:
    """A diagnostic that has left its range.

    Args:
        name: String, as in `CollapseGuard.alarms`.
        diagnostic: String, its key among the diagnostics.
        threshold: Float, where the sign begins.
        side: `"below"` or `"above"`, where the bad values are.
        meaning: String, what it tells.
        cures: String, what usually helps.
        in_warmup: Boolean, whether it tells something before the heads and
            moving averages have settled.
    """

    name: str
    diagnostic: str
    threshold: float
    side: str
    meaning: str
    cures: str
    in_warmup: bool = False

    def is_shown_by(self, found):
        value = found.get(self.diagnostic)
        worse = operator.lt if self.side == "below" else operator.gt
        return value is not None and worse(value, self.threshold)

    def message(self, found, step):
        return (
            f"Step {step}: {self.name}. {self.meaning}: `{self.diagnostic}` "
            f"is {found[self.diagnostic]:.4g}, {self.side} its threshold of "
            f"{self.threshold:g}. {self.cures}"
        )


SIGNS = (
    Sign(
        name="complete collapse",
        diagnostic="projection_spread",
        threshold=0.15,
        side="below",
        meaning="All images fall on nearly one point",
        cures="Look at the stop-gradient, the predictor and the momentum "
        "branch, or at the weight of the variance term; normalize the batch "
        "in the heads; lower the learning rate.",
    ),
    Sign(
        name="dimensional collapse",
        diagnostic="projection_rank",
        threshold=3.0,
        side="below",
        meaning="Images differ in nearly one direction only",
        cures="Look at the stop-gradient and the predictor; raise the weight "
        "of the covariance term, the batch or the number of negatives; make "
        "views differ in more than one respect; lower the learning rate.",
    ),
    Sign(
        name="dead dimensions",
        diagnostic="dead_dimensions",
        threshold=0.9,
        side="above",
        meaning="Nearly all features are the same for every image",
        cures="Lower the learning rate or lengthen its warm-up; normalize the "
        "batch before activations that can die, such as ReLU.",
    ),
    Sign(
        name="standing target",
        diagnostic="standing_drift",
        threshold=0.05,
        side="above",
        meaning="The momentum branch stands still while the encoder moves "
        "away from it",
        cures="Its momentum must be below 1, usually 0.99 to 0.999; a "
        "schedule must reach 1 at the end of training, not before.",
        in_warmup=True,
    ),
    Sign(
        name="one negative",
        diagnostic="hardest_repulsion",
        threshold=0.5,
        side="above",
        meaning="The hardest negative alone takes nearly all of the repulsion",
        cures="Raise the temperature, usually 0.05 to 0.5; take duplicates "
        "out of the data.",
        in_warmup=True,
    ),
)


def signs_with(thresholds):
    """The signs, with thresholds of the user's for some diagnostics."""
    known = [sign.diagnostic for sign in SIGNS]
    unknown = sorted(set(thresholds) - set(known))
    if unknown:
        raise ValueError(
            f"`thresholds` may name {known}. Received: unknown {unknown}"
        )
    return [
        dataclasses.replace(
            sign, threshold=thresholds.get(sign.diagnostic, sign.threshold)
        )
        for sign in SIGNS
    ]


def not_finite_message(step, loss):
    return (
        f"Step {step}: {NOT_FINITE}. The loss is {loss:.4g}, or a weight is "
        "infinite or not a number. Lower the learning rate or lengthen its "
        "warm-up, clip gradients, look for bad images; the weights are lost, "
        "which `FiniteGuard` keeps."
    )
