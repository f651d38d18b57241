"""What the paper of EquiMod claims."""

from claim_list.claim import ALL, BOTH, SIMCLR, Claim, Side


def relative(run):
    return run.get("equivariance", {}).get("relative")


CLAIMS = (
    Claim(
        "Parameters of views can be read from SimCLR's features, R2",
        "parameters, SimCLR",
        "They keep what views change (abstract)",
        Side("SimCLR, EquiMod", "parameters"),
        Side("SimCLR", "parameters"),
        ALL,
        points=False,
    ),
    Claim(
        "... from BYOL's",
        "parameters, BYOL",
        "the same",
        Side("BYOL, EquiMod", "parameters"),
        Side("BYOL", "parameters"),
        points=False,
    ),
    Claim(
        "It brings colors back to SimCLR",
        "colors, SimCLR",
        "the same",
        Side("SimCLR, EquiMod", "color"),
        Side("SimCLR", "color"),
    ),
    Claim(
        "... and to BYOL",
        "colors, BYOL",
        "the same",
        Side("BYOL, EquiMod", "color"),
        Side("BYOL", "color"),
    ),
    Claim(
        "SimCLR's accuracy rises",
        "accuracy, SimCLR",
        "90.96 to 92.79 % on CIFAR-10 (table 1)",
        Side("SimCLR, EquiMod"),
        SIMCLR,
        ALL,
    ),
    Claim(
        "BYOL's accuracy rises",
        "accuracy, BYOL",
        "90.44 to 91.57 % on CIFAR-10 (table 1)",
        Side("BYOL, EquiMod"),
        Side("BYOL"),
        BOTH,
    ),
    Claim(
        "It does not collapse to invariance: relative equivariance on "
        "held-out images, SimCLR",
        "equivariance, SimCLR",
        "above 1 beats saying that nothing moves",
        Side("SimCLR, EquiMod", relative),
        1.0,
        ALL,
        points=False,
    ),
    Claim(
        "... BYOL",
        "equivariance, BYOL",
        "the same",
        Side("BYOL, EquiMod", relative),
        1.0,
        points=False,
    ),
)
