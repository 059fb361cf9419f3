"""`query`, `preview` and `export` through the real command line, policy and store."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

FILES = {
    "specs/space.yaml": "kind: Space\nname: test\nstore: ../.dataspace\n",
    "specs/policies/people.yaml": """
kind: Role
name: worker
clearance: internal
allow:
  - {on: dataset, actions: [see, preview, export, use], when: member}
  - {on: catalog, actions: [see], when: any}
---
{kind: User, name: ana, role: worker}
---
{kind: User, name: bob, role: worker}
---
{kind: User, name: eve, role: worker}
---
{kind: Network, name: here, cidrs: [127.0.0.0/8], applies_to: everyone}
---
kind: DataPolicy
name: bob-sees-less
datasets: [p/people]
to: user:bob
rows: "site in ('75')"
columns: {name: redact, id: hash, born: year}
""",
    "specs/projects/p/project.yaml": "{kind: Project, name: p, managers: [ana], members: [bob]}\n",
    "specs/projects/p/people.yaml": """
kind: Dataset
name: people
sensitivity: internal
from: {file: ../../data/people.csv}
columns:
  - {name: id, type: string}
  - {name: name, type: string}
  - {name: born, type: date}
  - {name: pay, type: "decimal(10,2)"}
  - {name: site, type: string}
checks:
  - unique: [id]
""",
    "specs/data/people.csv": (
        "id,name,born,pay,site\n"
        '1,"=CANARY(1), ""x""",1980-05-06,10.50,75\n'
        "2,Bo CANARY,1990-01-02,20.00,75\n"
        "3,Cy CANARY,1970-01-01,,13\n"
    ),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """The real command in an applied space."""
    from tests.conftest import Cli

    folder = tmp_path_factory.mktemp("commands")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    cli = Cli(folder)
    cli.ok("apply", "--yes")
    return cli


def test_a_query_answers_as_json_csv_and_table(engine: Any) -> None:
    sql = "select id, born, pay, name from p.people order by id limit 1"
    row = {"id": "1", "born": "1980-05-06", "pay": 10.5, "name": '=CANARY(1), "x"'}
    assert json.loads(engine.ok("query", sql, "--as", "ana", "--format", "json")) == [row]
    text = engine.ok("query", sql, "--as", "ana", "--format", "csv")
    assert list(csv.reader(io.StringIO(text))) == [
        ["id", "born", "pay", "name"],
        ["1", "1980-05-06", "10.50", '=CANARY(1), "x"'],
    ]
    table = engine.ok("query", sql, "--as", "ana")
    assert table.splitlines()[0].split() == ["id", "born", "pay", "name"]


def test_policy_narrows_what_a_query_sees(engine: Any) -> None:
    rows = json.loads(engine.ok("query", "from p.people order by born", "--as", "bob", "--format", "json"))
    assert [(r["name"], r["born"], r["site"]) for r in rows] == [
        ("•••", "1980-01-01", "75"),
        ("•••", "1990-01-01", "75"),
    ]
    assert all(len(r["id"]) == 16 for r in rows)
    none = engine.ok("query", "from p.people where name like '%CANARY%'", "--as", "bob", "--format", "json")
    assert json.loads(none) == []


@pytest.mark.parametrize(
    "words",
    [
        ("query", "select * from p.people", "--as", "eve"),
        ("query", "select * from p.people", "--as", "nobody"),
        ("query", "select * from p.people", "--as", "ana", "--ip", "198.51.100.7"),
        ("query", "select name::integer from p.people", "--as", "ana"),
        ("query", "select note from p.people", "--as", "ana"),
        ("query", "copy p.people to 'x.csv'", "--as", "ana"),
        ("preview", "dataset/p/people", "--as", "eve"),
        ("preview", "dataset/p/people", "--as", "ana", "--ip", "not an address"),
        ("export", "dataset/p/people", "--as", "eve", "--out", "no.csv"),
        ("export", "dataset/p/nothing", "--as", "ana", "--out", "no.csv"),
    ],
)
def test_a_refusal_is_one_line_without_a_value_and_exit_code_1(engine: Any, words: tuple[str, ...]) -> None:
    done = engine(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert "CANARY" not in done.stderr
    assert not (engine.folder / "no.csv").exists()


@pytest.mark.parametrize("sql", ["select 1", "select * from p.people"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as", "anna"), 'error: there is no user anna.\nhint: Did you mean "ana"?\n'),
        (("--as", "ana", "--ip", "nonsense"), 'error: "nonsense" is no internet address.\n'),
        (("--as", "ana", "--ip", "010.0.0.1"), 'error: "010.0.0.1" is no internet address.\n'),
    ],
)
def test_a_caller_who_cannot_be_is_refused_whatever_is_asked(
    sql: str, words: tuple[str, ...], said: str, engine: Any
) -> None:
    done = engine("query", sql, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(said)


def test_forbidden_and_unknown_are_answered_alike(engine: Any) -> None:
    said = [
        engine("query", f"select * from p.{name}", "--as", "eve").stderr.replace(f"p.{name}", "T")
        for name in ("people", "nothing")
    ]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "words", [("query", "select 1"), ("preview", "dataset/p/people"), ("preview", "rubbish/", "--as", "ana")]
)
def test_what_cannot_be_asked_is_a_usage_error(engine: Any, words: tuple[str, ...]) -> None:
    assert engine(*words).returncode == 2


def test_a_preview_is_counted_on_what_the_user_sees(engine: Any) -> None:
    seen = json.loads(engine.ok("preview", "dataset/p/people", "--as", "bob", "--format", "json"))
    assert seen["row_count"] == len(seen["rows"]) == 2
    assert {c["name"]: c["mask"] for c in seen["columns"]}["name"] == "redact"
    assert {c["name"]: (c["min"], c["max"]) for c in seen["columns"]}["pay"] == (10.5, 20)
    assert [(c["name"], c["status"]) for c in seen["checks"]] == [("unique(id)", "passed")]
    assert "CANARY" not in json.dumps(seen)
    assert "unique(id): passed" in engine.ok("preview", "dataset/p/people", "--as", "bob")


def test_an_export_is_the_whole_dataset_as_policy_allows(engine: Any, tmp_path: Path) -> None:
    engine.ok("export", "dataset/p/people", "--as", "ana", "--out", str(tmp_path / "ana.csv"))
    with (tmp_path / "ana.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["name"] for r in rows] == ['=CANARY(1), "x"', "Bo CANARY", "Cy CANARY"]
    assert rows[2]["pay"] == ""
    out = tmp_path / "bob.parquet"
    engine.ok("export", "dataset/p/people", "--as", "bob", "--format", "parquet", "--out", str(out))
    with duckdb.connect() as database:
        assert database.execute(f"select count(*), min(name) from '{out}'").fetchone() == (2, "•••")
