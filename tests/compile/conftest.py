"""Fixtures and helpers of the compile tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from engine.core.binding import Binder
from engine.core.compiling.analysed import Analysis
from engine.core.compiling.analysis import analyse
from engine.core.state import VersionColumn
from tests.compile.spaces import Folder

TABLES: Mapping[str, Sequence[tuple[str, str]]] = {
    "users": (
        ("id", "integer"), ("email", "string"), ("username", "string"), ("age", "integer"),
        ("langs", "list<string>"), ("address", "struct<city: string, zip: string>"),
    ),
    "orders": (
        ("order_id", "integer"), ("user_id", "integer"), ("amount", "decimal(10,2)"), ("day", "date"),
    ),
}  # fmt: skip


def schemas(tables: Mapping[str, Sequence[tuple[str, str]]] = TABLES) -> dict[str, list[VersionColumn]]:
    return {name: [VersionColumn(*column) for column in columns] for name, columns in tables.items()}


class Analyst:
    """Analyses queries over tables as compiling does."""

    def __init__(self, binder: Binder) -> None:
        self._binder = binder

    def __call__(self, sql: str, tables: Mapping[str, Sequence[tuple[str, str]]] = TABLES) -> Analysis:
        known = schemas(tables)
        return analyse(sql, self._binder.tree(sql), known, self._binder.columns(sql, known))


@pytest.fixture(scope="session")
def analyst() -> Iterator[Analyst]:
    with Binder() as binder:
        yield Analyst(binder)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A space with one collected dataset, p/raw."""
    return Folder(tmp_path)
