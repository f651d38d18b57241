"""What the conformance table does not ask of methods with a jigsaw."""

import numpy as np
import pytest

import keras_contrastive as kc
from tests.conformance import tiny

VIEW = np.zeros((2, 9, 9, 3), "float32")
PIECES = np.zeros((2, 4, 6, 6, 3), "float32")


@pytest.mark.parametrize("method", ["PIRL", "InfoMin"])
def test_projections_of_two_widths(method):
    encoder = tiny.encoder((None, None, 3), padding="same")
    heads = tiny.head(use_batch_norm=False), kc.layers.JigsawHead(16)
    if method == "PIRL":
        model = kc.PIRL(encoder, None, *heads, num_images=4, num_negatives=2)
        x = {"images": (VIEW, PIECES), "index": np.arange(2, dtype="int32")}
    else:
        model = kc.InfoMin(encoder, None, *heads, queue_size=4)
        x = (VIEW, VIEW, PIECES)
    with pytest.raises(ValueError, match="of one width. Received: 32 and 16"):
        model(x)
