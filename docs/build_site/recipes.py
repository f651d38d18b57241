"""Writes the tables of published runs from the recipes themselves."""

HEADS = (
    "recipe",
    "method, encoder",
    "data",
    "epochs, batch",
    "reported by them",
)
DATASETS = {
    "cifar10": "CIFAR-10",
    "cifar100": "CIFAR-100",
    "imagenet100": "ImageNet-100",
    "imagenet2012": "ImageNet",
    "stl10": "STL-10",
}


def recipes():
    from keras_contrastive.commands.recipe._command import all_recipes

    return all_recipes()


def table():
    lines = ["| " + " | ".join(HEADS) + " |", "|:--" * len(HEADS) + "|"]
    for name, recipe in recipes().items():
        cells = [
            f"[`{name}`](#{name})",
            f"[{recipe.title}]({recipe.paper})",
            DATASETS[recipe.dataset],
            f"{recipe.epochs}, {recipe.batch_size}",
            recipe.reported or "–",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def notes():
    parts = []
    for name, recipe in recipes().items():
        protocol = recipe.evaluation
        fall = "along a cosine"
        if protocol.drops:
            fall = f"times {protocol.drop} at epochs {listed(protocol.drops)}"
        parts += [
            f"### `{name}`",
            f"{recipe.title}, {DATASETS[recipe.dataset]}: "
            f"`python -m keras_contrastive recipe {name}`",
            f"Settings: {recipe.settings_of}. Classifier: {protocol.epochs} "
            f"epochs, batch {protocol.batch_size}, learning rate "
            f"{protocol.learning_rate:g}, {fall}.",
            "\n".join(f"* {note}" for note in recipe.notes),
        ]
    return "\n\n".join(parts)


def listed(drops):
    if len(drops) > 4:
        return f"{drops[0]} to {drops[-1]}, each"
    return ", ".join(map(str, drops))


TEXTS = {"recipes": table, "notes of recipes": notes}
