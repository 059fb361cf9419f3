"""An incremental space for each sort of origin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.incremental.spaces import IncrementalSpace


@pytest.fixture(params=["file", "sqlite"])
def space(request: pytest.FixtureRequest, tmp_path: Path) -> IncrementalSpace:
    """Orders from a file, and from a database."""
    return IncrementalSpace(tmp_path, request.param)


@pytest.fixture
def file_space(tmp_path: Path) -> IncrementalSpace:
    """Orders from a file, where the origin makes no difference."""
    return IncrementalSpace(tmp_path)
