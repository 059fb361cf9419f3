"""What is remembered between runs: nothing is computed twice, and nothing stale is ever used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.core.compiled_json import compiled_from_json, compiled_to_json
from engine.core.compiling.memory import Memory
from engine.core.fingerprint import identities
from tests.compile.spaces import USERS, Folder

FLOW = """
    inputs: {raw: raw}
    steps:
      - output: x
        sql: select id, age * 2 as a from raw
      - output: y
        from: x
        lowcode: [{filter: "a > 1"}]
"""


def test_a_second_run_parses_and_binds_nothing(folder: Folder) -> None:
    folder.flow(FLOW)
    first = folder.check()
    code = (
        "import sys; from pathlib import Path\n"
        "from engine.usecases.validate import validate\n"
        "from engine.wiring import Workspace\n"
        f"found = validate(Workspace(Path({str(folder.root / 'specs')!r})))\n"
        "assert 'duckdb' not in sys.modules and 'ibis' not in sys.modules\n"
        "print(sorted((str(a), d.logic, d.query) for a, d in found.compiled.items()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    known = sorted((str(a), d.logic, d.query) for a, d in first.compiled.items())
    assert done.stdout.strip() == str(known)


def test_a_remembered_answer_is_the_one_that_was_computed(folder: Folder) -> None:
    folder.flow(FLOW)
    assert folder.check().compiled == folder.check().compiled


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("specs/projects/p/datasets/raw.yaml", "{name: age, type: integer}", "{name: age, type: float}"),
        ("specs/projects/p/dataflows/flow.yaml", "age * 2", "age * 3"),
        ("specs/projects/p/dataflows/flow.yaml", "a > 1", "a > 2"),
    ],
)
def test_whatever_an_answer_depends_on_makes_it_another(
    folder: Folder, path: str, old: str, new: str
) -> None:
    folder.flow(FLOW)
    before = folder.sound()
    text = (folder.root / path).read_text()
    assert old in text
    folder.write(path, text.replace(old, new))
    after = folder.sound()
    assert [d.logic for d in before.values()] != [d.logic for d in after.values()]


def test_a_changed_module_is_read_again(folder: Folder) -> None:
    module = "specs/projects/p/dataflows/flows/x.py"
    folder.write(module, "def transform(raw):\n    return raw.select('id')\n")
    folder.flow("inputs: {raw: raw}\nsteps:\n  - output: x\n    python: flows/x.py:transform\n")
    assert [c.name for c in folder.sound()["x"].columns] == ["id"]
    folder.write(module, "def transform(raw):\n    return raw.select('age')\n")
    assert [c.name for c in folder.sound()["x"].columns] == ["age"]


def test_inferred_columns_follow_the_content_of_the_file(folder: Folder) -> None:
    folder.write("specs/projects/p/datasets/raw.yaml", USERS.split("    columns:")[0])
    before = folder.sound()["raw"]
    folder.write("specs/data/raw.csv", "id,new\n1,2.5\n")
    after = folder.sound()["raw"]
    assert [c.name for c in before.columns] == ["id", "email", "username", "age", "born"]
    assert [c.name for c in after.columns] == ["id", "new"]


def test_a_mistake_moves_with_its_line_on_the_second_run(folder: Folder) -> None:
    folder.flow(FLOW.replace("age * 2", "agee * 2"))
    (before,) = folder.mistakes()
    folder.flow(
        "title: Moves everything down\n" + FLOW.replace("age * 2", "agee * 2").replace("\n    ", "\n")
    )
    (after,) = folder.mistakes()
    assert ":6:21:" in before
    assert ":8:21:" in after


class Shelf:
    """A store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def put(self, key: str, value: bytes) -> None:
        self.kept[key] = value


def test_keys_differ_in_every_fact() -> None:
    memory = Memory(Shelf())
    keys = {memory.key("a"), memory.key("b"), memory.key("a", None), memory.key(["a"]), memory.key("a", "b")}
    assert len(keys) == 5
    memory.keep("k", "é")
    assert memory.recall("k") == "é".encode()
    assert memory.recall("l") is None


def test_compiled_datasets_are_the_same_after_being_kept_as_json(folder: Folder) -> None:
    folder.flow(
        """
        inputs: {raw: raw}
        steps:
          - {output: z, sql: select id from raw}
          - {output: a, sql: select id from raw where id > 1}
          - {output: both, sql: select z.id from z except select a.id from a}
        """
    )
    compiled = folder.check().compiled
    again = compiled_from_json(compiled_to_json(compiled))
    assert again == compiled
    assert identities(again, {}) == identities(compiled, {})
