"""Mistakes of Python steps are told all at once, with the module's line and the step's."""

from __future__ import annotations

from tests.conftest import WriteSpace
from tests.e2e.small_space import small_space

FLOW = """\
kind: Dataflow
name: two
inputs: {users: users}
steps:
  - output: x1
    python: two.py:first
  - output: x2
    python: two.py:second
"""
MODULE = """\
def first(users):
    return users.select("zz")


def second(users):
    return users.select("yy")
"""


def test_two_wrong_python_steps_are_both_told(write_space: WriteSpace) -> None:
    folder = "specs/projects/p/dataflows"
    cli = small_space(write_space, **{f"{folder}/two.yaml": FLOW, f"{folder}/two.py": MODULE})
    done = cli("validate")
    assert done.returncode == 1
    assert f'{folder}/two.py:2:1: error[python]: There is no column "zz" here.' in done.stderr
    assert f'{folder}/two.py:6:1: error[python]: There is no column "yy" here.' in done.stderr
    assert f"{folder}/two.yaml:6:13" in done.stderr
    assert f"{folder}/two.yaml:8:13" in done.stderr
