"""The recipes with other libraries run where these are installed.

To run them all, in an environment that may have more than the package needs:

    pip install datasets grain keras-tuner tensorboard wandb
    pytest -rs tests/test_integrations.py
"""

import importlib.util
import pathlib
import re

import pytest

PAGE = pathlib.Path(__file__).parent.parent / "docs/integrations.md"
BLOCKS = re.findall(
    r'^```python title="(.*?)"\n(.*?)^```', PAGE.read_text(), re.M | re.S
)
(_, START), *RECIPES = BLOCKS


# Warnings of other libraries.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("packages, code", RECIPES, ids=dict(RECIPES))
def test_recipe_runs(packages, code, tmp_path, monkeypatch, eager_training):
    for package in packages.split(", "):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"needs {package}")
    monkeypatch.chdir(tmp_path)
    exec(compile(START + code, PAGE.name, "exec"), {"__name__": "__main__"})
