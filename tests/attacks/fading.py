"""Policy that is away at one question: a door before a real OPA server that shuts when it is told to."""

from __future__ import annotations

import http.client
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NOT_HANDED_ON = ("host", "connection", "accept-encoding")


@dataclass
class Fading:
    """Hands everything on to a server, but not the questions that are to get no answer."""

    port: int
    """Of the server behind."""
    first: int = 0
    """The first question without an answer, counted from 1; 0 for none."""
    last: int = 0
    """The last one."""
    asked: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> str:
        """Begin to listen; says where."""
        handler = type("Door", (_Door,), {"behind": self})
        self._listening = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._listening.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._listening.server_port}"

    def stop(self) -> None:
        """Listen no more."""
        self._listening.shutdown()
        self._listening.server_close()

    def shut(self, first: int, last: int) -> None:
        """Count questions anew, and answer none from the first to the last of these."""
        self.first, self.last, self.asked = first, last, 0

    def answers(self, path: str) -> bool:
        """Whether a request is handed on."""
        if not path.partition("?")[0].endswith("/decisions"):
            return True
        with self._lock:
            self.asked += 1
            return not self.first <= self.asked <= self.last


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behind: Fading

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.behind.answers(self.path):
            self.close_connection = True
            self.connection.close()
            return
        onward = http.client.HTTPConnection("127.0.0.1", self.behind.port, timeout=60)
        headers = {
            k: v
            for k, v in self.headers.items()
            if k.lower() not in ("host", "connection", "accept-encoding")
        }
        onward.request(self.command, self.path, body, headers)
        answer = onward.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name in ("Content-Type", "Location"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        onward.close()

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = _any

    def log_message(self, *_: Any) -> None:
        """Nothing is written to stderr."""
