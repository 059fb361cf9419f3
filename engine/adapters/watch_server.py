"""A loopback server for `engine watch`: the published tree, with a script that reloads the open page.

Pages are served as they are on disk but for two things: the watching script is added, and the page's
policy lets that script ask this server. Only loopback names are answered, so that no other site can read it.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SCRIPT = b"""
(function () {
  var seen = null;
  function show(mistakes) {
    var box = document.getElementById('engine-watch');
    if (!mistakes.length) { if (box) { box.remove(); } return; }
    if (!box) {
      box = document.createElement('section');
      box.id = 'engine-watch';
      box.setAttribute('role', 'alert');
      box.setAttribute('aria-label', 'Mistakes in the specs');
      document.body.insertBefore(box, document.body.firstChild);
    }
    var list = document.createElement('pre');
    list.textContent = mistakes.join('\\n');
    box.replaceChildren(list);
  }
  function ask() {
    fetch('/_watch/state?seen=' + (seen === null ? '' : seen)).then(function (answer) {
      return answer.json();
    }).then(function (state) {
      if (seen !== null && state.site !== seen && !state.mistakes.length) { location.reload(); return; }
      if (seen === null) { seen = state.site; }
      show(state.mistakes);
      setTimeout(ask, 150);
    }).catch(function () { setTimeout(ask, 1000); });
  }
  ask();
})();
"""
STYLE = b"""
#engine-watch { background: #801650; color: #fff; padding: 1rem 1.5rem; position: sticky; top: 0; }
@media (prefers-color-scheme: dark) { html { background: #14181f; color: #f2f4f7; } }
#engine-watch pre { margin: 0; white-space: pre-wrap; font: 0.9rem/1.5 ui-monospace, monospace; }
"""
EMPTY = b"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nothing to show yet</title><link rel="icon" href="data:,"></head>
<body><main><h1>Nothing to show yet</h1>
<p>There is no such page. It appears here as soon as the specs make one; mistakes in them stand above.</p>
</main></body>
</html>
"""
"""Stands for a page that is not there, also before anything could be published."""
POLICY = b"default-src 'none'"
"""How every page's policy begins, in its attribute."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
WAIT_SECONDS = 20


@dataclass
class Watched:
    """What the open pages are told: which tree is published, and the mistakes in the way of the next."""

    site: str = ""
    mistakes: tuple[str, ...] = ()
    _moved: threading.Condition = field(default_factory=threading.Condition)

    def tell(self, site: str, mistakes: tuple[str, ...]) -> None:
        """Set both, and wake whoever waits."""
        with self._moved:
            self.site, self.mistakes = site, mistakes
            self._moved.notify_all()

    def wait(self, seen: str) -> dict[str, Any]:
        """The state, at once if the caller has not seen this tree, else when something moves."""
        with self._moved:
            if seen == self.site and not self.mistakes:
                self._moved.wait(WAIT_SECONDS)
            return {"site": self.site, "mistakes": list(self.mistakes)}


def watch_server(folder: Path, watched: Watched, port: int) -> ThreadingHTTPServer:
    """A server for the pages in `folder`, bound to loopback only; port 0 takes a free one."""

    class Handler(_Handler):
        state = watched

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, directory=str(folder), **kwargs)

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class _Handler(SimpleHTTPRequestHandler):
    state: Watched

    def do_GET(self) -> None:
        """Pages with the script added, the script itself, or the state."""
        host = (self.headers.get("Host") or "").rpartition(":")[0] or self.headers.get("Host")
        if host not in LOOPBACK:
            self.send_error(403, "only loopback names are answered")
            return
        url = urlsplit(self.path)
        if url.path == "/_watch/state":
            self._send(
                json.dumps(self.state.wait(url.query.partition("seen=")[2])).encode(), "application/json"
            )
        elif url.path == "/_watch/watch.js":
            self._send(SCRIPT, "text/javascript")
        elif url.path == "/_watch/watch.css":
            self._send(STYLE, "text/css")
        else:
            self._page()

    def _page(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path = path / "index.html"
        if path.suffix not in ("", ".html"):
            super().do_GET()
            return
        if not path.is_file():
            self._send(with_script(EMPTY), "text/html; charset=utf-8", 404)
            return
        self._send(with_script(path.read_bytes()), "text/html; charset=utf-8")

    def _send(self, content: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal belongs to what is watched."""


def with_script(page: bytes) -> bytes:
    """A page with the watching script and style, and a policy that lets the script ask this server."""
    page = page.replace(POLICY, POLICY + b"; connect-src 'self'", 1)
    added = b'<link rel="stylesheet" href="/_watch/watch.css"><script src="/_watch/watch.js" defer></script>'
    return page.replace(b"</head>", added + b"</head>", 1)
