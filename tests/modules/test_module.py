import pytest

from keras_contrastive.modules import Module


def test_a_module_says_what_is_missing():
    class Empty(Module):
        objective_names = ("term",)

    given = dict.fromkeys(("original", "parameters", "further", "training"))
    with pytest.raises(NotImplementedError, match="`Empty` must.*`embed"):
        Empty().embed([], **given)
    with pytest.raises(NotImplementedError, match="`Empty` must.*`objectives"):
        Empty().objectives({})
