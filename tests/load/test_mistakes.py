"""Every mistake in `mistakes/` is found on the very line that says so, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.load.spaces import resolved, with_base

FOLDER = Path(__file__).with_name("mistakes")
MARK = re.compile(r"# error: ([\w, -]+)$")
STUDIO = "{kind: Project, name: studio-romain, personal: true, owner: romain}\n"

Marked = list[tuple[int, str]]


def marked(text: str) -> Marked:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        mark = MARK.search(line)
        if mark:
            found += [(number, code.strip()) for code in mark[1].split(",")]
    return sorted(found)


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_each_mistake_is_told_once_at_its_line(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    if name == "studio_contents.yaml":
        place, more = f"projects/studio-romain/{name}", {"projects/studio-romain/project.yaml": STUDIO}
    else:
        place, more = f"projects/p/{name}", {}
    _, diagnostics = resolved(with_base({place: text, **more}))
    found = sorted((d.span.line, d.code) for d in diagnostics if d.span.file == f"specs/{place}")
    assert found == marked(text)
    assert [str(d) for d in diagnostics if d.span.file != f"specs/{place}"] == []


def test_every_code_is_shown_by_an_example() -> None:
    """So that a reader of the fixtures sees all that can go wrong, and no check goes untested."""
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for pattern in ("load*.py", "resolve*.py", "named_paths.py", "shape_words.py")
        for path in (Path(__file__).parents[2] / "engine" / "core").glob(pattern)
    )
    codes = set(re.findall(r'(?:error|names\.add|self\.add)\(\s*"([a-z-]+)"', source))
    shown = {code for path in FOLDER.iterdir() for _, code in marked(path.read_text(encoding="utf-8"))}
    # These are about the space as a whole, or about other files, and tested where those are.
    assert codes - shown <= {"more-mistakes", "no-space", "space", "missing-file", "partial", "contrast"}
