import matplotlib
import matplotlib.pyplot as plt
import pytest

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def let_go(tmp_path):
    """The figures that pyplot is to forget.

    All are among them, leave the global style alone and can be saved.
    """
    before = dict(matplotlib.rcParams)
    closed = []
    # Pyplot forgets none of them until they have been saved.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plt, "close", closed.append)
        yield closed
    figures = [plt.figure(number) for number in plt.get_fignums()]
    plt.close("all")
    for number, figure in enumerate(figures):
        figure.savefig(tmp_path / f"{number}.png")
    assert dict(matplotlib.rcParams) == before
    assert [figure for figure in figures if figure not in closed] == []
