"""What the paper of InfoMin claims."""

from claim_runs import LARGE, MIXTURES, PAIRS

from claim_list.claim import DRAWINGS, Claim, Side, other

CLAIMS = (
    Claim(
        "Reverse U: views that share what the task asks for beat those "
        "that share it less often",
        "the task's factor over less",
        "Best where all of the task is shared and nothing else (section 3.2)",
        other("shape"),
        other("30 %"),
        (PAIRS,),
        by="infomin.py --parts ladder",
    ),
    Claim(
        "... and those that share everything",
        "... over everything",
        "the same",
        other("shape"),
        other("+ colors"),
        (PAIRS,),
        by="infomin.py --parts ladder",
    ),
    Claim(
        "Stronger views help MoCo: those of v2 against v1",
        "views of v2 over v1",
        "60.8 % with v1, 67.5 % with v2",
        Side("MoCo, views of MoCo v2"),
        Side("MoCo, views of MoCo v1"),
        (DRAWINGS,),
        by="claims.py",
    ),
    Claim(
        "... and InfoMin's against v2's",
        "InfoMin's over v2's",
        "67.5 % with v2, 70.1 % with InfoMin's",
        Side("MoCo, views of InfoMin"),
        Side("MoCo, views of MoCo v2"),
        (DRAWINGS,),
        by="claims.py",
    ),
    Claim(
        "Views learned with few labels beat colors as they are, RGB",
        "learned, RGB",
        "They cluster at the best (section 4.2)",
        other("rgb, labels"),
        other("rgb, as it is"),
        (MIXTURES,),
        by="infomin.py --parts colors",
    ),
    Claim(
        "... YDbDr",
        "learned, YDbDr",
        "the same",
        other("ydbdr, labels"),
        other("ydbdr, as it is"),
        (MIXTURES,),
        by="infomin.py --parts colors",
    ),
    Claim(
        "Features transfer to detection: above training from scratch, four "
        "times as long",
        "detection over scratch",
        "Boxes 43.6 against 42.7 AP, six times as long (COCO, authors' "
        "repository)",
        other("SimCLR", "detection"),
        other("scratch", "detection"),
        (LARGE,),
        by="transfer.py --epochs 4",
    ),
    Claim(
        "... to instance segmentation, AP50",
        "instances over scratch",
        "Masks 39.2 against 38.6 AP (the same)",
        other("SimCLR", "instance"),
        other("scratch", "instance"),
        (LARGE,),
        by="transfer.py --epochs 4",
    ),
    Claim(
        "... to semantic segmentation, mean IoU",
        "segmentation over scratch",
        "–",
        other("SimCLR", "segmentation"),
        other("scratch", "segmentation"),
        (LARGE,),
        by="transfer.py --epochs 4",
    ),
)
