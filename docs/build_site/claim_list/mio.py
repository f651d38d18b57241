"""What the paper of MIO claims."""

from claim_runs import STEP

from claim_list.claim import ALL, SIMCLR, Claim, Side, other

CLAIMS = (
    Claim(
        "Above SimCLR at equal budget",
        "over SimCLR",
        "85.44 % on CIFAR-10 after 250 epochs (version 1, abstract)",
        Side("MIO"),
        SIMCLR,
        ALL,
    ),
    Claim(
        "One step moves projections as the gradients of all others say: "
        "share of the movement explained",
        "displacement",
        "Gradients and displacement (version 1)",
        other("MIO", "frozen"),
        0.0,
        (STEP,),
        points=False,
        by="displacement.py",
    ),
    Claim(
        "... where the encoder learns too",
        "displacement, all learns",
        "–",
        other("MIO", "together"),
        0.0,
        (STEP,),
        points=False,
        by="displacement.py",
    ),
    Claim(
        "... more than a projection's own gradient says",
        "all gradients over its own",
        "–",
        other("MIO", "frozen"),
        other("MIO", "own"),
        (STEP,),
        points=False,
        by="displacement.py",
    ),
)
