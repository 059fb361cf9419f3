"""Hostile YAML is refused by the real command line, with the reason, in little time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.core.document import SourceFile
from engine.core.yaml_reader import MAX_BYTES, read_trees

CODES = {
    "billion_laughs_9x9.yaml": "yaml-alias-bomb",
    "deep_flow_10000.yaml": "yaml-depth",
    "dup_keys_dataflow.yaml": "yaml-duplicate-key",
    "merge_key_bomb.yaml": "yaml-alias-bomb",
    "non_string_keys.yaml": "yaml-key",
    "norway_and_implicit_types.yaml": "no-kind",
    "python_tag_rce.yaml": "yaml-tag",
    "quadratic_blowup.yaml": "yaml-alias-bomb",
    "self_reference.yaml": "yaml-alias",
    "tabs_and_bom.yaml": "yaml-syntax",
}
"""Why each is refused. The Norway file is sound YAML; it is no document of a space."""


MEASURED = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss, done.stdout]))
"""
"""Runs a command from a small process: Linux counts the memory of the process that starts another as
that other's, and the one that runs tests is large."""


def validated(folder: Path, more: tuple[str, ...] = ()) -> tuple[int, list[dict[str, str]], float, int]:
    """Exit code, diagnostics, seconds and peak kilobytes of `engine validate` in a process of its own.

    Seconds are of processor time, which other work on the machine does not lengthen.
    """
    engine = Path(sys.executable).with_name("engine")
    words = [str(engine), "validate", "--format", "json", *more]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *words], cwd=folder, capture_output=True, check=False
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    code, seconds, kilobytes, out = json.loads(done.stdout)
    return code, json.loads(out), seconds, kilobytes


@pytest.mark.parametrize("name", sorted(CODES))
def test_each_is_refused_with_file_line_and_reason_in_little_time_and_memory(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    specs = tmp_path / "specs"
    specs.mkdir()
    (specs / "space.yaml").write_text("kind: Space\nname: hub\n")
    (specs / name).write_bytes((shared_data / "hostile/yaml_bombs" / name).read_bytes())
    code, diagnostics, seconds, kilobytes = validated(tmp_path)
    assert code == 1
    found = [d for d in diagnostics if d["file"] == f"specs/{name}"]
    assert CODES[name] in {d["code"] for d in found}
    assert all(int(d["line"]) >= 1 and d["summary"] for d in found)
    assert seconds < 2
    assert kilobytes < 200_000


def test_every_hostile_file_has_a_code_here(shared_data: Path) -> None:
    assert {path.name for path in (shared_data / "hostile/yaml_bombs").iterdir()} == set(CODES)


def test_a_tag_runs_nothing(tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    specs.mkdir()
    (specs / "space.yaml").write_text("kind: Space\nname: hub\n")
    (specs / "bad.yaml").write_text('!!python/object/apply:os.system ["touch owned"]\n')
    code, *_ = validated(tmp_path)
    assert code == 1
    assert not list(tmp_path.rglob("owned"))


def hostile(kind: str) -> bytes:
    match kind:
        case "many small values":
            return b"a: [" + b"1," * (MAX_BYTES // 2 - 10) + b"1]"
        case "many documents":
            return b"--- {a: 1}\n" * (MAX_BYTES // 11)
        case "deep block":
            return b"".join(b" " * i + b"a:\n" for i in range(2000))
        case "deep list":
            return b"- " * 100_000
        case "long key":
            return b"? " + b"x" * 3_000_000 + b"\n: 1"
        case "long text":
            return b"a: |\n" + b"  x\n" * 1_000_000
        case "many anchors":
            return b"".join(b"k%d: &a%d {x: 1}\n" % (i, i) for i in range(100_000))
        case _:
            return b"a: &a [" + b"1," * 900 + b"1]\nb: [" + b"*a," * 900 + b"*a]"


KINDS = [
    "many small values", "many documents", "deep block", "deep list", "long key", "long text",
    "many anchors", "wide aliases",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_the_largest_size_stays_within_two_seconds_and_200_megabytes(
    tmp_path: Path, kind: str
) -> None:
    specs = tmp_path / "specs"
    specs.mkdir()
    (specs / "bad.yaml").write_bytes(hostile(kind))
    code, diagnostics, seconds, kilobytes = validated(tmp_path)
    assert code == 1
    assert diagnostics
    assert seconds < 2
    assert kilobytes < 200_000


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    trees, found = read_trees(SourceFile("specs/a.yaml", b"#" * (MAX_BYTES + 1)))
    assert trees == ()
    assert [d.code for d in found] == ["yaml-size"]
