"""The look of all figures: large type, few lines, safe colors."""

TITLE, TEXT = 18, 14  # points: legible when a slide shows half the size
SMALL = 9  # points: notes for whoever looks closely
INK, FAINT = "#333333", "#bbbbbb"

# Ten colors that stay apart for the color-blind: Petroff, 2021,
# https://arxiv.org/abs/2107.02270. Marker shapes tell repeats apart.
COLORS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#832db6",
    "#94a4a2",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
MARKERS = ("o", "^", "s", "P", "X")
DPI = 150


def tidy(axes, title=None):
    """Removes what carries no data, and makes the text large."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(labelsize=TEXT, color=FAINT, labelcolor=INK)
    axes.xaxis.label.set(fontsize=TEXT, color=INK)
    axes.yaxis.label.set(fontsize=TEXT, color=INK)
    if title:
        axes.set_title(title, fontsize=TITLE, color=INK, loc="left", pad=12)
