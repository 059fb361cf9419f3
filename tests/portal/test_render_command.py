"""`engine render` writes whole trees, and only over its own."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from engine.adapters.out_folder import MARK, write_tree
from engine.diagnostics import WorldFailure
from tests.conftest import Cli


def test_it_says_what_it_wrote_and_where(applied_demo: Cli, tmp_path: Path) -> None:
    out = tmp_path / "site"
    told = json.loads(applied_demo.ok("render", "--as", "leo", "--out", str(out), "--format", "json"))
    pages = list(out.rglob("*.html"))
    assert told["pages"] == len(pages)
    assert told["files"] == sum(p.is_file() and p.name != MARK for p in out.rglob("*"))
    assert told["index"] == (out / "index.html").as_uri()


def test_the_operators_tree_is_byte_for_byte_what_apply_published(applied_demo: Cli, tmp_path: Path) -> None:
    applied_demo.ok("render", "--out", str(tmp_path / "site"))
    assert _bytes(tmp_path / "site") == _bytes(applied_demo.folder / ".dataspace/site/prod")


def test_the_order_of_keys_is_on_no_page(demo: Cli) -> None:
    """Of two spaces that differ in the order of keys, and so in when they ran, all YAML is the same."""
    demo.ok("apply", "--yes", "--now", "2026-11-24")
    before = _bytes(demo.folder / ".dataspace/site/prod")
    for file in sorted((demo.folder / "specs/projects").rglob("*.yaml")):
        turned = [_turned(document) for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))]
        file.write_text(yaml.safe_dump_all(turned, sort_keys=False, allow_unicode=True), encoding="utf-8")
    demo.ok("plan", "--detailed-exitcode", "--now", "2026-11-24")
    shutil.rmtree(demo.folder / ".dataspace")
    demo.ok("apply", "--yes", "--now", "2026-11-24")
    after = _bytes(demo.folder / ".dataspace/site/prod")
    written = re.compile(rb'<pre class="scroll".*?</pre>', re.DOTALL)
    assert before.keys() == after.keys()
    assert sum(len(written.findall(content)) for content in before.values()) > 10
    for path, content in before.items():
        assert written.findall(content) == written.findall(after[path]), path


def _turned(document: dict[str, object]) -> dict[str, object]:
    return dict(reversed(document.items()))


def _bytes(tree: Path) -> dict[str, bytes]:
    """Path to content of every file but the mark of the engine's own folders."""
    files = (path for path in tree.resolve().rglob("*") if path.is_file() and path.name != MARK)
    return {str(path.relative_to(tree.resolve())): path.read_bytes() for path in files}


def test_it_draws_again_into_its_own_folder_and_leaves_nothing_old(applied_demo: Cli, tmp_path: Path) -> None:
    out = tmp_path / "site"
    applied_demo.ok("render", "--out", str(out))
    assert (out / "admin/index.html").exists()
    applied_demo.ok("render", "--as", "leo", "--out", str(out))
    assert not (out / "admin").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["site"]


def test_it_leaves_a_folder_of_somebody_else_alone(applied_demo: Cli, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    done = applied_demo("render", "--out", str(tmp_path))
    assert done.returncode == 1
    assert "holds files that `engine render` did not write" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_before_the_first_apply_it_says_what_to_do(demo: Cli) -> None:
    done = demo("render")
    assert done.returncode == 1
    assert "run `engine apply` first" in done.stderr


def test_a_tree_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    out = write_tree(tmp_path / "out", {"index.html": b"old"})
    with pytest.raises(WorldFailure, match="cannot write"):
        write_tree(out, {"index.html": b"new", "index.html/below": b"impossible"})
    assert (out / "index.html").read_bytes() == b"old"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(WorldFailure, match="is no folder"):
        write_tree(tmp_path / "link", {"index.html": b""})


def test_an_audience_gets_a_tree_for_each_part_that_may_read_the_same(
    applied_demo: Cli, tmp_path: Path
) -> None:
    out = tmp_path / "site"
    words = ("render", "--audience", "group:shift-hub", "--out", str(out), "--format", "json")
    told = json.loads(applied_demo.ok(*words))
    assert sorted(tree["people"] for tree in told["trees"]) == [["leo"], ["marie"], ["romain"]]
    for tree in told["trees"]:
        folder = out / tree["index"].rpartition("/")[0].rpartition("/")[2]
        whole = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
        assert (b"doctors_by_oa" in whole) == (tree["people"] == ["romain"])
    assert json.loads(applied_demo.ok(*words)) == told


def test_people_who_may_read_the_same_share_a_tree(applied_copy: Cli) -> None:
    people = applied_copy.folder / "specs/policies/people.yaml"
    text = people.read_text(encoding="utf-8")
    more = "\n---\nkind: User\nname: lea\ntitle: Léa\nrole: viewer\n"
    people.write_text(
        text.replace("group:analysts, leo]", "group:analysts, leo, lea]") + more, encoding="utf-8"
    )
    applied_copy.ok("apply", "--yes", "--now", "2026-11-24")
    told = json.loads(applied_copy.ok("render", "--audience", "role:viewer", "--format", "json"))
    assert [tree["people"] for tree in told["trees"]] == [["lea", "leo"]]


def test_as_and_audience_exclude_each_other(applied_demo: Cli) -> None:
    assert applied_demo("render", "--as", "leo", "--audience", "everyone").returncode == 2
