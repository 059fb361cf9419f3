"""Takes from a child process what authors' code must not have, as far as the platform lets it.

Two walls, one behind the other. The kernel's (Linux, Landlock, since 5.13): no file outside Python's own
folders and the child's empty work folder can be opened, nothing can be executed, and without `network` no
connection made; it holds for native code too. Where the kernel has none, only the interpreter's stands: an
audit hook that refuses the same to Python code. What neither forbids: burning processor time and memory up
to the child's limits, reading Python's own files, and, where there is no Landlock, whatever a native
library does past the interpreter. So on such a platform authors' code is to be trusted as its reviewer is.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from typing import Any

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_NO_NEW_PRIVILEGES = 38
_NEW_NETWORK = 0x40000000

_READ = (1 << 2) | (1 << 3)
_FILE_ONLY = (1 << 1) | (1 << 2) | (1 << 14)
_RIGHTS = ((1, 13), (2, 14), (3, 15), (5, 16))
"""Landlock version, and how many kinds of file access it knows."""
_TCP = 0b11

_NAMES = (
    "resolv.conf", "hosts", "host.conf", "nsswitch.conf", "gai.conf", "services", "protocols", "ssl", "pki",
    "ca-certificates", "localtime",
)  # fmt: skip
"""What a connection needs to read below /etc."""

_REFUSED = (
    "subprocess.", "os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "pty.", "os.remove",
    "os.rename", "os.link", "os.symlink", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.truncate",
    "shutil.", "ctypes.dlsym", "ctypes.call_function", "sqlite3.", "os.kill", "signal.",
)  # fmt: skip


def confine(network: bool, files: Iterable[str] = ()) -> tuple[str, ...]:
    """Close every door that can be closed, for good, and name the walls that stand.

    Import what will be needed before. With `network`, connections stay possible; files do not, but for
    reading `files`.
    """
    walls = ["audit"]
    readable = (*_readable(network), *(os.path.realpath(file) for file in files))
    if _landlock(network, readable):
        walls.append("landlock")
    if sys.platform == "linux" and not network and _libc().unshare(_NEW_NETWORK) == 0:
        walls.append("network namespace")
    sys.addaudithook(lambda event, args: _judge(event, args, readable, network))
    return tuple(walls)


def _readable(network: bool) -> Iterable[str]:
    yield from sorted({os.path.realpath(p) for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)})
    yield from ("/usr", "/lib", "/lib64", "/dev/null", "/dev/urandom", os.path.realpath(os.getcwd()))
    yield from ("/proc/self/cgroup", "/sys/fs/cgroup")  # DuckDB aborts the process when it may not read them
    if network:
        yield from (f"/etc/{name}" for name in _NAMES)
        yield from ("/run/systemd/resolve", "/run/resolvconf")


def _judge(event: str, args: tuple[Any, ...], readable: tuple[str, ...], network: bool) -> None:
    """The audit hook: PermissionError for what authors' code may not do."""
    if event == "open":
        _judge_open(args, readable)
    elif event in ("os.listdir", "os.scandir", "os.walk"):
        _judge_path(args[0] or ".", readable)
    elif event.startswith("socket.") and not network:
        raise PermissionError("This code may not use the network.")
    elif event.startswith(_REFUSED) or (event == "ctypes.dlopen" and args[0] is not None):
        raise PermissionError(f"This code may not use {event}.")


def _judge_open(args: tuple[Any, ...], readable: tuple[str, ...]) -> None:
    path, mode, flags = args
    if isinstance(path, int):
        return
    writes = bool(set(mode or "") & set("wax+")) or bool(
        flags and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    )
    work = os.path.realpath(os.getcwd())
    if writes and not _inside(path, (work,)):
        raise PermissionError("This code may not write files.")
    _judge_path(path, readable)


def _judge_path(path: Any, readable: tuple[str, ...]) -> None:
    if not isinstance(path, int) and not _inside(path, readable):
        raise PermissionError("This code may not read files.")


def _inside(path: Any, folders: Iterable[str]) -> bool:
    real = os.path.realpath(os.fsdecode(path))
    return any(real == folder or real.startswith(f"{folder}{os.sep}") for folder in folders)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def landlock_version() -> int:
    """Which Landlock the kernel has; below 1 when it has none."""
    if sys.platform != "linux":
        return 0
    version: int = _libc().syscall(_CREATE, None, 0, 1)
    return version


def _landlock(network: bool, readable: Iterable[str]) -> bool:
    """Whether the kernel now holds the wall."""
    version = landlock_version()
    if version < 1:
        return False
    libc = _libc()
    handled = (1 << max(count for least, count in _RIGHTS if version >= least)) - 1
    attributes = struct.pack("=QQ", handled, 0 if network or version < 4 else _TCP)
    rules = libc.syscall(_CREATE, attributes, 16 if version >= 4 else 8, 0)
    if rules < 0:
        return False
    for path in readable:
        everything = path == os.path.realpath(os.getcwd())
        _allow(libc, rules, path, (handled & ~1) if everything else _READ)
    failed: int = libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.syscall(_RESTRICT, rules, 0)
    os.close(rules)
    return failed == 0


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    """Open one path again; one that is not there needs no opening."""
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    rights = rights if os.path.isdir(path) else rights & _FILE_ONLY
    libc.syscall(_ADD, rules, 1, struct.pack("=Qi", rights, handle), 0)
    os.close(handle)
