import numpy as np
import pytest

from keras_contrastive.losses import ContrastLoss


def test_a_loss_that_compares_nothing_says_what_is_missing():
    class Nothing(ContrastLoss):
        pass

    views = np.ones((2, 3), "float32")
    with pytest.raises(NotImplementedError, match="`Nothing`.*`contrasts"):
        Nothing().call(views, views)
