import pathlib
from typing import Any

from keras_contrastive.commands._figures import FEWEST_POINTS
from keras_contrastive.commands.pretrain._expected_time import in_words
from keras_contrastive.commands.pretrain._html_report import (
    bullets,
    code,
    heading,
    page,
    paragraph,
    picture,
    table,
    tiles,
)

LOAD = """\
import keras
import numpy as np
from PIL import Image, ImageOps

image = ImageOps.exif_transpose(Image.open("picture.jpg"))
picture = np.array(image.convert("RGB"))
encoder = keras.saving.load_model("encoder.keras")
features = encoder.predict(picture[None])  # (1, {width})
"""
CLASSIFY = """
classes = {classes}
classifier = keras.saving.load_model("classifier.keras")
shares = classifier.predict(picture[None])[0]
print(classes[shares.argmax()], shares.max())
"""


def pretrain_report(
    results: dict[str, Any], output: pathlib.Path, script: str
) -> str:
    """One page of HTML, to send to a colleague.

    Args:
        results: What `results.json` holds.
        output: Folder with the figures.
        script: Text of the script that does the same.
    """
    settings, accuracies = results["settings"], results.get("accuracies")
    time = in_words(3600 * results["hours"])
    folder = pathlib.Path(settings["folder"]).name
    values = {
        "pictures, without labels": f"{settings['pictures']:,}",
        "epochs": f"{settings['epochs']:,}",
        f"on {results['device']}": time,
    }
    if accuracies:
        low, high = results["intervals"]["linear"]
        values = {
            f"accuracy, 95 % interval {100 * low:.0f} to {100 * high:.0f} %": (
                f"{100 * accuracies['linear']:.1f} %"
            )
        } | values
    parts = [
        heading(f"An encoder of {folder}", 1),
        paragraph(
            f"{settings['encoder']} with {results['weights']:,} weights, "
            f"pretrained without labels by {settings['method']} on "
            f"{settings['pictures']:,} pictures; {results['date']}.",
            "lead",
        ),
        tiles(values),
        heading("Pictures and settings"),
        table(results["chosen"]),
        heading("Training"),
        picture(output / "curves.png", "Curves over the epochs.", "grid"),
        *alarms(results),
        heading("What it learned from"),
        picture(
            output / "views.png",
            "Pictures, and two views of each, which the encoder learned to "
            "recognize as the same. Can you, too?",
            "grid",
        ),
        heading("What it finds alike"),
        picture(
            output / "neighbors.png",
            "Pictures at even distances in the folder, none chosen, and below "
            "each the ones whose features are nearest.",
            "grid",
        ),
    ]
    if accuracies:
        parts += accuracy(results, output)
    text = LOAD.format(width=results["features"])
    if accuracies:
        text += CLASSIFY.format(classes=results["classes"])
    parts += [
        heading("How to use it"),
        paragraph(
            "Keras alone loads it, on TensorFlow, JAX or PyTorch. It takes "
            "pictures of any size, as they come from a file."
        ),
        code(text),
        heading("The same in Python"),
        paragraph("With this package, and from here on yours to change."),
        code(script),
        heading("Made with"),
        table(results["versions"] | {"device": results["device"]}),
    ]
    return page(f"An encoder of {folder}", parts)


def alarms(results: dict[str, Any]) -> list[str]:
    found = results["alarms"]
    if found:
        return [
            paragraph("Alarms: look at the views.", "alarm"),
            bullets(found),
        ]
    text = "No alarms."
    if not results["long enough for the guard"]:
        text += " The training was too short to judge whether it collapsed."
    return [paragraph(text)]


def accuracy_rows(results: dict[str, Any]) -> dict[str, str]:
    """Shares with their counts and intervals, the classifier's first."""
    held = results["labeled"]["held out"]
    words = {
        "linear": "linear classifier",
        "k-NN": "neighbors by features",
        "pixels": "neighbors by pixels",
    }
    rows = {}
    for name, text in words.items():
        share = results["accuracies"][name]
        low, high = results["intervals"][name]
        rows[text] = (
            f"{100 * share:.1f} %, {round(share * held)} of {held}; 95 % "
            f"interval {100 * low:.1f} to {100 * high:.1f} %"
        )
    return rows


def accuracy(results: dict[str, Any], output: pathlib.Path) -> list[str]:
    labeled = results["labeled"]
    held = labeled["held out"]
    text = (
        f"Of each class a fifth was held out at random, {held} pictures in "
        f"all, on which nothing was chosen; {labeled['learned from']} were "
        "learned from."
    )
    if labeled["seen without labels"]:
        text += (
            " The encoder has seen those held out as well, without labels: "
            "on new pictures it may be worse."
        )
    figures = []
    if held >= FEWEST_POINTS:
        caption = "Features of the pictures held out, of ten classes at most."
        figures = [picture(output / "embedding.png", caption)]
    return [
        heading("How well it tells classes apart"),
        paragraph(text),
        table(accuracy_rows(results)),
        *figures,
        heading("Each class"),
        table(
            {
                name: f"{100 * share:.0f} %"
                for name, share in results["recalls"].items()
            }
        ),
    ]
