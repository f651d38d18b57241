"""Restores the original Fashion-MNIST files from Debian's copy.

Debian's package `dataset-fashion-mnist` holds the four files with another gzip
header: its build took out the file name and set its own time stamp. The
compressed images are untouched. TensorFlow Datasets checks every byte, so
this script writes the original header in front of them.

    apt install dataset-fashion-mnist
    python benchmarks/restore_fashion_mnist.py FOLDER

and then, with no network,

    kc.data.load("fashion_mnist", "train", 256, manual_dir=FOLDER)
"""

import argparse
import hashlib
import json
import struct
from pathlib import Path

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
HEADER_LENGTH = 10  # of a gzip header without a file name
HAS_NAME = 8
# Name: (seconds since 1970 in the original header, start of its SHA-256).
FILES = {
    "train-images-idx3-ubyte": (1504176606, "3aede38d"),
    "train-labels-idx1-ubyte": (1504176606, "a04f1713"),
    "t10k-images-idx3-ubyte": (1504176627, "346e55b9"),
    "t10k-labels-idx1-ubyte": (1504176627, "67da17c7"),
}


def restore(name, source, target):
    """Writes one original file and checks its hash."""
    time, expected = FILES[name]
    packed = Path(source, f"{name}.gz").read_bytes()[HEADER_LENGTH:]
    header = b"\x1f\x8b\x08" + struct.pack("<BIBB", HAS_NAME, time, 0, 3)
    content = header + name.encode() + b"\0" + packed
    found = hashlib.sha256(content).hexdigest()
    if not found.startswith(expected):
        raise ValueError(
            f"{source}/{name}.gz is not the file of Debian's package: restored "
            f"it has the SHA-256 {found} instead of {expected}..."
        )
    Path(target, f"{name}.gz").write_bytes(content)
    return len(content)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("--source", type=Path, default=DEBIAN)
    parser.add_argument("--quick", action="store_true", help="no difference")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    sizes = {
        f"{name}.gz": restore(name, arguments.source, arguments.folder)
        for name in FILES
    }
    print(json.dumps({"restored": sizes}))


if __name__ == "__main__":
    main()
