"""Lays out docstrings of the house style as Markdown.

`Args`, `Raises` and `Attributes` are left to mkdocstrings. Examples become
code blocks; any other section becomes a bold heading with its text or list.
"""

import re
import textwrap

import griffe

LEFT_ALONE = ("Args", "Raises", "Attributes")
# Mkdocstrings calls arguments parameters, a transform what it records.
RENAMED = {"Parameters": "Recorded parameters"}
# A heading at the margin, with whatever is indented below it.
SECTION = re.compile(
    r"^(?P<title>[A-Z][a-z]+(?: [a-z]+)?):(?P<first>| .+)$"
    r"(?P<rest>(?:\n(?: +.*)?(?=\n|\Z))*)",
    re.MULTILINE,
)
EXAMPLE = re.compile(r"^>>> .+(?:\n.+)*", re.MULTILINE)
ENTRY = re.compile(r"^([a-z]\w*(?:, [a-z]\w*)*): ", re.MULTILINE)


class HouseStyle(griffe.Extension):
    """Runs over all that mkdocstrings reads."""

    def on_object(self, *, obj, **kwargs):
        if obj.docstring:
            obj.docstring.value = to_markdown(obj.docstring.value)

    def on_package(self, *, pkg, **kwargs):
        """Runs once a package is read."""
        for folder in pkg.modules.values():
            prefer_members(folder)


def prefer_members(folder):
    """The name of a file and of what it holds means the latter, as in Python.

    Otherwise its helpers would stand on the page as well.
    """
    for name, file in list(folder.modules.items()):
        if name in file.members and name in (folder.exports or ()):
            held = file.members.pop(name)
            held.parent = folder
            # The file stays, for what else it holds, under a name of its own.
            folder.members.update({name: held, f"{name}.py": file})


def to_markdown(docstring):
    docstring = SECTION.sub(section_to_markdown, docstring)
    return EXAMPLE.sub(r"```pycon\n\g<0>\n```", docstring)


def section_to_markdown(section):
    title, first = section["title"], section["first"].strip()
    if title in LEFT_ALONE:
        return section[0]
    text = textwrap.dedent(section["rest"]).strip()
    heading = f"**{RENAMED.get(title, title)}:** {first}".rstrip()
    if not first and ENTRY.match(text):
        return f"{heading}\n\n{entries_to_list(text)}\n"
    # Nothing follows the heading of an example, which stands at the margin.
    return f"{heading}\n{text}\n"


def entries_to_list(text):
    text = textwrap.indent(text, "  ")
    return re.sub(r"^  (\S[^:\n]*): ", as_item, text, flags=re.MULTILINE)


def as_item(entry):
    names = ", ".join(f"`{name}`" for name in entry[1].split(", "))
    return f"- {names}: "
