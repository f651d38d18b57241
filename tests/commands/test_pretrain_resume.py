import json

import numpy as np
import pytest

from keras_contrastive.commands._run_record import RunRecord
from keras_contrastive.commands.pretrain import _run
from tests.commands.pretrain_command import command, weights_of

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.usefixtures("eager_training"),
]


class Killed(BaseException):
    pass


@pytest.mark.backends("jax", "torch")
def test_killed_and_resumed_ends_as_if_it_had_not_been(
    pictures, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(_run, "EVERY_MINUTES", 1e-9)  # at every step
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    labels = ("--labelled", str(pictures))
    assert command(pictures, whole, *labels, epochs=3) == 0
    with monkeypatch.context() as patch:

        def die(self, batch, logs=None):
            if len(self.curves.get("loss", [])) == 1 and batch == 1:
                raise Killed

        patch.setattr(RunRecord, "on_train_batch_end", die)
        with pytest.raises(Killed):
            command(pictures, broken, *labels, epochs=3)
    with pytest.raises(SystemExit):
        command(pictures, broken, *labels, epochs=3)
    assert "go on with --resume" in capsys.readouterr().err
    assert command(pictures, broken, *labels, "--resume", epochs=3) == 0
    assert "Going on in epoch 2" in capsys.readouterr().out
    found, expected = (
        json.loads((place / "results.json").read_text())
        for place in (broken, whole)
    )
    assert found["accuracies"] == expected["accuracies"]
    np.testing.assert_equal(found["curves"], expected["curves"])
    for one, two in zip(weights_of(whole), weights_of(broken), strict=True):
        np.testing.assert_array_equal(one, two)


def times(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.parametrize(
    "more, message",
    [
        (("--method", "vicreg"), "method simclr and not vicreg:"),
        (("--epochs", "1"), "holds a run with epochs 2 and not 1: go on"),
        (("--seed", "1"), "seed 0 and not 1"),
    ],
)
def test_another_run_is_not_gone_on_with(labeled_run, more, message, capsys):
    folder, output, _ = labeled_run
    before = times(output)
    labels = ("--labelled", str(folder))
    with pytest.raises(SystemExit) as exit:
        command(folder, output, *labels, "--resume", *more)
    assert exit.value.code == 2
    assert message in capsys.readouterr().err
    assert times(output) == before
