"""What an entry's page says to one who may use its data, may preview it, or may only apply for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, Cli

SPACE = """\
kind: Space
name: test
languages: [en, fr]
---
kind: Network
name: here
cidrs: [127.0.0.0/8]
---
{kind: User, name: sophie, role: platform-manager}
---
{kind: User, name: romain, role: data-worker}
---
{kind: User, name: dora, role: data-worker}
---
{kind: User, name: bill, role: business-analyst}
---
kind: Grant
name: romain-uses-visits
dataset: catalog/visits
to: user:romain
actions: [preview, use]
purpose: Planning
until: 2030-12-31
requested_by: romain
approved_by: sophie
status: approved
---
{kind: Project, name: p}
---
{kind: CatalogEntry, name: visits, dataset: p/visits, access: on-request}
---
{kind: Dataset, project: p, name: visits, sensitivity: restricted, from: {file: visits.csv}}
"""


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """One entry on request, whose data romain was granted."""
    folder = tmp_path_factory.mktemp("applying")
    (folder / "specs/policies").mkdir(parents=True)
    (folder / "specs/space.yaml").write_text(SPACE, encoding="utf-8")
    (folder / "specs/visits.csv").write_text("id\n1\n", encoding="utf-8")
    shutil.copy(REPOSITORY / "specs/policies/roles.yaml", folder / "specs/policies")
    cli = Cli(folder)
    cli.ok("apply", "--yes", "--now", "2026-11-24")
    return cli


def entry_of(space: Cli, reader: str, tmp_path: Path, language: str = "") -> str:
    """The page of the entry as one reader has it."""
    space.ok("render", "--as", reader, "--out", str(tmp_path / reader), "--now", "2026-11-24")
    return (tmp_path / reader / language / "catalog/visits.html").read_text(encoding="utf-8")


def test_all_that_a_grant_gives_is_named(space: Cli, tmp_path: Path) -> None:
    page = entry_of(space, "romain", tmp_path)
    assert "You may: preview, use." in page
    assert "<code>catalog.visits</code>" in page
    assert "engine request" not in page
    lists = (tmp_path / "romain/catalog/index.html").read_text(encoding="utf-8")
    assert "you may: preview, use" in lists
    french = (tmp_path / "romain/fr/catalog/visits.html").read_text(encoding="utf-8")
    assert "Permis : aperçu, utiliser." in french


def test_only_who_may_apply_is_told_how(space: Cli, tmp_path: Path) -> None:
    page = entry_of(space, "dora", tmp_path)
    assert "engine request catalog/visits --as dora" in page
    assert "You may:" not in page
    page = entry_of(space, "bill", tmp_path)
    assert "engine request" not in page
    assert "kind: Grant" not in page
    assert "your role may not apply for access" in page
    refused = space("request", "catalog/visits", "--as", "bill", "--until", "2027-01-01", "--purpose", "x")
    assert "bill may not request catalog/visits" in refused.stderr
