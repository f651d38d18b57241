"""Links of the pages lead somewhere, also where a host shows the files."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parent.parent
FRONT = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = [*(ROOT / name for name in FRONT), *sorted(ROOT.glob("docs/**/*.md"))]
FENCED = re.compile(r"^ *(```+|~~~+).*?^ *\1 *$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(<?([^)\s>]+)|(?:href|src)=\"([^\"]+)\"")
# mkdocstrings makes the anchors of public names.
OF_A_NAME = "keras_contrastive"


def broken(path):
    """Relative links of a page whose file or heading does not exist."""
    text = re.sub(r"`[^`\n]*`", "", FENCED.sub("", path.read_text("utf-8")))
    links = ["".join(found) for found in LINK.findall(text)]
    return [link for link in links if not leads_somewhere(link, path)]


def leads_somewhere(link, page):
    if re.match(r"[a-z]+:", link):
        return True  # another site
    file, _, anchor = link.partition("#")
    target = (page.parent / file).resolve() if file else page
    if not (target.is_relative_to(ROOT) and target.exists()):
        return False
    if not anchor or anchor.startswith(OF_A_NAME):
        return True
    return target.suffix != ".md" or anchor in slugs(target)


def slugs(path):
    """Anchors of the headings of a page, as GitHub makes them."""
    found = []
    text = FENCED.sub("", path.read_text("utf-8"))
    for heading in re.findall(r"^#{1,6} +(.+?)(?: +#+)?$", text, re.MULTILINE):
        shown = re.sub(r"!?\[(.*?)\]\(.*?\)", r"\1", heading).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")
        before = found.count(slug)
        found += [slug] + ([f"{slug}-{before}"] if before else [])
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_of_a_page(path):
    assert broken(path) == []


def test_what_leads_nowhere_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    (tmp_path / "other.md").write_text(
        "# A `kc.b`, *c*: d_e\n## Twice\n## Twice\n```\n# no heading\n```\n"
    )
    page = tmp_path / "page.md"
    right = (
        "https://a.b/c#d",
        "other.md",
        "other.md#a-kcb-c-d_e",
        "other.md#twice-1",
        "other.md#keras_contrastive.methods.SimCLR",
        "#here",
    )
    wrong = ("no.md", "other.md#no-heading", "other.md#twice-2", "#there", "/")
    links = "\n".join(f"[a]({link})" for link in right + wrong)
    page.write_text(f"## Here\n\n{links}\n```\n[a](no-link.md)\n```\n")
    assert broken(page) == list(wrong)
