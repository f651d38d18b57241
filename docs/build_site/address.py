"""How to get the repository, whose address `pyproject.toml` has."""

from tutorials import build_notebooks


def clone():
    address = build_notebooks.ADDRESS
    folder = address.rpartition("/")[2]
    return (
        f'```sh\ngit clone {address}\npip install "./{folder}[tensorflow]"\n```'
    )


TEXTS = {"clone": clone}
