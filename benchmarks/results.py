"""The files in which benchmarks keep what they measured, run after run."""

import json

from keras_contrastive._replacing import replacing


def write_results(path, results):
    """A run that is stopped here loses none of the earlier ones."""
    with replacing(path) as unfinished:
        unfinished.write_text(json.dumps(results, indent=1) + "\n")
