"""Which process is meant by a number: process ids are used again, start times tell them apart."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

_FIRST_SPACE = "pid:[4026531836]"
"""The process numbers of the machine itself, outside of any container."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a machine; `started` is empty where the system does not tell."""

    host: str
    pid: int
    started: str


def this_process() -> Process:
    """The process that asks."""
    return Process(_host(), os.getpid(), _started(os.getpid()) or "")


def is_gone(process: Process) -> bool:
    """Whether the process is known to have ended. Of another machine's process nothing is known."""
    if process.host != _host():
        return False
    if not Path("/proc/self/stat").exists():
        return not _answers(process.pid)
    started = _started(process.pid)
    return started is None or (process.started != "" and started != process.started)


def _host() -> str:
    """The machine's name, and the container's number space where it has one of its own."""
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = _FIRST_SPACE
    return socket.gethostname() + ("" if space == _FIRST_SPACE else f" {space}")


def _started(pid: int) -> str | None:
    """When a living process started, as the kernel counts, with the boot it was in; None when it is gone."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    # Fields after the name, which may hold anything: the first is the state, the twentieth the start time.
    fields = line.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else f"{boot}/{fields[19]}"


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
