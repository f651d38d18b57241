"""Writes into the Markdown what is generated: tables, figures, links.

python docs/build_site/generated.py

A page has `<!-- name -->` where that begins and `<!-- end -->` where it ends,
so that it is complete wherever it is read. `tests/test_docs.py` fails where a
page is not up to date.
"""

import argparse
import pathlib
import re

import address
import claims
import conformance
import equimod
import feature_transformation
import first_results
import method_pages
import methods
import plots
import processors
import recipes
import scaling
import throughput
import unified_view

import tutorials

COMMAND = "make pages"
ROOT = pathlib.Path(__file__).parents[2]
DOCS = ROOT / "docs"
# Each has `TEXTS`: names, and functions that return what stands there.
SOURCES = (
    address,
    claims,
    conformance,
    equimod,
    feature_transformation,
    methods,
    processors,
    first_results,
    recipes,
    scaling,
    throughput,
    tutorials,
    unified_view,
)
TEXTS = {name: make for x in SOURCES for name, make in x.TEXTS.items()}
MARKER = re.compile(r"<!-- ([\w:' -]+?) -->\n")
END = "<!-- end -->"


def fresh_files():
    """Paths, and what they should hold."""
    pages = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    files = {page: filled(page.read_text("utf-8"), page) for page in pages}
    drawn = method_pages.figures() | plots.figures(DOCS / "figures" / "results")
    return files | drawn


def filled(text, page):
    """The page with everything in it made anew."""
    texts = TEXTS
    if page.parent == DOCS / "methods":
        texts = TEXTS | method_pages.texts(page.stem)
    parts, rest = [], text
    while found := MARKER.search(rest):
        before, rest = rest[: found.end()], rest[found.end() :]
        parts.append(before)
        if found[1] not in texts:
            continue
        _, end, rest = rest.partition(END)
        if not end:
            raise ValueError(f"{page}: `{found[0].strip()}` has no `{END}`")
        parts.append(f"\n{texts[found[1]]().strip()}\n\n{END}")
    return "".join([*parts, rest])


def main():
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    ).parse_args()
    for path, text in fresh_files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
