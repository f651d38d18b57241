"""`torch.compile`, which `jit_compile=True` makes of a step."""

import numpy as np
import pytest

import keras_contrastive as kc
from tests.losses.pairs import random_pair


@pytest.mark.backends("torch")
@pytest.mark.filterwarnings("ignore")
def test_a_loss_is_compiled_in_one_piece():
    import torch

    loss = kc.losses.NTXent(0.2)
    # Without C++, which takes half a minute to compile.
    compiled = torch.compile(loss.call, backend="eager", fullgraph=True)
    pair = map(torch.tensor, random_pair())
    first, second = pair
    np.testing.assert_allclose(
        compiled(first, second), loss.call(first, second), rtol=1e-6
    )
