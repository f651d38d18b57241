"""What the paper of InfoMin claims."""

from claim_runs import LARGE, MIXTURES, PAIRS, RECOLORED

from claim_list.claim import DRAWINGS, Claim, Side, elsewhere


def learned(text, short, theirs, colors, row, data=MIXTURES):
    """Views that were learned, against the colors as they are."""
    return Claim(
        text,
        short,
        theirs,
        elsewhere(f"{colors}, {row}"),
        elsewhere(f"{colors}, as it is"),
        (data,),
        by="infomin.py --parts colors",
    )


def task(text, short, theirs, key, times=4):
    """An encoder that was pretrained, against one that was not."""
    return Claim(
        text,
        short,
        theirs,
        elsewhere(f"SimCLR, {times}", key),
        elsewhere(f"scratch, {times}", key),
        (LARGE,),
        by="transfer.py" + (f" --epochs {times}" if times > 1 else ""),
    )


CLAIMS = (
    Claim(
        "Reverse U: views that share what the task asks for beat those "
        "that share it less often",
        "the task's factor over less",
        "Best where all of the task is shared and nothing else (section 3.2)",
        elsewhere("shape"),
        elsewhere("30 %"),
        (PAIRS,),
        by="infomin.py --parts ladder",
    ),
    Claim(
        "... and those that share everything",
        "... over everything",
        "the same",
        elsewhere("shape"),
        elsewhere("+ colors"),
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
    learned(
        "Views learned with labels of one image in ten beat colors as they "
        "are, RGB, weight of the labels 5",
        "learned, RGB",
        "Such views lie near the top of the curve (section 4.2)",
        "rgb",
        "labels",
    ),
    learned("... YDbDr", "learned, YDbDr", "the same", "ydbdr", "labels"),
    learned(
        "... RGB, weight 1 as in the paper",
        "learned, RGB, weight 1",
        "the same",
        "rgb",
        "labels, weight 1",
    ),
    learned(
        "... RGB, where all channels show the outlines",
        "learned, RGB",
        "the same",
        "rgb",
        "labels",
        RECOLORED,
    ),
    learned(
        "... YDbDr, likewise",
        "learned, YDbDr",
        "the same",
        "ydbdr",
        "labels",
        RECOLORED,
    ),
    task(
        "Features transfer to detection: images whose surest box is right, "
        "against training from scratch, 20 epochs",
        "detection",
        "Boxes 40.6 against 32.8 AP (COCO, authors' repository)",
        "detection",
        times=1,
    ),
    task(
        "... 80 epochs",
        "... four times as long",
        "Boxes 43.6 against 42.7 AP, six times as long (the same)",
        "detection",
    ),
    task(
        "... to instance segmentation, AP50, 80 epochs",
        "instances, four times as long",
        "Masks 39.2 against 38.6 AP, six times as long (the same)",
        "instance",
    ),
    task(
        "... to semantic segmentation, mean IoU, 20 epochs",
        "segmentation",
        "–",
        "segmentation",
        times=1,
    ),
    task(
        "... 80 epochs",
        "... four times as long",
        "–",
        "segmentation",
    ),
)
