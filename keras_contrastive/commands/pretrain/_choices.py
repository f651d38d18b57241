from collections.abc import Collection

from keras_contrastive.commands._machine import device
from keras_contrastive.commands.pretrain._plan import (
    GPU_VIEW,
    MANY,
    VIEW,
    Plan,
)
from keras_contrastive.commands.pretrain._survey import Survey

FEW = 500


def choices(
    found: Survey, plan: Plan, *, given: Collection[str] = ()
) -> dict[str, str]:
    """What was found and chosen, and why, in words.

    Args:
        found: `Survey`.
        plan: `Plan`.
        given: Names of the options that the user chose.
    """
    run, view = plan.run, plan.view_size
    low, high = found.sides.min(), found.sides.max()
    rows = {
        "pictures": f"{run.num_images:,} in {found.folder}, the shorter side "
        f"{low} to {high} pixels, half of them {found.side} or more"
    }
    if run.num_images < FEW:
        rows["note"] = f"fewer than {FEW} pictures teach little beside color"
    if found.left_out:
        rows["left out"] = found.left_out
    if found.unreadable:
        rows["broken"] = "others stand in for " + "; ".join(
            f"{path}: {reason}" for path, reason in found.unreadable.items()
        )
    rows["views"] = (
        f"{view} pixels, cut out of {plan.load_size}: "
        + ("as given" if "image_size" in given else view_reason(found, plan))
        + ("; most pictures are enlarged" if view > found.side else "")
        + f"; color jitter {plan.strength:g}, "
        + ("blur" if plan.blur else "no blur, as they are small")
    )
    reason = "as given" if "encoder" in given else encoder_reason(plan)
    rows["encoder"] = f"{plan.encoder}: {reason}"
    if not plan.is_small:
        stem = "CIFAR's" if view <= 64 else "ImageNet's"
        rows["encoder"] += f"; {stem} stem for that size of views"
    rows["method"] = plan.method
    rows["batch"] = (
        f"{run.batch_size} pictures, {run.num_images // run.batch_size} steps "
        "an epoch"
    )
    rows["optimizer"] = (
        f"{plan.optimizer.__name__}, rate {plan.learning_rate:g} for that "
        "batch, after a warm-up along a cosine to 0"
    )
    rows["epochs"] = (
        f"{run.epochs}, in all {run.epochs * run.num_images:,} pictures seen"
    )
    rows["precision"] = f"{plan.precision}, on {device()}"
    return rows


def view_reason(found: Survey, plan: Plan) -> str:
    where = "with a GPU" if plan.on_gpu else "without a GPU"
    if plan.view_size == (GPU_VIEW if plan.on_gpu else VIEW):
        return f"the most {where}"
    if plan.view_size > found.side:
        return "the least"
    return "by the size of the pictures"


def encoder_reason(plan: Plan) -> str:
    if not plan.on_gpu:
        return "no GPU"
    few = "fewer than " if plan.run.num_images < MANY else ""
    more = "" if few else " or more"
    return f"a GPU, and {few}{MANY:,} pictures{more}"
