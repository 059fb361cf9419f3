"""Where data files may be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from engine.adapters.sources.collector import OriginCollector
from engine.model.space import CollectSettings
from tests.collect.making import Space


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../../../../data/g.csv", "no-file"),
        ("../../../../data", "no-file"),
        ("../../../../out/link.csv", "outside-root"),
        ("../../../../data/link.csv", "outside-root"),
        ("../../../../linked/f.csv", "outside-root"),
        ("../../../../.hidden/f.csv", "hidden-path"),
        ("../../../../store/versions/f.csv", "hidden-path"),
        ("../../../../data/to_store.csv", "hidden-path"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused_where_it_is_written(
    path: str, code: str, tmp_path: Path
) -> None:
    space = Space(tmp_path / "space")
    space.data("f.csv", "a\n1\n")
    for folder in (tmp_path / "outside", space.root / ".hidden", space.root / "store/versions"):
        folder.mkdir(parents=True)
        (folder / "f.csv").write_text("a\n1\n")
    (space.root / "store/state.db").touch()
    (space.root / "data/link.csv").symlink_to(tmp_path / "outside/f.csv")
    (space.root / "data/to_store.csv").symlink_to(space.root / "store/versions/f.csv")
    (space.root / "linked").symlink_to(tmp_path / "outside")
    (space.root / "out").symlink_to(tmp_path)
    refusal = space.refused({"file": path})
    assert (refusal.code, refusal.place) == (code, ("d.yaml", 4, 9))


def test_a_link_inside_the_space_is_followed(space: Space) -> None:
    (space.root / "data").mkdir()
    (space.root / "data/link.csv").symlink_to(space.data("f.csv", "a\n1\n"))
    assert space.read("link.csv").rows == ((1,),)


def test_a_missing_file_gets_a_suggestion(space: Space) -> None:
    space.data("medecins.csv", "a\n1\n")
    assert space.refused("medecin.csv").first.detail == 'Did you mean "medecins.csv"?'


def test_messages_name_files_from_the_working_folder(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    space.data("f.csv", "a\nx\n")
    monkeypatch.chdir(space.root)
    relative = Space(Path())
    refusal = relative.refused("f.csv", [{"name": "a", "type": "integer"}])
    assert str(refusal.first.span) == "data/f.csv:2:1"


def test_the_stamp_is_the_hash_of_the_content_alone(space: Space) -> None:
    space.data("f.csv", "a\n1\n")
    first = space.collector.stamp(space.node("f.csv"))
    space.data("other.csv", "a\n1\n")
    assert space.collector.stamp(space.node("other.csv")) == first
    assert space.read("f.csv").staged.stamp == first
    collector = OriginCollector(space.root / "specs")
    assert collector.stamp(space.node("f.csv")) == first
    space.data("f.csv", "a\n2\n")
    assert collector.stamp(space.node("f.csv")) != first


def test_inspecting_declared_columns_reads_no_more_than_the_head(space: Space) -> None:
    space.data("f.csv", "a,b\n" + "1,2\n" * 50_000 + "x\n")
    node = space.node("f.csv", [{"name": "b", "type": "int64"}])
    inspected = space.collector.inspect(node)
    assert [(c.name, c.type) for c in inspected.columns] == [("b", "integer")]
    assert inspected.stamp == space.collector.stamp(node)
    assert space.refusal(node).first.span.line == 50_002


@pytest.mark.parametrize("name", ["broken.csv.gz", "cut.csv.gz"])
def test_a_broken_gzip_file_is_refused(name: str, space: Space) -> None:
    packed = gzip.compress(b"a\n" + b"1\n" * 10_000)
    space.data("broken.csv.gz", packed[:20] + b"\0\0\0\0" + packed[24:])
    space.data("cut.csv.gz", packed[:-20])
    assert space.refused(name).code == "bad-gzip"


def test_an_unpacked_file_is_no_larger_than_the_space_allows(space: Space) -> None:
    space.data("f.csv.gz", gzip.compress(b"a\n" + b"1\n" * 10_000))
    assert space.read("f.csv.gz").staged.rows == 10_000
    space.settings = CollectSettings(max_bytes=10_000)
    assert space.refused("f.csv.gz").code == "too-big"
