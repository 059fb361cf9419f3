"""Fixtures of the tests of collecting."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.collect.making import Space


@pytest.fixture
def space(tmp_path: Path) -> Space:
    """An empty space on disk."""
    return Space(tmp_path)
