"""The address of the repository, which `pyproject.toml` alone knows."""

import pathlib
import tomllib

ROOT = pathlib.Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REPOSITORY = PROJECT["urls"]["Repository"]


def clone():
    return (
        f"```sh\ngit clone {REPOSITORY}\n"
        f'pip install "./{REPOSITORY.rpartition("/")[2]}[tensorflow]"\n```'
    )


TEXTS = {"clone": clone}
