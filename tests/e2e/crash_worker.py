"""Applies spaces in processes of their own that can be killed at any boundary; run as a script.

It imports the engine once and forks for every request, so that a killed apply costs no start of Python. A
request is a line of json on stdin: `folder` (which holds `specs/`), and how the apply ends: `at` (killed at
the boundary of that number), `after` (killed after so many seconds), `hold` (waits at its first build until
the file of that name is there), or nothing (undisturbed). The answer is a line of json: `killed`,
`boundaries` (how many were passed), `plan` and `left` (how many changes were planned, and still are after the
apply) and `error`.

Boundaries are every call of a port that keeps something, and every sync, link and rename of a file.
"""

from __future__ import annotations

import contextlib
import datetime
import gc
import importlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.core.state import RunRecord
from engine.diagnostics import WorldFailure
from engine.usecases.apply import Drawn, Occasion, apply
from engine.usecases.plan import make_plan
from engine.usecases.published import Published
from engine.wiring import Workspace

DAY = datetime.date(2026, 11, 24)
PORTS = ("state", "warehouse", "site", "policy_server", "lineage_events")
FILES = ("fsync", "link", "replace", "symlink")


class Fuse:
    """Counts the boundaries that are passed, and kills this process at one of them."""

    def __init__(self, at: int | None) -> None:
        self._at = at
        self._lock = threading.Lock()
        self.passed = 0

    def boundary(self) -> None:
        """One more boundary; the last one there is, maybe."""
        with self._lock:
            self.passed += 1
            if self.passed == self._at:
                os.kill(os.getpid(), signal.SIGKILL)

    def before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, with a boundary before it."""

        def guarded(*args: Any, **kwargs: Any) -> Any:
            self.boundary()
            return call(*args, **kwargs)

        return guarded


class Guarded:
    """A port with a boundary before each of its calls."""

    def __init__(self, port: Any, fuse: Fuse) -> None:
        self._port = port
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        call = self._fuse.before(getattr(self._port, name))
        return self._lock if name == "lock" else call

    @contextlib.contextmanager
    def _lock(self, *args: Any) -> Iterator[None]:
        self._fuse.boundary()
        with self._port.lock(*args):
            self._fuse.boundary()
            yield
            self._fuse.boundary()
        self._fuse.boundary()


class Waiting:
    """A warehouse whose builds wait until a file is there."""

    def __init__(self, warehouse: Any, until: Path) -> None:
        self._warehouse = warehouse
        self._until = until

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    def build(self, *args: Any) -> Any:
        """Say that the build has begun, wait, then build."""
        self._until.with_suffix(".begun").touch()
        while not self._until.exists():
            time.sleep(0.01)
        return self._warehouse.build(*args)


class Quiet:
    """A Progress that says nothing."""

    def started(self, total: int, label: str = "building") -> None:
        """Nothing."""

    def step(self, label: str) -> None:
        """Nothing."""

    def finished(self) -> None:
        """Nothing."""


def draw(published: Published, _runs: tuple[RunRecord, ...], _day: datetime.date) -> Drawn:
    """Pages that depend on what is published only: the fingerprints of all versions."""
    lines = (f"{address} {version.fingerprint}\n" for address, version in published.applied.versions.items())
    return Drawn({"index.html": "".join(sorted(lines)).encode(), "docs/index.html": b"all about it"})


def occasion() -> Occasion:
    """An apply by somebody, at a fixed time."""
    moment = datetime.datetime(2026, 11, 24, 6, tzinfo=datetime.UTC)
    return Occasion("ana", DAY, lambda: moment, holder=f"ana (process {os.getpid()})")


def applied(request: Mapping[str, Any]) -> dict[str, Any]:
    """Plan and apply the space of a request, as it says."""
    os.chdir(request["folder"])
    known = set(sys.modules)
    workspace, fuse = Workspace(Path("specs")), Fuse(request.get("at"))
    if "hold" in request:
        workspace.__dict__["warehouse"] = Waiting(workspace.warehouse, Path(request["hold"]))
    planned = make_plan(workspace, DAY)
    assert planned.plan is not None
    assert planned.desired is not None
    if planned.plan.is_empty:
        return {"boundaries": 0, "plan": 0, "left": 0}
    for name in PORTS:
        workspace.__dict__[name] = Guarded(getattr(workspace, name), fuse)
    for name in FILES:
        setattr(os, name, fuse.before(getattr(os, name)))
    outcome = apply(workspace, planned.plan, planned.desired, occasion(), draw, Quiet())
    assert outcome.record.status == "succeeded"
    again = make_plan(workspace, DAY)
    return {
        "boundaries": fuse.passed,
        "plan": len(planned.plan.changes),
        "left": None if again.plan is None else len(again.plan.changes),
        "modules": sorted(sys.modules.keys() - known),
    }


def carried_out(request: Mapping[str, Any]) -> dict[str, Any]:
    """Fork, apply there, kill it when it is time, and say how it ended."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        try:
            answer = applied(request)
        except WorldFailure as failure:
            answer = {"error": failure.message}
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    if "after" in request:
        time.sleep(request["after"])
        os.kill(process, signal.SIGKILL)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        return {"killed": True}
    return {"killed": False, **json.loads(told or '{"error": "it ended without a word"}')}


def main() -> None:
    """Answer requests until stdin ends."""
    for line in sys.stdin:
        answer = carried_out(json.loads(line))
        # What one child imported is there for all later ones.
        for name in answer.pop("modules", ()):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        gc.collect()
        gc.freeze()
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
