"""Parts of a page that needs nothing but itself: no script, no request."""

import base64
import html
import pathlib
from collections.abc import Iterable, Mapping, Sequence

STYLE = """
:root {
  color-scheme: light dark;
  --ink: #1c2330; --soft: #5b6575; --line: #dfe3ea; --page: #ffffff;
  --card: #f5f7fa; --accent: #3057c9; --alarm: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ef; --soft: #a3adbd; --line: #333b49; --page: #14181f;
    --card: #1e242e; --accent: #8fb0ff; --alarm: #ff8a80;
  }
}
* { box-sizing: border-box; }
body {
  background: var(--page); color: var(--ink); margin: 0 auto;
  max-width: 62rem; padding: 1.5rem 1rem 4rem;
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 {
  border-top: 1px solid var(--line); font-size: 1.25rem;
  margin: 2.5rem 0 .75rem; padding-top: 1.5rem;
}
p { margin: .5rem 0; }
.lead { color: var(--soft); font-size: 1.05rem; }
.tiles {
  display: grid; gap: .75rem; margin: 1.5rem 0;
  grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr));
}
.tile { background: var(--card); border-radius: .6rem; padding: .8rem 1rem; }
.tile b { display: block; font-size: 1.5rem; line-height: 1.3; }
.tile span { color: var(--soft); font-size: .9rem; }
table { border-collapse: collapse; width: 100%; }
th, td {
  border-bottom: 1px solid var(--line); padding: .45rem .75rem .45rem 0;
  text-align: left; vertical-align: top;
}
th { color: var(--soft); font-weight: 500; min-width: 6rem; }
figure { margin: 1rem 0; }
.wide {
  background: #fff; border-radius: .6rem; overflow-x: auto; padding: .6rem;
}
.wide img {
  display: block; margin: 0 auto; max-height: 32rem; max-width: 100%;
}
.wide img.grid { max-height: none; min-width: 30rem; }
figcaption { color: var(--soft); font-size: .9rem; margin-top: .4rem; }
pre {
  background: var(--card); border-radius: .6rem; font-size: .85rem;
  line-height: 1.45; overflow-x: auto; overflow-wrap: normal; padding: 1rem;
}
code { font-family: ui-monospace, monospace; }
.alarm { color: var(--alarm); font-weight: 600; }
@media (max-width: 30rem) {
  th, td { display: block; padding: .1rem 0; }
  th { border: 0; padding-top: .5rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
}
"""


def page(title: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def heading(text: str, level: int = 2) -> str:
    return f"<h{level}>{html.escape(text)}</h{level}>"


def paragraph(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{html.escape(text)}</p>'


def tiles(values: Mapping[str, str]) -> str:
    """Large values, each over its name."""
    inner = "".join(
        f'<div class="tile"><b>{html.escape(value)}</b>'
        f"<span>{html.escape(name)}</span></div>"
        for name, value in values.items()
    )
    return f'<div class="tiles">{inner}</div>'


def table(rows: Mapping[str, str]) -> str:
    inner = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>"
        for name, text in rows.items()
    )
    return f"<table>{inner}</table>"


def bullets(texts: Sequence[str], kind: str = "") -> str:
    inner = "".join(f"<li>{html.escape(text)}</li>" for text in texts)
    return f'<ul class="{kind}">{inner}</ul>'


def picture(path: pathlib.Path, caption: str, kind: str = "") -> str:
    """A figure; one of kind `"grid"` a narrow window scrolls on its own."""
    data = base64.b64encode(path.read_bytes()).decode()
    alt = html.escape(caption)
    return (
        f'<figure><div class="wide"><img class="{kind}" alt="{alt}" '
        f'src="data:image/png;base64,{data}"></div>'
        f"<figcaption>{alt}</figcaption></figure>"
    )


def code(text: str) -> str:
    return f"<pre><code>{html.escape(text)}</code></pre>"
