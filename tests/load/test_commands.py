"""`engine validate` and `engine schema` as people and scripts meet them."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from engine.core.document import SourceFile
from engine.core.json_schemas import any_schema, schemas
from engine.core.yaml_reader import read_trees
from tests.conftest import Cli, WriteSpace
from tests.load.spaces import BASE


def sound() -> dict[str, str]:
    return {
        **{f"specs/{path}": dedent(text) for path, text in BASE.items()},
        "data/doctors.csv": "id,oa\n1,AFU\n",
    }


def test_sound_specs_are_said_to_be_valid(write_space: WriteSpace) -> None:
    done = write_space(sound())("validate")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("specs are valid: 10 documents, 3 datasets.")
    assert done.stderr == ""


def test_json_of_sound_specs_is_an_empty_list(write_space: WriteSpace) -> None:
    assert json.loads(write_space(sound()).ok("validate", "--format", "json")) == []


MISTAKES = {
    "specs/projects/p/shape.yaml": (
        "{kind: Dataset, name: shape, titel: x, from: {file: ../../../data/doctors.csv}}\n"
    ),
    "specs/projects/p/reference.yaml": (
        "{kind: Dashboard, name: r, datasets: {a: by_ao}, rows: [[{text: t}]]}\n"
    ),
    "specs/projects/p/binding.yaml": (
        "kind: Dataflow\nname: b\ninputs: {d: doctors}\nsteps:\n  - output: o\n    sql: |\n"
        "      select id,\n             oaa\n      from d\n"
    ),
    "specs/bad.yaml": "a: [\n",
}


def test_every_mistake_of_every_sort_is_told_at_once_at_its_place(write_space: WriteSpace) -> None:
    done = write_space({**sound(), **MISTAKES})("validate", "--format", "json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert [set(d) for d in found] == [
        {"severity", "code", "file", "line", "column", "summary", "detail"}
    ] * len(found)  # fmt: skip
    places = {(d["file"], d["line"], d["column"]) for d in found}
    assert len(found) == 4
    assert ("specs/bad.yaml", 2, 1) in places
    assert ("specs/projects/p/binding.yaml", 8, 14) in places
    assert ("specs/projects/p/reference.yaml", 1, 42) in places
    assert ("specs/projects/p/shape.yaml", 1, 30) in places


def test_people_get_lines_on_stderr_and_a_count(write_space: WriteSpace) -> None:
    done = write_space({**sound(), **MISTAKES})("validate")
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[-1] == "4 errors, 0 warnings"
    assert lines[0].startswith("specs/bad.yaml:2:1: error[yaml-syntax]: ")


def test_mistakes_in_the_space_document_do_not_hide_the_others(write_space: WriteSpace) -> None:
    done = write_space(
        {**sound(), "specs/space.yaml": "{kind: Space, name: a b}", "specs/bad.yaml": "a: [\n"}
    )("validate", "--format", "json")
    assert done.returncode == 1
    assert {d["file"] for d in json.loads(done.stdout)} == {"specs/bad.yaml", "specs/space.yaml"}


def test_an_empty_folder_lacks_a_space_document(cli: Cli) -> None:
    (cli.folder / "specs").mkdir()
    done = cli("validate", "--format", "json")
    assert done.returncode == 1
    assert [d["code"] for d in json.loads(done.stdout)] == ["no-space"]


def test_no_folder_is_a_failure_in_one_line(cli: Cli) -> None:
    done = cli("validate")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "error: there is no folder specs."


def test_the_schemas_that_are_checked_in_are_those_of_the_models(repository: Path) -> None:
    kept = {path.name: json.loads(path.read_text()) for path in (repository / "docs/schemas").iterdir()}
    made = {f"{kind}.schema.json": schema for kind, schema in schemas().items()}
    assert kept == {**made, "any.schema.json": any_schema()}, "run `engine schema --out docs/schemas`"


def test_a_schema_is_printed_or_written(cli: Cli) -> None:
    printed = json.loads(cli.ok("schema", "Group"))
    assert printed["title"] == "Group"
    assert json.loads(cli.ok("schema")) == any_schema()
    cli.ok("schema", "--out", "made")
    assert len(list((cli.folder / "made").iterdir())) == len(schemas()) + 1
    wrong = cli("schema", "Groop")
    assert wrong.returncode == 1
    assert 'Did you mean "Group"?' in wrong.stderr


def closed(schema: Any) -> bool:
    return bool(schema.get("additionalProperties") is False and "kind" in schema["properties"])


@pytest.mark.parametrize("kind", sorted(schemas()))
def test_a_schema_knows_every_key_of_its_kind_and_no_other(kind: str) -> None:
    schema = schemas()[kind]
    assert closed(schema)
    assert schema["properties"]["kind"]["const"] == kind
    assert {"name", "kind"} <= set(schema["required"])


def test_the_examples_use_keys_that_the_schemas_know() -> None:
    for path, text in BASE.items():
        for tree in read_trees(SourceFile(path, dedent(text).encode()))[0]:
            known = schemas()[tree.data["kind"]]["properties"]
            assert set(tree.data) <= set(known)
