"""Origins that only reading tells, as a URL: a run reads them, and settled partitions stay."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.incremental.spaces import SPACE, THREE_MONTHS, IncrementalSpace, orders

RUN = ("run", "dataset/p/orders", "--yes", "--format", "json")


class _Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and writes no log."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def web_space(tmp_path: Path) -> Iterator[IncrementalSpace]:
    """Orders read from a server on this machine, of which partitions settle at once."""
    space = IncrementalSpace(tmp_path)
    space.fill(THREE_MONTHS)
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(tmp_path / "specs/data"))
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    space.write(
        "space.yaml",
        SPACE.replace(
            "name: test\n",
            "name: test\n    collect: {allow_hosts: [127.0.0.1], allow_private: [127.0.0.1]}\n",
            1,
        ),
    )
    space.orders("incremental: {time_column: day, partition: month, lookback: 0}")
    document = tmp_path / "specs/projects/p/datasets/orders.yaml"
    url = f"{{url: 'http://127.0.0.1:{server.server_address[1]}/orders.csv'}}"
    text = document.read_text(encoding="utf-8").replace("{file: ../../../data/orders.csv}", url)
    document.write_text(text, encoding="utf-8")
    yield space
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_run_reads_a_url_again_and_settled_partitions_stay(web_space: IncrementalSpace) -> None:
    web_space.apply()
    assert web_space.said(web_space.ok(*RUN))["orders"] == "reused"
    web_space.fill([*THREE_MONTHS, *orders("2025-01-20", "2025-03-20", first=6)])
    assert web_space.reasons("orders") == ("", [])
    said = web_space.said(web_space.ok(*RUN))["orders"]
    assert said.startswith("1 of 3 partitions computed: 2025-03; settled, though changed: 2025-01")
    assert web_space.said(web_space.ok(*RUN))["orders"] == "reused"
    assert web_space.backfill("orders", "2025-01", "2025-02")["orders"].startswith("1 of 3 partitions")
    web_space.apply()
    assert web_space.rows("orders") == web_space.rows("whole")
    assert web_space.said(web_space.ok(*RUN))["orders"] == "reused"
