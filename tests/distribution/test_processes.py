"""Several processes on the loopback train one model, on JAX.

They start from nothing, so that each test has as few as it can.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parents[2]
pytestmark = pytest.mark.backends("jax")
LIMIT = 600


def start(folder, what, processes=1, **plan):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.distribution.worker",
                json.dumps(
                    {
                        "what": what,
                        "folder": str(folder),
                        "processes": processes,
                        "rank": rank,
                        "port": port,
                        **plan,
                    }
                ),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "JAX_PLATFORMS": "cpu",
                "KERAS_BACKEND": "jax",
                "OMP_NUM_THREADS": "1",
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(processes)
    ]


def ended(processes):
    """Exit codes; and what was said by those that failed."""
    said = [process.communicate(timeout=LIMIT)[1] for process in processes]
    codes = [process.returncode for process in processes]
    return codes, "\n".join(
        text[-3000:] for code, text in zip(codes, said, strict=True) if code
    )


def arrays(folder, rank=0):
    with np.load(folder / f"{rank}.npz") as file:
        return dict(file)


def run(folder, what, processes=1, **plan):
    """What each process found."""
    codes, said = ended(start(folder, what, processes, **plan))
    assert codes == processes * [0], said
    return [arrays(folder, rank) for rank in range(processes)]


def assert_equal_bits(found, expected):
    assert found.keys() == expected.keys()
    differing = [
        name
        for name in found
        if found[name].tobytes() != expected[name].tobytes()
    ]
    assert not differing


def assert_close(found, expected, bound=1e-5):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if value.dtype.kind != "f":
            np.testing.assert_array_equal(found[name], value, name)
        else:
            error = np.abs(found[name] - value) / np.maximum(1, np.abs(value))
            assert error.max(initial=0) <= bound, name


# Negatives of the batch, of a bank and of a queue.
@pytest.mark.parametrize(
    "processes, methods",
    [(2, ["SimCLR", "InstDis"]), (4, ["MoCo"])],
)
def test_processes_equal_one(tmp_path, processes, methods):
    plan = {"methods": methods, "tf_data": processes == 2}
    (expected,) = run(tmp_path / "one", "methods", **plan)
    first, *others = run(tmp_path / "all", "methods", processes, **plan)
    for other in others:
        assert_equal_bits(other, first)
    assert_close(first, expected)


def test_all_processes_measure_the_same(tmp_path):
    (expected,) = run(tmp_path / "one", "evaluation")
    first, second = run(tmp_path / "two", "evaluation", 2)
    assert_equal_bits(first, second)
    assert_close(first, expected)
    written = {path.name for path in (tmp_path / "two").iterdir()}
    assert written == {"0.npz", "1.npz", "best.keras", "scores.npz"}


REFUSED = {
    "arrays": "hands each process its rows",
    "other data": "must be the same data on every process",
    "other seeds": "must be the same data on every process",
    "other order": "in the same order",
    "other views": "Received here: seeds",
    "same rows": "rows of its own",
    "other count": "as many images on every process",
    "no distribution": "keras.distribution.DataParallel",
}


def test_what_makes_no_global_batch_is_refused(tmp_path):
    for found in run(tmp_path, "refusals", 2):
        assert found.keys() == REFUSED.keys()
        for name, message in REFUSED.items():
            assert message in str(found[name]), name


@pytest.mark.parametrize("signal, epochs", [("SIGKILL", 2), ("SIGTERM", 8)])
def test_goes_on_after_a_process_has_ended(tmp_path, signal, epochs):
    expected, _ = run(tmp_path / "whole", "life", 2, epochs=epochs)
    plan = {"signal": signal, "struck": 1, "step": 6, "epochs": epochs}
    lives = start(tmp_path / "cut", "life", 2, **plan)
    if signal == "SIGKILL":
        # The first one waits for it, until whatever launched them ends it.
        assert lives[1].wait(LIMIT) == -9
        lives[0].kill()
        ended(lives)
    else:
        assert ended(lives)[0] == [143, 143]
    assert not list((tmp_path / "cut").glob("*.npz"))
    first, second = run(tmp_path / "cut", "life", 2, epochs=epochs)
    assert_equal_bits(first, expected)
    assert_equal_bits(second, first)


def test_goes_on_with_another_number_of_devices(tmp_path):
    (expected,) = run(tmp_path / "one", "life", epochs=2)
    plan = {"signal": "SIGKILL", "struck": 0, "epochs": 2}
    for step, (processes, devices) in enumerate([(1, 1), (2, 1), (2, 2)], 2):
        folder = tmp_path / "cut"
        lives = start(
            folder, "life", processes, devices=devices, step=step, **plan
        )
        lives[0].wait(LIMIT)
        for other in lives:
            other.kill()
        ended(lives)
        assert not list(folder.glob("*.npz"))
    (found,) = run(tmp_path / "cut", "life", epochs=2)
    assert_close(found, expected)
