"""The cache: what was put comes back or nothing does, within bounds."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.adapters.file_cache import FileCache


@given(st.dictionaries(st.text(max_size=5), st.binary(max_size=50), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_put_comes_back(tmp_path: Path, values: dict[str, bytes]) -> None:
    for key, value in values.items():
        FileCache(tmp_path).put(key, value)
    assert {key: FileCache(tmp_path).get(key) for key in values} == values


def test_what_was_never_put_is_absent(tmp_path: Path) -> None:
    assert FileCache(tmp_path / "nowhere").get("key") is None


def test_the_last_value_holds(tmp_path: Path) -> None:
    cache = FileCache(tmp_path)
    cache.put("key", b"one")
    cache.put("key", b"two")
    assert cache.get("key") == b"two"


def test_a_torn_altered_or_moved_value_counts_as_absent(tmp_path: Path) -> None:
    cache = FileCache(tmp_path)
    cache.put("key", b"value")
    (file,) = tmp_path.glob("??/*")
    whole = file.read_bytes()
    for content in (whole[:-1], whole + b"x", b"", whole.replace(b"value", b"valve")):
        file.write_bytes(content)
        assert cache.get("key") is None
    cache.put("other", b"value")
    (other,) = (path for path in tmp_path.glob("??/*") if path != file)
    other.write_bytes(whole)
    assert cache.get("other") is None


def test_it_never_grows_far_beyond_its_bound_and_the_latest_stay(tmp_path: Path) -> None:
    cache = FileCache(tmp_path, limit=20_000)
    for i in range(1000):
        cache.put(str(i), b"x" * 100)
    assert sum(path.stat().st_size for path in tmp_path.glob("??/*")) < 20_000 + 200 * 116
    assert cache.get("999") is not None
    assert cache.get("0") is None


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = FileCache(tmp_path / "file")
    cache.put("key", b"value")
    assert cache.get("key") is None
