"""Python steps: functions over Ibis tables become SQL in a child; mistakes carry the author's line."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from engine.adapters.child_confine import landlock_version
from engine.adapters.python_steps import ChildPythonSteps, PythonStep, SqlOrMistake
from engine.core.binding import Binder
from engine.core.state import VersionColumn
from engine.ports import PythonTable

COLUMNS = (
    ("num_rpps", "string"), ("oa", "string"), ("n", "integer"), ("price", "decimal(10,2)"), ("day", "date"),
    ("at", "timestamp"), ("z", "timestamptz"), ("x", "float"), ("ok", "boolean"), ("id", "uuid"),
    ("doc", "json"), ("raw", "binary"), ("l", "list<integer>"),
    ("s", 'struct<a: integer, "b c": list<string>>'),
)  # fmt: skip
DOCTORS = PythonTable("doctors", COLUMNS)


def answer(folder: Path, body: str, *tables: PythonTable, function: str = "transform") -> SqlOrMistake:
    (folder / "step.py").write_text(textwrap.dedent(body).strip("\n") + "\n", encoding="utf-8")
    return ChildPythonSteps(folder).to_sql(folder / "step.py", function, tables or (DOCTORS,))


def typed(sql: SqlOrMistake, *tables: PythonTable) -> str:
    assert isinstance(sql, str), sql
    schemas = {t.name: tuple(VersionColumn(*c) for c in t.columns) for t in tables or (DOCTORS,)}
    with Binder() as binder:
        return ", ".join(f"{c.name} {c.type}" for c in binder.columns(sql, schemas))


def test_a_function_over_a_table_becomes_sql_that_binds(tmp_path: Path) -> None:
    sql = answer(
        tmp_path,
        """
        import ibis

        def transform(doctors: ibis.Table) -> ibis.Table:
            return doctors.group_by("oa").aggregate(doctors=doctors.num_rpps.nunique(), rows=doctors.count())
        """,
    )
    assert typed(sql) == "oa string, doctors integer, rows integer"


def test_every_type_word_arrives_as_ibis_knows_it_and_comes_back(tmp_path: Path) -> None:
    sql = answer(tmp_path, "def transform(doctors):\n    return doctors.filter(doctors.ok)\n")
    assert typed(sql) == ", ".join(" ".join(c) for c in COLUMNS)


def test_an_author_who_goes_through_a_set_gets_the_same_sql_every_time(tmp_path: Path) -> None:
    names = ", ".join(repr(name) for name, _ in COLUMNS)
    body = f"""
    def transform(doctors):
        return doctors.select(*{{{names}}})
    """
    assert len({answer(tmp_path, body) for _ in range(3)}) == 1


def test_the_same_step_gives_the_same_sql_in_every_child(tmp_path: Path) -> None:
    body = """
    def transform(doctors, others):
        both = doctors.join(others, "oa", how="left").order_by("oa")
        return both.mutate(k=both.n + 1).select("oa", "k", "label").distinct()
    """
    tables = (DOCTORS, PythonTable("others", (("oa", "string"), ("label", "string"))))
    first = answer(tmp_path, body, *tables)
    assert typed(first, *tables) == "oa string, k integer, label string"
    assert answer(tmp_path, body, *tables) == first


@pytest.mark.parametrize(
    ("body", "line", "part"),
    [
        ("import ibis\n\ndef transform(doctors)\n    return doctors", 3, "not Python: expected ':'"),
        (
            "def transform(doctors):\n    x = 1\n    return doctors.select('oaa')",
            3,
            'no column "oaa" here. Did you mean "oa"?',
        ),
        (
            "def transform(doctors):\n    return help_(doctors)\n\ndef help_(t):\n    return t.oaa",
            5,
            'no column "oaa" here. Did you mean "oa"?',
        ),
        (
            "def transform(doctors):\n    return doctors.filter(doctors.oa + 1)",
            2,
            "does not take values of these",
        ),
        ("x = 1\n\ndef transform(doctor):\n    return doctor", 3, 'Did you mean "doctors"?'),
        ("def transform(**tables):\n    return tables['doctors']", 1, "Name each table"),
        (
            "def transfrom(doctors):\n    return doctors",
            1,
            'no function "transform" in this module. Did you mean',
        ),
        ("def transform(doctors):\n    doctors.filter(doctors.ok)", 1, "returns nothing"),
        ("def transform(doctors):\n    return doctors.oa", 1, "returns a column"),
        ("def transform(doctors):\n    return 'select 1'", 1, "returns str"),
        ("import ibis\ndef transform(doctors):\n    return ibis.memtable([{'a': 1}])", 2, "rows of its own"),
        ("import no_such_thing\ndef transform(doctors):\n    return doctors", 1, "no_such_thing"),
        ("def transform(doctors):\n    raise SystemExit(0)", 2, "ends the process"),
        ("1 / 0", 1, "ZeroDivisionError"),
        ("def transform(doctors):\n    return transform(doctors)", 2, "RecursionError"),
        ("import os\ndef transform(doctors):\n    os._exit(0)", 1, "ends its process"),
        ("def transform(doctors):\n    x = bytearray(1 << 40)\n    return doctors", 2, "memory"),
    ],
)
def test_a_mistake_is_told_with_the_authors_line(tmp_path: Path, body: str, line: int, part: str) -> None:
    found = answer(tmp_path, body)
    assert isinstance(found, tuple), found
    assert found[0] == line
    assert part in found[1]
    assert "\n" not in found[1]


@pytest.mark.parametrize(
    ("attempt", "part"),
    [
        ("import socket; socket.create_connection(('127.0.0.1', 1))", "network"),
        ("import urllib.request as u; u.urlopen('http://127.0.0.1:1/')", "network"),
        ("open('/tmp/written-by-a-step', 'w')", "write"),
        ("import os; os.open('/tmp/written-by-a-step', os.O_CREAT | os.O_WRONLY)", "write"),
        ("open(SECRET).read()", "read"),
        ("import os; os.listdir(FOLDER)", "read"),
        ("import os; os.system('true')", "os.system"),
        ("import subprocess; subprocess.run(['true'])", "subprocess"),
        ("import os; os.fork()", "os.fork"),
        ("import os; os.remove(SECRET)", "os.remove"),
        ("import ctypes; ctypes.CDLL(None).getpid()", "ctypes"),
        ('import duckdb; duckdb.sql("select * from read_text(\'" + SECRET + "\')").fetchall()', ""),
        ('import duckdb; duckdb.sql("copy (select 1) to \'" + SECRET + "\'")', ""),
        ("import pyarrow as pa; pa.OSFile(SECRET).read()", ""),
    ],
)
def test_a_step_reaches_no_file_no_network_and_no_other_program(
    tmp_path: Path, attempt: str, part: str
) -> None:
    if not part and landlock_version() < 1:
        pytest.skip("this kernel has no Landlock: native libraries are not kept from files")
    secret = tmp_path / "secret.csv"
    secret.write_text("a secret")
    head = f"SECRET, FOLDER = {str(secret)!r}, {str(tmp_path)!r}\n\n"
    found = answer(tmp_path, f"{head}def transform(doctors):\n    {attempt}\n    return doctors\n")
    assert isinstance(found, tuple), found
    assert found[0] == 4
    assert part in found[1]
    assert secret.read_text() == "a secret"
    assert not Path("/tmp/written-by-a-step").exists()


def test_a_step_sees_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_PASSWORD", "hunter2")
    found = answer(tmp_path, "import os\ndef transform(doctors):\n    raise ValueError(sorted(os.environ))")
    assert isinstance(found, tuple)
    assert "PATH" in found[1]
    assert "STORE_PASSWORD" not in found[1]


def test_many_steps_are_answered_in_order_and_one_crash_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("def transform(doctors):\n    return doctors.select('oa')\n")
    (tmp_path / "crash.py").write_text("import os\ndef transform(doctors):\n    os._exit(1)\n")
    steps = [
        PythonStep(tmp_path / name, "transform", (DOCTORS,))
        for name in ("good.py", "crash.py", "none.py", "good.py")
    ]
    good, crashed, missing, again = ChildPythonSteps(tmp_path).to_sql_many(steps)
    assert typed(good) == "oa string"
    assert again == good
    assert crashed == (1, "The step ends its process.")
    assert missing == (1, f"There is no file {tmp_path}/none.py.")


def test_a_module_outside_the_space_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "space").mkdir()
    (tmp_path / "step.py").write_text("def transform(doctors):\n    return doctors\n")
    steps = ChildPythonSteps(tmp_path / "space")
    for module in (tmp_path / "space" / ".." / "step.py", tmp_path / "step.py", Path("step.py")):
        found = steps.to_sql(module, "transform", (DOCTORS,))
        assert isinstance(found, tuple)
        assert "outside" in found[1]
