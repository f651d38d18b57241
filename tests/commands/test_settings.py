import json
import pathlib

import pytest

from keras_contrastive.commands._settings import (
    check_same_settings,
    keep_settings,
)


class Killed(BaseException):
    pass


def test_one_that_is_killed_while_it_writes_leaves_the_settings_whole(
    tmp_path, monkeypatch
):
    output = tmp_path / "runs" / "a"
    keep_settings({"seed": 0}, output)
    before = (output / "settings.json").read_bytes()
    assert json.loads(before) == {"seed": 0}

    def die(path, text, *encoding):
        path.write_bytes(text[:3].encode())
        raise Killed

    monkeypatch.setattr(pathlib.Path, "write_text", die)
    with pytest.raises(Killed):
        keep_settings({"seed": 0}, output)
    assert (output / "settings.json").read_bytes() == before


def test_a_run_without_settings_is_not_gone_on_with(tmp_path):
    check_same_settings({"seed": 0}, tmp_path)
    (tmp_path / "checkpoint").mkdir()
    with pytest.raises(ValueError, match=r"no settings.*another --output"):
        check_same_settings({"seed": 0}, tmp_path)
