"""What the paper of MIO claims."""

from claim_runs import STEP

from claim_list.claim import ALL, SIMCLR, Claim, Side, elsewhere

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
        "One step of a linear projector moves projections as the closed "
        "form says: share of the movement explained",
        "displacement",
        "Gradients and displacement (version 1)",
        elsewhere("MIO", "frozen"),
        0.0,
        (STEP,),
        points=False,
        by="displacement.py",
    ),
    Claim(
        "... where the encoder learns too",
        "displacement, all learns",
        "–",
        elsewhere("MIO", "together"),
        0.0,
        (STEP,),
        points=False,
        by="displacement.py",
    ),
    Claim(
        "... more than a projection's own gradient says",
        "all gradients over its own",
        "–",
        elsewhere("MIO", "frozen"),
        elsewhere("MIO", "own"),
        (STEP,),
        points=False,
        by="displacement.py",
    ),
)
