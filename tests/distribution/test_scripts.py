"""`train.py` of `docs/distribution.md`, started as that page says."""

import os
import pathlib
import re
import socket
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs/distribution.md").read_text()
(SCRIPT,) = re.findall(r"^```py\n(# train\.py\n.*?)^```", PAGE, re.M | re.S)
SMALLER = {
    "kc.encoders.ResNet18((32, 32, 3))": "tests_encoder()",
    'kc.data.load("cifar10", split="train", batch_size=512)': (
        "kc.data.shapes(16, 8, image_size=32)"
    ),
    "epochs=100": "epochs=2",
    '"/shared/runs/a", every_minutes=5': '"states"',
}
ENCODER = """
def tests_encoder():
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(4, 3, strides=2),
            keras.layers.BatchNormalization(),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
"""
pytestmark = pytest.mark.backends("jax")


def small_script():
    script = SCRIPT.replace(
        "\nimport keras_contrastive", f"{ENCODER}\nimport keras_contrastive"
    )
    for text, smaller in SMALLER.items():
        assert text in script
        script = script.replace(text, smaller)
    return script + "print(model.trained_epochs)\n"


def by_hand(rank, port):
    blocks = re.findall(r"^```sh\n(# on the .*?)^```", PAGE, re.M | re.S)
    return blocks[rank].replace("10.0.0.1:1234", f"127.0.0.1:{port}"), {}


def by_slurm(rank, port):
    (block,) = re.findall(r"^```sh\n(#!/bin/bash.*?)^```", PAGE, re.M | re.S)
    return block.replace("srun --kill-on-bad-exit=1 ", ""), {
        # JAX takes the port from the number of the job.
        "SLURM_JOB_ID": str(port),
        "SLURM_STEP_NODELIST": "localhost",
        "SLURM_NTASKS": "2",
        "SLURM_PROCID": str(rank),
        "SLURM_LOCALID": str(rank),
    }


def by_kubernetes(rank, port):
    (line,) = re.findall(r"- (KERAS_DISTRIBUTION_PROCESS_ID=.*)", PAGE)
    env = dict(re.findall(r'- \{name: (\w+), value: "?([^"}]+)"?\}', PAGE))
    env["KERAS_DISTRIBUTION_JOB_ADDRESSES"] = f"127.0.0.1:{port}"
    env["KERAS_DISTRIBUTION_NUM_PROCESSES"] = "2"
    return line, {**env, "JOB_COMPLETION_INDEX": str(rank)}


@pytest.mark.parametrize("launcher", [by_hand, by_slurm, by_kubernetes])
def test_script_trains_in_two_processes(launcher, tmp_path):
    (tmp_path / "train.py").write_text(small_script())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = []
    for rank in range(2):
        command, env = launcher(rank, port)
        processes.append(
            subprocess.Popen(
                ["bash", "-c", command],
                cwd=tmp_path,
                env={
                    **os.environ,
                    **env,
                    "PATH": f"{pathlib.Path(sys.executable).parent}:"
                    f"{os.environ['PATH']}",
                    "PYTHONPATH": str(ROOT),
                    "JAX_PLATFORMS": "cpu",
                    "XLA_FLAGS": "--xla_backend_optimization_level=0",
                },
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    for rank, process in enumerate(processes):
        printed, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors[-3000:]
        assert printed.splitlines()[-1] == "2"
        assert ("Epoch 1/2" in printed) == (rank == 0)
