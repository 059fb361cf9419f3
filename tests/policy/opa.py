"""A real OPA server on loopback for tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path


def opa_binary() -> str | None:
    """The OPA program: $OPA, or on the path, or where Go installs it."""
    named = os.environ.get("OPA") or shutil.which("opa") or str(Path.home() / "go" / "bin" / "opa")
    return named if Path(named).is_file() else None


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class OpaProcess:
    """`opa run --server` that can be stopped and started again on the same port."""

    binary: str
    arguments: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process, which must be running."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> OpaProcess:
        """Start it and wait until it is healthy."""
        self._process = subprocess.Popen(
            [self.binary, "run", "--server", "--addr", f"127.0.0.1:{self.port}", "--log-level", "error",
             "--disable-telemetry", *self.arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(200):
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=1) as answer:
                if answer.status == 200:
                    return self
            time.sleep(0.05)
        self.stop()
        raise RuntimeError("the OPA server did not become healthy")

    def stop(self) -> None:
        """Kill it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
