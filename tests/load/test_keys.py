"""No key of a document is accepted and does nothing: code reads it, or it is an error that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.not_yet import WAITING
from tests.conftest import Cli
from tests.load.reads import ROOT, is_read, models

BY_NAME = {
    ("Verb", "*"): "engine/core/lowcode/chain.py",
    ("Theme", "*"): "renderers/html/tokens.py",
    ("Light", "*"): "renderers/html/tokens.py",
    ("Dark", "*"): "renderers/html/tokens.py",
    ("Table", "page_size"): "renderers/html/templates/dashboard/page.html.j2",
    ("Use", "use"): "engine/core/partials.py",
    ("Dataset", "prevent_destroy"): "engine/core/gates.py",
    ("Step", "prevent_destroy"): "engine/core/gates.py",
    ("Format", "delimiter"): "engine/adapters/sources/dialect.py",
    ("Format", "quote"): "engine/adapters/sources/dialect.py",
    ("Format", "decimal"): "engine/adapters/sources/delimited.py",
    ("Format", "thousands"): "engine/adapters/sources/delimited.py",
    ("SourceNote", "href"): "renderers/html/dashboard.py",
    ("SourceNote", "licence"): "renderers/html/dashboard.py",
}
"""Keys that code reads under a name of its own, and where: the file must hold the key's name."""
FOR_PEOPLE = {("Declassify", "reason"), ("SpaceSpec", "version")}
"""Keys that say something to people who read the document, and promise nothing that code would do."""
KEYS = sorted((m.__name__, key) for m in models() for key in m.model_fields)


def waits(model: str, key: str) -> bool:
    """Whether writing the key (or the whole kind) is an error so far."""
    kind = {"SourceSpec": "Source", "SpaceSpec": "Space"}.get(model, model)
    return (kind, key) in WAITING or (kind, "") in WAITING


def test_every_key_is_read_or_refused() -> None:
    assert len(KEYS) > 300
    by_name = {m.__name__: m for m in models()}
    idle = [
        f"{model}.{key}"
        for model, key in KEYS
        if not waits(model, key)
        and (model, key) not in FOR_PEOPLE
        and (model, key) not in BY_NAME
        and (model, "*") not in BY_NAME
        and not is_read(by_name[model], key)
    ]
    assert idle == []


@pytest.mark.parametrize(("key", "file"), BY_NAME.items(), ids=map(".".join, BY_NAME))
def test_what_is_read_by_name_is_read_there(key: tuple[str, str], file: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    every = {"Verb": "getattr(verb, verb.verb)"}.get(key[0], "model")
    assert (every if key[1] == "*" else key[1]) in text


def test_a_key_that_nobody_reads_is_found() -> None:
    """The search itself: what waits is read by nothing but the table of what waits."""
    by_name = {m.__name__: m for m in models()}
    assert not is_read(by_name["SourceSpec"], "secret_env")
    assert not is_read(by_name["SourceSpec"], "options")
    assert not is_read(by_name["Dashboard"], "refresh")
    assert is_read(by_name["Dashboard"], "rows")


SPACE = {
    "space.yaml": "kind: Space\nname: s\ntitle: S\n",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: P\n",
    "projects/p/d.csv": "a\n1\n",
    "projects/p/d.yaml": "kind: Dataset\nname: d\ntitle: D\nfrom: {file: d.csv}\n",
}
SOURCE = "kind: Source\nname: x\ntype: file\npath: ../data\nallow_projects: [p]\n"
WRITTEN = {
    "spark": ("space.yaml", "engines: {default: {kind: spark}}\n", "space.yaml:4:27"),
    "another engine": ("space.yaml", "engines: {big: {kind: duckdb}}\n", "space.yaml:4:16"),
    "an engine's url": ("space.yaml", "engines: {default: {url: 'sc://x'}}\n", "space.yaml:4:26"),
    "proxies": ("space.yaml", "trusted_proxies: [10.0.0.0/8]\n", "space.yaml:4:18"),
    "a secret": ("source.yaml", SOURCE + "secret_env: SECRET\n", "source.yaml:6:13"),
    "options": ("source.yaml", SOURCE + "options: {a: 1}\n", "source.yaml:6:10"),
    "refresh": (
        "projects/p/page.yaml",
        "kind: Dashboard\nname: page\nrefresh: '0 7 * * *'\ndatasets: {d: d}\nrows: [[{text: a}]]\n",
        "page.yaml:3:10",
    ),
    "an assistant": (
        "projects/p/a.yaml",
        "kind: Assistant\nname: a\ntitle: A\n",
        "a.yaml:1:7",
    ),
    "a notebook": ("projects/p/n.yaml", "kind: Notebook\nname: n\ntitle: N\nfile: n.ipynb\n", "n.yaml:1:7"),
    "two at once": ("source.yaml", SOURCE + "secret_env: S\noptions: {a: 1}\n", "source.yaml:7:10"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_does_nothing_yet_is_an_error_at_its_place(tmp_path: Path, name: str) -> None:
    file, text, place = WRITTEN[name]
    for path, content in {**SPACE, "projects/p/n.ipynb": "{}"}.items():
        full = tmp_path / "specs" / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(content + (text if path == file else ""), encoding="utf-8")
    if file not in SPACE:
        (tmp_path / "specs" / file).write_text(text, encoding="utf-8")
    for command in (("validate",), ("apply", "--yes")):
        done = Cli(tmp_path)(*command)
        assert done.returncode == 1, command
        assert f"{place}: error[not-yet-supported]" in done.stderr, done.stderr
    assert not (tmp_path / ".dataspace/site").exists()
