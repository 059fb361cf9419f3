"""What one page costs its reader in Chromium: weight before interaction, first paint, a filter's time."""

from __future__ import annotations

import functools
import gzip
import http.server
import shutil
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

TIMES = 5
LOADED = "() => performance.getEntriesByType('resource').map(entry => entry.name)"
PAINTED = """() => new Promise(done => {
  const found = () => performance.getEntriesByName('first-contentful-paint')[0];
  const look = () => found() ? done(found().startTime) : requestAnimationFrame(look);
  look();
})"""
FILTERED = """async value => {
  const control = [...document.querySelectorAll('select')].at(0);
  let last = 0;
  const seen = new MutationObserver(() => { last = performance.now(); });
  seen.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
  const began = performance.now();
  control.value = value;
  for (const name of ['input', 'change']) control.dispatchEvent(new Event(name, {bubbles: true}));
  do await new Promise(next => setTimeout(next, 100)); while (!last || performance.now() - last < 600);
  seen.disconnect();
  return last - began;
}"""
"""Until the page has changed for the last time; it has come to rest when nothing did for 0.6 s."""


@dataclass(frozen=True)
class Cost:
    """Bytes, gzipped, before interaction; files; seconds to the first paint and of a warm filter."""

    weight: int
    files: int
    paint: float
    filtered: float


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the benchmark prints a table."""

    def send_head(self) -> Any:
        """Addresses without an ending name the page of that name, as hosts of static sites do."""
        path = urlsplit(self.path).path
        if path != "/" and "." not in path.rsplit("/", 1)[1]:
            self.path = f"{path}.html"
        return super().send_head()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which a folder is served, on loopback."""
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def cost(folder: Path, page: str, ready: str, values: tuple[str, str]) -> Cost:
    """The cost of one page of a site: medians of five visits, each in a browser that knows nothing yet.

    `ready` selects what is there when the page is whole; `values` are choices of its first select.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with served(folder) as root, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        visits = [_visit(browser, folder, f"{root}/{page}", ready, values) for _ in range(TIMES)]
        browser.close()
    middle = [statistics.median(v[i] for v in visits) for i in range(4)]
    return Cost(int(middle[0]), int(middle[1]), middle[2], middle[3])


def _visit(
    browser: Browser, folder: Path, url: str, ready: str, values: tuple[str, str]
) -> tuple[float, float, float, float]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.goto(url)
    paint = float(tab.evaluate(PAINTED)) / 1000
    tab.wait_for_selector(ready, state="attached")
    weights = [_weight(folder, address) for address in [url, *tab.evaluate(LOADED)]]
    _choose(tab, values[0])  # what a first choice loads is not part of a warm filter's time
    filtered = _choose(tab, values[1])
    context.close()
    return sum(weights), len(weights), paint, filtered


def _choose(tab: Page, value: str) -> float:
    return float(tab.evaluate(FILTERED, value)) / 1000


def _weight(folder: Path, address: str) -> int:
    path = folder / unquote(urlsplit(address).path).lstrip("/")
    path = path if path.is_file() else path.with_name(f"{path.name}.html")
    return len(gzip.compress(path.read_bytes(), 9, mtime=0)) if path.is_file() else 0
