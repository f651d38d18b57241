"""Sorts Debian's clip art into twelve subjects and four parts.

    apt install openclipart-png
    python benchmarks/prepare_drawings.py FOLDER

Then `FOLDER/{train,validation,test,others}` each hold a folder per subject,
for `kc.data.from_folder`, which puts transparent drawings on white.

Subjects are the folders at the top with 95 drawings or more, apart from
`unsorted` and `special`, which are none. In the order of the SHA-256 of their
paths, of each subject the first quarter, 100 at most, is for tests, the next
15 % (60 at most) for validation and up to 240 to learn classes from: without
these limits every third question would be about the icons of a computer. All
else lies under `others`, from which an encoder learns without labels.

Left out are files of more than 16 million pixels, and those that look as one
before them, by their path, at 32 pixels on white: the icons of several themes
are the same.
"""

import argparse
import collections
import hashlib
import json
import shutil
from pathlib import Path

from PIL import Image

DEBIAN = Path("/usr/share/openclipart/png")
SUBJECTS = (
    "animals",
    "computer",
    "food",
    "geography",
    "office",
    "people",
    "plants",
    "recreation",
    "shapes",
    "signs_and_symbols",
    "tools",
    "transportation",
)
# Share of a subject, and how many drawings at most.
PARTS = {"test": (0.25, 100), "validation": (0.15, 60), "train": (1.0, 240)}
MAX_PIXELS = 16_000_000


def in_parts(paths):
    """A part for each path, by its hash alone."""
    ordered = sorted(paths, key=lambda x: hashlib.sha256(x.encode()).digest())
    parts, begun = {}, 0
    for part, (share, most) in PARTS.items():
        ended = begun + min(round(share * len(paths)), most)
        parts |= dict.fromkeys(ordered[begun:ended], part)
        begun = ended
    return {path: parts.get(path, "others") for path in ordered}


def fits(path):
    with Image.open(path) as image:
        return image.width * image.height <= MAX_PIXELS


def looks(path):
    """The bytes of a drawing at 32 pixels."""
    with Image.open(path) as image:
        drawing = image.convert("RGBA")
    ground = Image.new("RGBA", drawing.size, "white")
    ground.alpha_composite(drawing)
    return ground.convert("RGB").resize((32, 32)).tobytes()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("--source", type=Path, default=DEBIAN)
    parser.add_argument("--quick", action="store_true", help="no difference")
    arguments = parser.parse_args()
    Image.MAX_IMAGE_PIXELS = None  # Only headers are read here.
    found, seen = collections.defaultdict(list), set()
    for path in sorted(filter(fits, arguments.source.rglob("*.png"))):
        if (picture := looks(path)) not in seen:
            seen.add(picture)
            name = path.relative_to(arguments.source)
            found[name.parts[0]].append(name.as_posix())
    counts = collections.Counter()
    for folder, names in found.items():
        known = folder in SUBJECTS
        parts = in_parts(names) if known else dict.fromkeys(names, "others")
        for name, part in parts.items():
            target = arguments.folder / part / folder / name.replace("/", "_")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(arguments.source / name, target)
            counts[part] += 1
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
