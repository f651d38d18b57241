import pytest

from keras_contrastive.visualization._style import subplots

# What a user does; the figures of `_style` stand for those of all functions.
CELLS = [
    "import matplotlib.pyplot as plt\n"
    "from keras_contrastive.visualization._style import subplots",
    "figure, axes = subplots()\nfigure",
    "subplots()[0]\nsubplots()[0]",
    "figure, axes = subplots()\ndisplay(figure)",
    "figure, axes = subplots()\nplt.show()",
]


def test_pyplot_keeps_what_it_shows_in_windows(let_go, monkeypatch):
    figure, _ = subplots()
    assert let_go == [figure]
    canvas = type(figure.canvas)
    monkeypatch.setattr(canvas, "required_interactive_framework", "qt")
    window, _ = subplots()
    assert let_go == [figure]
    let_go.append(window)  # as the fixture wants it


def test_notebook_shows_a_figure_once(monkeypatch):
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    import nbformat

    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    pictures = [
        sum("image/png" in output.get("data", {}) for output in cell.outputs)
        for cell in notebook.cells
    ]
    assert pictures == [0, 1, 1, 1, 0]
