"""URLs: allowed hosts, bounds, redirects; over the loopback network only."""

from __future__ import annotations

import gzip
import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from engine.adapters.sources.web_addresses import public
from engine.diagnostics import WorldFailure
from engine.model.space import CollectSettings
from tests.collect.making import Space

CSV = "a,b\n1,é\n2,y\n".encode()
ROWS = ((1, "é"), (2, "y"))


BOMB = gzip.compress(b"0" * (300 << 20))
PACKED = ("Content-Encoding", "gzip")
ANSWERS: dict[str, tuple[bytes, tuple[tuple[str, str], ...]]] = {
    "/ok.csv": (CSV, (("Content-Type", "application/octet-stream"),)),
    "/typed": (b'[{"a": 1}]', (("Content-Type", "application/json; charset=utf-8"),)),
    "/packed.csv": (gzip.compress(CSV), (PACKED,)),
    "/cut.csv": (gzip.compress(CSV)[:-9], (PACKED,)),
    "/file.csv.gz": (gzip.compress(CSV), ()),
    "/bomb.csv": (BOMB, (PACKED,)),
    "/bomb.csv.gz": (BOMB, ()),
    "/big.csv": (b"a\n" + b"1\n" * 1_000_000, ()),
    "/short.csv": (CSV, (("Content-Length", str(len(CSV) + 5)),)),
}
MOVED = {
    "/moved.csv": "/ok.csv",
    "/loop": "/loop",
    "/to-private.csv": "http://localhost:{port}/ok.csv",
    "/to-file": "file:///etc/passwd",
    "/to-elsewhere": "http://elsewhere.example/secret.csv?token=hush",
}
TRICKLED = {
    "/trickle.csv": b"HTTP/1.0 200 OK\r\n\r\n" + CSV * 100,
    "/trickled-head.csv": b"HTTP/1.0 200 OK\r\nX-Long: " + b"x" * 1000,
}


class _Pages(BaseHTTPRequestHandler):
    """What the server says to each path."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in ANSWERS:
            self._answer(*ANSWERS[path])
        elif path in MOVED:
            self._moved(MOVED[path].format(port=self.server.server_address[1]))
        elif path in TRICKLED:
            self._trickle(TRICKLED[path])
        else:
            self.send_error(404)

    def _answer(self, body: bytes, headers: tuple[tuple[str, str], ...]) -> None:
        self.send_response(200)
        for name, value in {"Content-Length": str(len(body)), **dict(headers)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _moved(self, target: str) -> None:
        self.send_response(302)
        self.send_header("Location", target)
        self.end_headers()

    def _trickle(self, content: bytes) -> None:
        for byte in content:
            self.wfile.write(bytes([byte]))
            time.sleep(0.05)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what these tests are about."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = _Server(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def web(space: Space) -> Space:
    """A space that may collect from the loopback server by number."""
    space.settings = CollectSettings(
        allow_hosts=("127.0.0.1", "localhost"),
        allow_private=("127.0.0.1",),
        max_bytes=1_000_000,
        timeout="3s",
    )
    return space


@pytest.mark.parametrize(
    "path", ["/ok.csv", "/moved.csv", "/packed.csv", "/file.csv.gz", "/ok.csv?token=hush"]
)
def test_a_url_is_read(path: str, server: str, web: Space) -> None:
    found = web.collect(web.node({"url": server + path}))
    assert found.rows == ROWS
    if not path.endswith(".gz"):
        assert found.staged.stamp == hashlib.sha256(CSV).hexdigest()


def test_every_address_of_a_host_is_tried(server: str, web: Space) -> None:
    web.settings = CollectSettings(allow_hosts=("localhost",), allow_private=("localhost",))
    found = web.collect(web.node({"url": server.replace("127.0.0.1", "localhost") + "/ok.csv"}))
    assert found.rows == ROWS


def test_the_media_type_says_the_format_when_the_name_does_not(server: str, web: Space) -> None:
    assert web.collect(web.node({"url": server + "/typed"})).rows == ((1,),)


def test_a_url_with_declared_types_is_not_asked_before_it_is_collected(web: Space) -> None:
    node = web.node({"url": "http://127.0.0.1:1/x.csv"}, [{"name": "a", "type": "integer"}])
    inspected = web.collector.inspect(node)
    assert inspected.stamp == ""
    assert [c.name for c in inspected.columns] == ["a"]


def test_a_url_without_declared_types_is_asked_to_infer_them(server: str, web: Space) -> None:
    inspected = web.collector.inspect(web.node({"url": server + "/ok.csv"}))
    assert [(c.name, c.type) for c in inspected.columns] == [("a", "integer"), ("b", "string")]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://other.example/x.csv", "host-not-allowed"),
        ("{server}/to-private.csv", "private-address"),
        ("{server}/to-file", "bad-url"),
        ("{server}/to-elsewhere", "host-not-allowed"),
        ("http://localhost:{port}/ok.csv", "private-address"),
        ("http://user:hush@127.0.0.1/x.csv", "bad-url"),
        ("ftp://127.0.0.1/x.csv", "bad-url"),
        ("file:///etc/passwd", "bad-url"),
        ("{server}/bomb.csv.gz", "too-big"),
    ],
)
def test_a_url_that_may_not_be_asked_is_the_authors_mistake(
    url: str, code: str, server: str, web: Space
) -> None:
    url = url.format(server=server, port=server.rpartition(":")[2])
    refusal = web.refused({"url": url})
    assert refusal.code == code
    assert "hush" not in str(refusal.diagnostics)
    assert code == "too-big" or refusal.place == ("d.yaml", 4, 8)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/none.csv?token=hush", "answered 404"),
        ("/big.csv", "larger than 1,000,000 bytes"),
        ("/bomb.csv", "larger than 1,000,000 bytes"),
        ("/cut.csv", "cannot be unpacked"),
        ("/short.csv", "did not answer"),
        ("/loop", "redirects more than 5 times"),
        ("/trickle.csv", "took longer than 3s"),
        ("/trickled-head.csv", "took longer than 3s"),
    ],
)
def test_an_answer_that_is_not_as_it_should_be_is_the_worlds_failure(
    path: str, words: str, server: str, web: Space
) -> None:
    began = time.monotonic()
    with pytest.raises(WorldFailure, match=words) as failure:
        web.collect(web.node({"url": server + path}))
    assert time.monotonic() - began < 10
    assert "\n" not in failure.value.message
    assert "hush" not in failure.value.message


def test_a_host_that_does_not_answer_is_the_worlds_failure(web: Space) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/x.csv"
        with pytest.raises(WorldFailure, match="no connection"):
            web.collect(web.node({"url": url}))


def test_a_name_is_resolved_once_and_the_connection_goes_to_the_checked_address(
    server: str, web: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that gives a public address first and a private one next gains nothing."""
    port = int(server.rpartition(":")[2])
    web.settings = CollectSettings(allow_hosts=("rebinding.example",), timeout="2s")
    answers = iter(["203.0.113.7", "127.0.0.1", "127.0.0.1"])
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, *args: object, **kwargs: object) -> object:
        if host == "rebinding.example":
            asked.append(host)
            host = next(answers)
        return real(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(
        "engine.adapters.sources.web_addresses.public", lambda address: address == "203.0.113.7"
    )
    with pytest.raises(WorldFailure):
        web.collect(web.node({"url": f"http://rebinding.example:{port}/ok.csv"}))
    assert asked == ["rebinding.example"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_addresses_inside_a_network_are_not_public(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert public(address)
