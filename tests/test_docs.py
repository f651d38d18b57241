"""The documentation names what is public, and its examples run."""

import base64
import importlib.util
import inspect
import io
import json
import pathlib
import re
import sys
import types

import keras
import pytest
from PIL import Image

import keras_contrastive as kc
from keras_contrastive.encoders._norms import NORMS

ROOT = pathlib.Path(__file__).parent.parent
PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}
MODULES = [name for name in kc.__all__ if inspect.ismodule(getattr(kc, name))]
PUBLIC = [
    (module, name) for module in MODULES for name in getattr(kc, module).__all__
]


@pytest.mark.parametrize("module, name", PUBLIC)
def test_public_name_is_documented(module, name):
    public = getattr(getattr(kc, module), name)
    if isinstance(public, kc.losses.PairLoss):
        # A constant is documented by the string below it, as on its page.
        files = (ROOT / "keras_contrastive" / module).glob("*.py")
        code = "\n".join(path.read_text() for path in files)
        assert re.search(rf'^{name} = .+\n""".+\."""$', code, re.MULTILINE)
    else:
        example = r"^\s*Example:\n\n\s*>>> "
        assert re.search(example, public.__doc__ or "", re.MULTILINE)
    symbol = f"::: keras_contrastive.{module}.{name}\n"
    assert symbol in PAGES[f"docs/api/{module}.md"]


def test_top_level_names_are_documented():
    models = {*kc.methods.__all__, *kc.modules.__all__, "ContrastiveModel"}
    for name in set(kc.__all__) - set(MODULES):
        assert re.search(rf"\W{name}\W", PAGES["docs/api/index.md"])
        assert name.startswith("__") or name in models
    for module in MODULES:
        assert f"({module}.md)" in PAGES["docs/api/index.md"]


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text()
    for page in PAGES:
        if page.startswith("docs/"):
            assert f": {page.removeprefix('docs/')}\n" in navigation


def load_hook(name):
    path = ROOT / f"docs/build_site/{name}.py"
    # MkDocs, too, lets hooks import their neighbors.
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(path.parent)
        return load_module(path)


def load_module(path):
    spec = importlib.util.spec_from_file_location("hook", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def hook():
    return load_hook("conformance")


def test_conformance_page_has_every_column(hook):
    code = (ROOT / "tests/conformance/test_conformance.py").read_text()
    columns = set(re.findall(r'conformance\(column="(.+?)"\)', code))
    assert set(hook.COLUMNS) == columns
    for column in columns:
        assert f"\n| {column} | " in PAGES["docs/conformance.md"]


def test_conformance_table_tells_what_was_not_run(hook, monkeypatch, tmp_path):
    usual = {
        "value": "passed",
        "extreme values": "failed",
        "learning": "skipped",
    }
    runs = {"jax": usual, "jax-float64": {"gradient": "passed"}}
    place = {"date": "2026-11-28", "commit": "abc", "keras": "3"}
    for name, found in runs.items():
        cells = {key: {"outcome": found[key], **place} for key in found}
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"SimCLR": cells}))
    monkeypatch.setattr(hook, "REPORTS", tmp_path)
    page = hook.table()
    tensorflow, jax = re.findall(r"^\| SimCLR, (?:T|J).+$", page, re.MULTILINE)
    assert tensorflow.count("not run") == len(hook.COLUMNS)
    start = "| SimCLR, JAX | ✓ | ✓ | not run | not run | **failed** |"
    assert jax.startswith(start) and jax.endswith("| – |")
    assert "4 cells, run from 2026-11-28 at the commits abc with" in page


def test_replicas_table_tells_the_largest_difference(
    hook, monkeypatch, tmp_path
):
    report = {"date": "2026-11-28", "errors": {"SimCLR": {"4": [1e-7, 2e-6]}}}
    (tmp_path / "replicas-jax.json").write_text(json.dumps(report))
    monkeypatch.setattr(hook, "REPORTS", tmp_path)
    page = hook.replicas_table()
    assert "\n| SimCLR | not run | 2e-06 | not run |\n" in page
    assert "JAX on 2026-11-28." in page


def test_conformance_table_has_the_rows_of_the_tests(hook):
    from tests.conformance.methods import METHODS

    assert hook.methods() == list(METHODS)


def test_every_method_has_a_page():
    hook = load_hook("method_pages")
    cards = hook.cards.cards()
    assert set(cards) == {*kc.methods.__all__, *kc.modules.__all__} - {"Module"}
    for name, card in cards.items():
        page = f"docs/{card.page}"
        text = PAGES[page]
        assert all(f"<!-- {name} -->" in text for name in hook.MAKERS)
        drawing = ROOT / f"docs/figures/methods/{pathlib.Path(page).stem}.svg"
        label = f'aria-label="The data&#x27;s path: {card.idea[:20]}'
        assert label in drawing.read_text()
        assert f"{card.room}.{name})" in text and "\n$$\n" in text
        assert f"kc.{name}(" in EXAMPLES[page]


def test_generated_text_is_fresh():
    hook = load_hook("generated")
    for path, text in hook.fresh_files().items():
        assert path.read_text("utf-8") == text, f"{path}: {hook.COMMAND}"


def test_what_is_generated_stands_between_markers(monkeypatch):
    hook = load_hook("generated")
    monkeypatch.setattr(hook, "TEXTS", {"a b": lambda: "new\n"})
    page = hook.ROOT / "README.md"
    text = "<!-- other -->\n<!-- a b -->\nold<!-- end -->\n"
    fresh = "<!-- other -->\n<!-- a b -->\n\nnew\n\n<!-- end -->\n"
    assert hook.filled(text, page) == hook.filled(fresh, page) == fresh
    with pytest.raises(ValueError, match="`<!-- a b -->` has no `<!-- end"):
        hook.filled("<!-- a b -->\n", page)


def test_drawings_take_the_colors_of_their_page():
    hook = load_hook("inlined")
    image = '<p><img alt="" src="../../figures/methods/simclr.svg" /></p>'
    shown = hook.on_page_content(image)
    assert shown.startswith("<figure><svg xmlns=") and "<style>" not in shown


def test_drawings_on_white_are_marked():
    hook = load_hook("charts")

    def image(pixels, mode):
        file = io.BytesIO()
        Image.new(mode, (8, 8), pixels).save(file, "png")
        data = base64.b64encode(file.getvalue()).decode()
        return f'<p><img alt="" src="data:image/png;base64,{data}"></p>'

    white, clear = image("white", "RGB"), image((255, 255, 255, 0), "RGBA")
    assert '<p><img class="chart" alt' in hook.on_page_content(white)
    for kept in (clear, image("red", "RGB")):
        assert hook.on_page_content(kept) == kept


def runs_of(row, linear, **changes):
    """What `benchmarks/methods.py` records of a row, a run for each seed."""
    place = {"commit": "abc", "processor": "A", "versions": "B", "date": "D"}
    run = {"row": row, "data": "shapes", "side": 16, "seen": 640_000}
    run |= {"batch": 256, "rate": 2e-3, "knob": 0.5, "part": "test"}
    run |= {"seconds": 90, "knn": 0.5, **place, **changes}
    return [
        {**run, "seed": seed, "linear": value}
        for seed, value in enumerate(linear)
    ]


@pytest.fixture
def recorded(monkeypatch, tmp_path):
    """Replaces the files that hooks read by some runs."""

    def record(hook, *rows):
        path = tmp_path / "methods.json"
        path.write_text(json.dumps({"runs": sum(rows, []), "settings": {}}))
        monkeypatch.setattr(hook, "RESULTS", path)

    return record


def test_results_that_are_missing_are_said_to_be(recorded):
    hook = load_hook("method_pages")
    reader = sys.modules["recorded"]
    card = hook.cards.cards()["SimCLR"]
    another = types.SimpleNamespace(name="Another")
    recorded(reader, runs_of("SimCLR, DCL", [0.25, 0.75]))
    assert (
        "| SimCLR, DCL | **50.0 %** (50.0, 50.0) | **50.0 %** (25.0, 75.0)"
        in (hook.recorded(card))
    )
    assert hook.recorded(another) == "Not measured."
    recorded(reader)
    assert hook.recorded(card) == "Not measured."


def test_links_of_methods_lead_to_every_recipe_once_and_to_claims():
    hook = load_hook("method_pages")
    cards = hook.cards.cards().values()
    linked = [name for card in cards for name in hook.published(card)]
    assert sorted(linked) == sorted(hook.recipes.recipes())
    claimed = {card.name for card in cards if hook.claimed(card.name)}
    assert claimed == {"SimCLR", "InfoMin", "EquiMod", "MIO"}
    assert all((ROOT / hook.code(card)).is_file() for card in cards)


def test_results_are_ranked_with_setting_and_cost(recorded):
    hook = load_hook("methods")
    cost = {"fit_seconds": 60.0, "gigabytes": 1.0}
    recorded(
        sys.modules["recorded"],
        runs_of("MIO", [0.3], knn=0.4, fit_seconds=90.0, gigabytes=1.5),
        runs_of("SimCLR", [0.6], **cost),
        runs_of("raw pixels", [0.1], rate=None, knob=None),
        runs_of("BYOL", [0.6] * 6, part="validation", seen=320_000),
    )
    table = hook.recorded()
    assert table.startswith("### Generated shapes, 16 pixels, 640,000 images")
    rows = [line.split(" |")[0] for line in table.splitlines() if "**" in line]
    assert rows == ["| raw pixels", "| SimCLR", "| MIO"]
    assert "| **60.0 %** | 0.002, 0.5 |" in table and "| –" in table
    assert "4 CPU minutes of one core and 9 for the search, on A" in table
    assert "| MIO | 1.50 | 1.5 |" in hook.cost()


def test_claims_are_judged_by_their_interval(recorded, monkeypatch, tmp_path):
    hook = load_hook("claims")
    monkeypatch.setattr(sys.modules["claim_runs"], "BENCHMARKS", tmp_path)
    recorded(
        sys.modules["recorded"],
        runs_of("SimCLR", [0.60, 0.62, 0.64], color=0.2),
        runs_of("SimCLR, EquiMod", [0.61, 0.62, 0.66], color=0.3),
        runs_of("MIO", [0.50, 0.51, 0.53]),
    )
    # Gains of 1, 0, 2 points, deviation 1: half an interval is 4.303 / 3^0.5.
    shown = hook.table("EquiMod")
    assert "62.0 %, +1.0 (-1.5 to 3.5), 3 seeds | not shown | 9 |" in shown
    assert "| **shown** |" in shown  # colors, equal gains
    assert "| **the opposite** |" in hook.table("MIO")
    assert ": – | not run |" in hook.table("FT")
    recorded(
        sys.modules["recorded"],
        runs_of("SimCLR", [0.60]),
        runs_of("MIO", [0.50]),
    )
    assert "50.0 against 60.0 %, -10.0 | one seed | 3 |" in hook.table("MIO")


def test_claims_of_other_benchmarks_read_their_records(monkeypatch, tmp_path):
    hook = load_hook("claims")
    monkeypatch.setattr(sys.modules["claim_runs"], "BENCHMARKS", tmp_path)
    paired = {
        f"{shared} seed {seed}": {"accuracy": accuracy + seed / 10}
        for shared, accuracy in (("shape", 0.4), ("30 %", 0.2))
        for seed in range(2)
    }
    colors = {
        "sources, rgb, labels": {"accuracy": [0.5, 0.7]},
        "sources, rgb, as it is": {"accuracy": [0.4, 0.4]},
        "shapes, rgb, labels": {"accuracy": [0.1, 0.2]},
        "shapes, rgb, as it is": {"accuracy": [0.2, 0.3]},
    }
    tasks = {"scratch": [0.2, 0.3], "SimCLR": [0.4, 0.5]}
    masks = {
        start: [{"AP50": value, "surest": 0.9} for value in values]
        for start, values in tasks.items()
    }
    moved = [{"seed": seed, "frozen": 1.0, "own": 0.1} for seed in range(2)]
    for name, record in (
        ("infomin/ladder", {"runs": paired}),
        ("infomin/colors", colors),
        (
            "transfer",
            {
                "results": {"detection": {"scratch": [0.3], "SimCLR": [0.3]}},
                "epochs_x4": {
                    "results": {"detection": tasks, "instance": masks}
                },
            },
        ),
        ("displacement", {"runs": moved}),
    ):
        path = tmp_path / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(record))
    table = hook.table("InfoMin")
    assert ": 45.0 against 25.0 %, +20.0 (20.0 to 20.0), 2 seeds | **s" in table
    assert "garments: 60.0 against 40.0 %, +20.0 (-107.1 to" in table
    assert "recolored: 15.0 against 25.0 %, -10.0 (-10.0 to -10.0)" in table
    assert "30.0 against 30.0 %, +0.0 | one seed |  | `transfer.py` |" in table
    found = "45.0 against 25.0 %, +20.0 (20.0 to 20.0), 2 seeds | **shown** | "
    assert table.count(f"pixels: {found} | `transfer.py` `--epochs 4` |") == 2
    assert "1.00 against 0.10, +0.90" in hook.table("MIO")


def test_runs_that_both_sides_read_cost_once(recorded, monkeypatch, tmp_path):
    hook = load_hook("claims")
    monkeypatch.setattr(sys.modules["claim_runs"], "BENCHMARKS", tmp_path)
    recorded(
        sys.modules["recorded"],
        runs_of("SimCLR", [0.6, 0.6, 0.6], head_linear=0.5),
        runs_of("MIO", [0.6, 0.6, 0.6]),
    )
    (row,) = [
        row
        for row in hook.table("SimCLR").splitlines()
        if "60.0 against 50" in row
    ]
    both = hook.table("MIO").splitlines()[2]
    minutes = [int(line.split("|")[5]) for line in (row, both)]
    assert 2 * minutes[0] - minutes[1] in (-1, 0, 1) and minutes[0]


def test_first_table_tells_the_fewest_seeds_of_its_rows(recorded):
    hook = load_hook("first_results")
    kind = {"data": "drawings", "side": 32}
    recorded(
        hook.recorded,
        runs_of("raw pixels", [0.4], **kind),
        runs_of("SimCLR", [0.5, 0.5, 0.5], **kind),
        runs_of("supervised", [0.6, 0.6], classifier=0.7, **kind),
    )
    assert "mean of 2 to 3 seeds" in hook.table("docs/")
    assert "| trained with labels | 50.0 % | 60.0 % |" in hook.table("docs/")


def test_intervals_are_drawn_with_their_verdict(
    recorded, monkeypatch, tmp_path
):
    hook = load_hook("plots")
    monkeypatch.setattr(sys.modules["claim_runs"], "BENCHMARKS", tmp_path)
    recorded(
        sys.modules["recorded"],
        runs_of("SimCLR", [0.60, 0.61, 0.62]),
        runs_of("MIO", [0.50, 0.51, 0.52]),
        runs_of("MoCo", [0.5]),
        runs_of("MoCo, FT", [0.5]),
    )
    drawn = hook.intervals()
    assert drawn.count("<circle") == 1
    x = hook.across(-0.1)
    assert f'class="wide bad" d="M{x} ' in drawn and f"H{x}" in drawn


def test_transforms_and_momenta_are_tabled(recorded, monkeypatch, tmp_path):
    hook = load_hook("feature_transformation")
    monkeypatch.setattr(sys.modules["claim_runs"], "BENCHMARKS", tmp_path)
    scores = {name: [0.5, 0.25] for name in hook.SCORES}
    recorded(
        sys.modules["recorded"],
        runs_of("MoCo", [0.3, 0.4]),
        runs_of("MoCo, interpolation", [0.5, 0.6]),
        runs_of("MoCo, scores", [0.3, 0.4], knob=0.9, knn=0.1, scores=scores),
    )
    page = hook.transforms() + "\n" + hook.momenta()
    assert "| MoCo | 2 | 50.0 % | 35.0 % |" in page
    assert (
        "| + interpolation | 2 | 50.0 %, +0.0 (0.0 to 0.0) | 55.0 %, +20.0"
        in page
    )
    assert "| 0.9 | 10.0 % | 0.250 | 0.250 | 0.250 |" in page


def test_path_of_the_data_is_that_of_the_card():
    hook = load_hook("data_path")
    cards = hook.cards.cards()
    path = hook.path(cards["MoCo"])
    texts = [[text for text, _ in column.boxes] for column in path.columns]
    assert texts == [
        ["view 1", "encoder", "projector"],
        ["view 2", "slow encoder", "slow projector"],
        ["queue of earlier keys"],
    ]
    assert path.above[1] == ("views.moco_v1", "layer")
    assert path.below == [("loss: softmax_loss", "layer")]
    boxes = hook.path(cards["SimSiam"]).columns[1].boxes
    assert boxes[-1] == ("no gradient", "data")
    columns = hook.path(cards["EquiMod"]).columns
    assert columns[0].ends and columns[2].boxes == [
        ("parameters of the views", "data"),
        ("parameter projector", "layer"),
    ]


def test_speed_is_tabled_by_processor_and_beside_lightly(monkeypatch, tmp_path):
    hook = load_hook("processors")
    rate = {"wall": 98.2, "wall_ratio": 0.5, "cpu": 151.0, "cpu_ratio": 0.75}
    (tmp_path / "processor.json").write_text(
        json.dumps({"One": {"JAX": rate}, "Two": {"PyTorch": rate}})
    )
    row = {"wall": 30.0, "cpu": 20.0, "first_epoch_seconds": 7.1}
    lightly = {**row, "wall": 20.0, "cpu": 40.0, "knn": 0.515}
    found = {"32 px": {"sides": {"torch": row, "lightly": lightly}}}
    (tmp_path / "against_lightly.json").write_text(json.dumps(found))
    monkeypatch.setattr(hook, "BENCHMARKS", tmp_path)
    page = hook.processors() + "\n" + hook.sides()
    assert "| JAX | 151 (0.75 ×) | 98 (0.50 ×) |  |  | 33 |" in page
    assert "| PyTorch |  |  | 151 (0.75 ×) | 98 (0.50 ×) | 112 |" in page
    assert "| TensorFlow, oneDNN off |  |  |  |  | 75 |" in page
    assert "| 32 px, PyTorch | 30 | 1.50 | 20 | 0.50 | 7 s |  |" in page
    assert "| 32 px, lightly | 20 | 1.00 | 40 | 1.00 | 7 s | 51.5% |" in page


def test_equations_become_mathml():
    hook = load_hook("equations")
    assert "<mfrac>" in hook.equation(r"\frac{a &lt; b}{c}", is_block=True)
    for latex in (r"\unknown x", r"\begin{aligned} a &amp;= b \end{aligned}"):
        with pytest.raises(ValueError, match="unknown command"):
            hook.equation(latex, is_block=False)


def test_stacked_cells_have_the_heading_of_their_column():
    row = "<tr><td>1</td><td>2</td></tr>"
    table = f"<table><tr><th>a</th><th>b</th></tr>{row}{row}</table>"
    content = f'{table}<div class="stack">{table}</div>'
    found = load_hook("stacked").on_page_content(content)
    assert found.count("data-label") == 4
    assert found.count('<td data-label="b">2</td></tr>') == 2


def test_tutorials_are_tabled(monkeypatch, tmp_path):
    script = """# %% [markdown]
# # Title
#
# What it
# shows.
#
# **Takes** a minute
#
# **Result** 3 %, $x$

# %%
x = 3
assert x > 2, "It is more than two"
assert x
"""
    (tmp_path / "other.py").write_text(script)
    hook = load_hook("tutorials")
    monkeypatch.setattr(hook.build_notebooks, "FOLDER", tmp_path)
    monkeypatch.setattr(hook.build_notebooks, "COLAB", "https://colab/a/b/main")
    link = "[a](../tutorials/other.ipynb), [b](../tutorials/executed/c.ipynb)"
    assert (
        hook.on_page_markdown(link)
        == "[a](tutorials/other.md), [b](tutorials/c.md)"
    )
    assert hook.table().splitlines()[2] == (
        "| [Title](../tutorials/other.ipynb)<br>What it shows. | a minute | "
        "3 %, $x$ | It is more than two: `x > 2` |"
    )
    (path,) = hook.scripts()
    assert "colab" not in hook.page(path)
    path.with_suffix(".ipynb").touch()
    page = hook.page(path)
    assert page.startswith("# Title\n\n<a ") and "a/b/main/tut" in page
    assert "````py\nx = 3\n" in page


def test_tutorials_show_what_their_cells_printed(monkeypatch, tmp_path):
    nbformat = pytest.importorskip("nbformat").v4
    path = tmp_path / "other.py"
    path.write_text(
        "# %% [markdown]\n# # Title\n\n# %%\na = 1\n\n# %%\nb = 2\n\n"
        '# %% tags=["script"]\nhidden = 3\n'
    )
    hook = load_hook("tutorials")
    assert "No run of this tutorial is recorded" in hook.page(path)
    assert "hidden" not in hook.page(path)
    where = {"date": "2026-11-28", "minutes": 3.5, "computing": 1.0, "cores": 2}
    where |= {"processor": "A", "versions": {"keras": "3"}}
    stream = nbformat.new_output("stream", text="printed\n")
    picture = nbformat.new_output("display_data", {"image/png": "AB\nCD"})
    run = nbformat.new_notebook(metadata={"run": where})
    run.cells = [
        nbformat.new_code_cell("install"),
        nbformat.new_code_cell("a = 1", outputs=[stream]),
        nbformat.new_code_cell("b = 2", outputs=[picture]),
    ]
    (tmp_path / "executed").mkdir()
    file = tmp_path / "executed/other.ipynb"
    file.write_text(json.dumps(run))
    page = hook.page(path)
    run_on = "3.5 minutes, of them 1.0 of computing, on 2 cores (A), keras 3."
    assert run_on in page and "changed since" not in page
    assert "a = 1\n````\n\n```` { .text .output }\nprinted\n````" in page
    assert 'b = 2\n````\n\n<p><img alt="Figure" src="data:image' in page
    assert "base64,ABCD" in page
    path.write_text(path.read_text().replace("b = 2", "b = 4"))
    page = hook.page(path)
    assert "The code has changed since" in page
    assert "printed" in page and "base64" not in page


def test_every_method_has_a_row():
    table = load_hook("methods").table()
    for name in (*kc.methods.__all__, *kc.modules.__all__):
        assert (f"| [`{name}`]" in table) == (name != "Module")


# Losses of modules that no class has.
IN_WORDS = (
    "mean squared error",
    "binary cross entropy",
    "cross entropy",
    "clipped cross entropy",
)


def test_cards_name_what_exists():
    for card in load_hook("cards").cards().values():
        assert set(card.views) <= set(kc.views.__all__)
        assert set(card.loss) <= {*kc.losses.__all__, *IN_WORDS}
        assert card.url.startswith("https://arxiv.org/abs/")


FACTS = {
    "SimCLR": (["batch"], "none", False, ["projector"]),
    "MoCo": (["queue"], "queue", True, ["projector"]),
    "NNCLR": (["batch"], "queue", False, ["projector", "predictor"]),
    "PIRL": (["bank"], "bank", False, ["projector", "jigsaw head"]),
    "BYOL": ([], "none", True, ["projector", "predictor"]),
    "VICReg": ([], "none", False, ["projector"]),
    "ESSL": ([], "none", False, ["predictor"]),
    "EquiMod": (
        ["batch"],
        "none",
        False,
        ["projector", "parameter projector", "predictor"],
    ),
}


@pytest.mark.parametrize("name", FACTS)
def test_facts_of_a_card_are_those_of_the_class(name):
    hook = load_hook("cards")
    card = hook.cards()[name]
    found = (card.negatives, card.memory, card.momentum, card.heads)
    assert found == FACTS[name]


def test_front_matter_says_what_no_part_tells():
    hook, told = load_hook("cards"), set()
    for name, card in hook.cards().items():
        prose, facts = hook.front_matter(card.model), hook.facts(card.model)
        told |= {(name, key) for key in prose if key in facts}
    assert told == {("AugSelf", "heads"), ("SupCon", "negatives")}


def tiny_encoder(input_shape, stem="cifar", width=4, block_norm="batch"):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Conv2D(width, 3, strides=2, padding="same"),
            NORMS[block_norm](),
            keras.layers.MaxPooling2D(padding="same"),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )


@pytest.fixture
def small(monkeypatch, tmp_path, eager_training):
    """Makes the examples quick: few small images, one epoch, no download."""

    def shapes(num_images, batch_size, **kwargs):
        return make_shapes(64, 8, **kwargs)

    def load(name, split, batch_size, shuffle=None, **kwargs):
        return make_shapes(256, 32, split=split, **kwargs)

    def from_folder(path, batch_size, image_size, **kwargs):
        split = path.rpartition("/")[2]
        return make_shapes(
            256, 32, split=split, image_size=image_size, **kwargs
        )

    def fit(self, x, epochs=1, **kwargs):
        return train(self, x, **kwargs)

    make_shapes, train = kc.data.shapes, kc.ContrastiveModel.fit
    monkeypatch.setattr(kc.data, "shapes", shapes)
    monkeypatch.setattr(kc.data, "load", load)
    monkeypatch.setattr(kc.data, "from_folder", from_folder)
    monkeypatch.setattr(kc.ContrastiveModel, "fit", fit)
    monkeypatch.setattr(kc.encoders, "ResNet18", tiny_encoder)
    monkeypatch.chdir(tmp_path)


# Blocks of `python` run, in order; those of `py` are to be read.
EXAMPLES = {
    page: "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.M | re.S))
    for page, text in PAGES.items()
}


# The other backends compile for minutes what `keras.applications` builds.
ON_TORCH = "docs/encoders.md"
# Runs by itself, on files: `test_guides.py`.
EXAMPLES.pop("docs/photographs.md")


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.backends("torch"))
        if page == ON_TORCH
        else page
        for page, code in EXAMPLES.items()
        if code
    ],
)
def test_examples_run(page, small, monkeypatch):
    if page.startswith("docs/methods/"):
        monkeypatch.setattr(kc.ContrastiveModel, "fit", take_one_batch)
    exec(compile(EXAMPLES[page], page, "exec"), {"__name__": "__main__"})


def take_one_batch(self, x, epochs):
    """Stands in for `fit`: that every method trains is tested elsewhere."""
    element = next(iter(x))
    if self.needs_labels:
        element, _ = element
    images = element["images"] if self.needs_index else element
    assert images.shape[1:] == (32, 32, 3) and self.optimizer is not None
    assert self.views is not None
