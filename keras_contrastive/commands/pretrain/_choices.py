from keras_contrastive.commands._machine import device
from keras_contrastive.commands.pretrain._plan import Plan
from keras_contrastive.commands.pretrain._survey import Survey

FEW = 500


def choices(found: Survey, plan: Plan) -> dict[str, str]:
    """What was found and chosen, and why, in words."""
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
    where = "a GPU" if plan.on_gpu else "no GPU"
    rows["views"] = (
        f"{view} pixels, cut out of {plan.load_size}: "
        + (
            "larger than most pictures, which are enlarged"
            if view > found.side
            else f"by the pictures and {where}"
        )
        + f"; color jitter {plan.strength:g}, "
        + ("blur" if plan.blur else "no blur, as they are small")
    )
    rows["encoder"] = f"{plan.encoder}: {where}"
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
    precision = "mixed_bfloat16" if plan.on_gpu else "float32"
    rows["precision"] = f"{precision}, on {device()}"
    return rows
