"""The demo applied once, its trees drawn once per reader, and a real Chromium to look at them."""

from __future__ import annotations

import datetime
import functools
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from engine.policy.decision import Caller
from engine.usecases.published import load_published
from engine.usecases.site import site_model, site_model_as
from engine.wiring import Workspace
from renderers.html.site import site_files
from tests.conftest import REPOSITORY, Cli

CHROMIUM = Path("/usr/bin/chromium")
TODAY = datetime.date(2026, 11, 24)
Files = dict[str, bytes]
Tree = Callable[[str | None], Path]


def drawn(folder: Path, reader: str | None, today: datetime.date = TODAY) -> Files:
    """The files of the site of the space in `folder`, for one reader."""
    workspace = Workspace(folder / "specs")
    published = load_published(workspace.state, "prod")
    runs = workspace.state.runs("prod")
    if reader is None:
        return site_files(site_model(workspace, published, runs, today))
    return site_files(site_model_as(workspace, published, runs, Caller(reader, "127.0.0.1", today)))


def written(files: Files, root: Path) -> Path:
    """The files in a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


@pytest.fixture(scope="session")
def files(applied_demo_folder: Path) -> Callable[[str | None], Files]:
    """The demo's site for a reader, drawn once."""
    return functools.cache(lambda reader: drawn(applied_demo_folder, reader))


@pytest.fixture(scope="session")
def tree(files: Callable[[str | None], Files], tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The folder of the demo's site for a reader."""
    return functools.cache(lambda reader: written(files(reader), tmp_path_factory.mktemp("tree")))


@pytest.fixture(scope="session")
def browser(chromium: Browser) -> Browser:
    """A real Chromium."""
    return chromium


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves folders over http on the loopback interface; returns their address."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        handler = functools.partial(_Quiet, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def bilingual_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo in English and French, applied, and its datasets collected once more."""
    folder = tmp_path_factory.mktemp("bilingual")
    shutil.copytree(REPOSITORY / "specs", folder / "specs")
    space, project = folder / "specs/space.yaml", folder / "specs/projects/open-data/project.yaml"
    space.write_text(space.read_text().replace("version: 1", "version: 1\nlanguages: [en, fr]"))
    titled = "title: {en: Open health data, fr: Données de santé ouvertes}"
    project.write_text(project.read_text().replace("title: Open health data", titled))
    cli = Cli(folder)
    cli.ok("apply", "--yes", "--now", "2026-11-24")
    cli.ok("run", "--now", "2026-11-24")
    return folder
