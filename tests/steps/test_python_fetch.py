"""Fetch functions: rows or bytes from a child process that has the network and nothing else."""

from __future__ import annotations

import datetime
import http.server
import textwrap
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from engine.adapters.child import Limits
from engine.adapters.child_confine import landlock_version
from engine.adapters.python_fetch import AuthorMistake, Fetched, FetchedArrow, FetchedBytes, fetch


def fetched(body: str, limits: Limits | None = None) -> Fetched:
    source = textwrap.dedent(body).strip("\n") + "\n"
    return fetch(source, "ingest.py", "fetch", limits) if limits else fetch(source, "ingest.py", "fetch")


def needs_the_kernels_wall() -> None:
    if landlock_version() < 1:
        pytest.skip("this kernel has no Landlock: native libraries are not kept from files")


def rows(body: str) -> list[dict[str, Any]]:
    found = fetched(body)
    assert isinstance(found, FetchedArrow), found
    table: list[dict[str, Any]] = pa.ipc.open_stream(found.stream).read_all().to_pylist()
    return table


def test_rows_keep_their_types_and_every_key_of_any_row() -> None:
    assert rows(
        """
        import datetime
        from decimal import Decimal

        def fetch():
            yield {"a": 1, "d": datetime.date(2024, 1, 31), "l": [1, 2]}
            yield {"a": None, "p": Decimal("1.50"), "s": {"x": True}}
        """
    ) == [
        {"a": 1, "d": datetime.date(2024, 1, 31), "l": [1, 2], "p": None, "s": None},
        {"a": None, "d": None, "l": None, "p": Decimal("1.50"), "s": {"x": True}},
    ]


@pytest.mark.parametrize(
    "made",
    ["pa.table({'a': [1, 2]})", "pa.record_batch({'a': [1, 2]})", "pa.table({'a': [1, 2]}).to_reader()"],
)
def test_whatever_gives_an_arrow_table_is_rows(made: str) -> None:
    assert rows(f"import pyarrow as pa\ndef fetch():\n    return {made}") == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(("made", "content"), [("b'a,b\\n1,2\\n'", b"a,b\n1,2\n"), ("'é'", "é".encode())])
def test_bytes_and_text_are_the_content_of_a_file(made: str, content: bytes) -> None:
    assert fetched(f"def fetch():\n    return {made}") == FetchedBytes(content)


def test_no_rows_are_rows() -> None:
    assert rows("def fetch():\n    return []") == []


@pytest.mark.parametrize(
    ("body", "line", "part"),
    [
        ("def fetch()\n    return []", 1, "not Python"),
        ("def fetch():\n    return one()\n\ndef one():\n    return {}['token']", 5, "KeyError"),
        ("def fetch():\n    yield {'a': 1}\n    yield 1 / 0", 3, "ZeroDivisionError"),
        ("x = 1\ndef fetch():\n    return None", 2, "returns nothing"),
        ("def fetch():\n    return {'a': 1}", 1, "returns dict"),
        ("def fetch():\n    return [{'a': 1}, [2]]", 1, "Row 2 is no dict"),
        ("def fetch():\n    return [{'a': 1}, {'a': 'secret'}]", 1, 'Column "a" holds values'),
        ("def fetch(token):\n    return []", 1, '"token"'),
        ("def get():\n    return []", 1, 'no function "fetch"'),
        ("import os\ndef fetch():\n    os._exit(3)", 1, "ended its process"),
    ],
)
def test_a_mistake_is_told_with_the_authors_line(body: str, line: int, part: str) -> None:
    found = fetched(body)
    assert isinstance(found, AuthorMistake), found
    assert found.line == line
    assert part in found.message
    assert "secret" not in found.message


def test_fetching_that_takes_too_long_or_too_much_is_ended() -> None:
    assert fetched("import time\ndef fetch():\n    time.sleep(60)", Limits(seconds=3)) == AuthorMistake(
        1, "3 seconds were not enough to fetch."
    )
    much = fetched("def fetch():\n    return b'x' * 5_000_000", Limits(answer=1_000_000, memory=4 << 30))
    assert much == AuthorMistake(1, "More was fetched than is allowed.")


@pytest.fixture
def server() -> Iterator[str]:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"a\n1\n")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    listening = http.server.HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://localhost:{listening.server_address[1]}/"
    listening.shutdown()
    listening.server_close()


@pytest.mark.parametrize("client", ["urllib.request", "httpx", "requests"])
def test_the_network_is_there(server: str, client: str) -> None:
    get = "urlopen(URL).read()" if client == "urllib.request" else "get(URL).content"
    body = f"import {client} as c\nURL = {server!r}\ndef fetch():\n    return c.{get}"
    assert fetched(body) == FetchedBytes(b"a\n1\n")


@pytest.mark.parametrize(
    "attempt",
    [
        "return open(SECRET, 'rb').read()",
        "import pyarrow as pa; return pa.OSFile(SECRET).read()",
        'import duckdb; return duckdb.sql("select content from read_text(\'" + SECRET + "\')").arrow()',
        "import subprocess; return subprocess.check_output(['cat', SECRET])",
    ],
)
def test_no_file_of_the_space_can_be_read(tmp_path: Path, attempt: str) -> None:
    if "duckdb" in attempt or "pyarrow" in attempt:
        needs_the_kernels_wall()
    secret = tmp_path / "secret.csv"
    secret.write_text("a secret")
    found = fetched(f"SECRET = {str(secret)!r}\ndef fetch():\n    {attempt}")
    assert isinstance(found, AuthorMistake), found
    assert found.line == 3
