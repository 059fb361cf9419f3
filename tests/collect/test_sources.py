"""Sources that are documents of their own, and fetch functions."""

from __future__ import annotations

import sqlite3

import pytest

from tests.collect.making import Space


def _source(space: Space, text: str) -> None:
    path = space.root / "specs/catalog/sources/has.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"kind: Source\nname: has\nallow_projects: [p]\n{text}")


def test_a_file_source_is_a_folder_of_files(space: Space) -> None:
    _source(space, "type: file\npath: ../../../data\n")
    space.data("f.csv", "a\n1\n")
    node = space.node({"source": "has", "table": "f.csv"})
    assert space.collect(node).rows == ((1,),)
    assert space.collector.stamp(node)
    assert space.refused({"source": "has", "table": "g.csv"}).code == "no-file"
    assert space.refused({"source": "has", "table": "../f.csv"}).code == "bad-source"


def test_a_sqlite_source_is_read_by_table_or_query(space: Space) -> None:
    _source(space, "type: sqlite\npath: ../../../data/f.db\n")
    path = space.data("f.db", b"")
    with sqlite3.connect(path) as con:
        con.executescript(
            "create table t (id integer, code text, x real); insert into t values (1,'01',0.5),(2,null,2);"
        )
    con.close()
    found = space.collect(space.node({"source": "has", "table": "t"}))
    assert found.words == {"id": "integer", "code": "string", "x": "decimal(18,1)"}
    assert [row[:2] for row in found.rows] == [(1, "01"), (2, None)]
    counted = space.node(
        {"source": "has", "query": "select count(*) as n from t"}, [{"name": "n", "type": "integer"}]
    )
    assert space.collect(counted).rows == ((2,),)
    assert space.refused({"source": "has", "table": "tt"}).code == "unknown-table"


@pytest.mark.parametrize(
    "query",
    [
        "delete from t",
        "attach '/etc/passwd' as x",
        "select 1; select 2",
        "select load_extension('x')",
        "nonsense",
    ],
)
def test_a_sqlite_query_does_nothing_but_read(query: str, space: Space) -> None:
    _source(space, "type: sqlite\npath: ../../../data/f.db\n")
    path = space.data("f.db", b"")
    with sqlite3.connect(path) as con:
        con.executescript("create table t (id integer); insert into t values (1);")
    con.close()
    before = path.read_bytes()
    assert space.refused({"source": "has", "query": query}).code == "bad-query"
    assert path.read_bytes() == before


def test_a_source_that_is_unknown_closed_or_not_yet_supported_is_refused(space: Space) -> None:
    assert space.refused({"source": "has", "table": "t"}).code == "unknown-source"
    _source(space, "type: postgres\nurl: postgres://x\n")
    refusal = space.refused({"source": "has", "table": "t"})
    assert (refusal.code, refusal.place) == ("not-yet-supported", ("d.yaml", 4, 11))
    assert "not yet supported by this version" in refusal.first.summary
    _source(space, "type: postgres\n".replace("postgres", "file") + "path: ../../../data\n")
    text = (space.root / "specs/catalog/sources/has.yaml").read_text().replace("[p]", "[other]")
    (space.root / "specs/catalog/sources/has.yaml").write_text(text)
    assert space.refused({"source": "has", "table": "t"}).code == "source-not-allowed"


def test_a_url_source_is_asked_below_its_address_and_by_the_same_rules(space: Space) -> None:
    _source(space, "type: url\nurl: https://has.example/files\n")
    refusal = space.refused({"source": "has", "table": "f.csv"})
    assert (refusal.code, "has.example" in refusal.first.summary) == ("host-not-allowed", True)


def _module(space: Space, text: str) -> None:
    path = space.root / "specs/projects/p/datasets/ingest.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_fetch_function_brings_rows(space: Space) -> None:
    _module(space, "def fetch():\n    return [{'a': 1, 'b': 'x'}, {'a': 2, 'b': None}]\n")
    node = space.node({"python": "ingest.py:fetch"})
    found = space.collect(node)
    assert found.words == {"a": "integer", "b": "string"}
    assert found.rows == ((1, "x"), (2, None))
    assert found.staged.stamp == space.collect(node).staged.stamp
    assert space.collector.stamp(node) == ""


def test_a_fetch_function_brings_the_bytes_of_a_file(space: Space) -> None:
    _module(space, "def fetch():\n    return 'a;b\\n1,5;é\\n'.encode('cp1252')\n")
    found = space.collect(space.node({"python": "ingest.py:fetch"}, [{"name": "b", "type": "string"}]))
    assert found.rows == (("é",),)


def test_a_mistake_in_a_fetch_function_names_its_line(space: Space) -> None:
    _module(space, "def fetch():\n    return 1 / 0\n")
    refusal = space.refused({"python": "ingest.py:fetch"})
    assert (refusal.code, refusal.place) == ("fetch-failed", ("ingest.py", 2, 1))
