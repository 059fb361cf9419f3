"""Runs a piece of the engine in a child process with an empty environment and hard limits.

Authors' Python and users' SQL run this way: what they do to the process ends with it. The child gets
one payload (bytes) on stdin and answers with bytes in a file of its own, so that whatever the code prints
is no answer.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
"""All that a child finds beside a home of its own; a fixed seed, so that sets come in the same order."""


class ChildFailed(Exception):
    """The child gave no answer: `reason` is `timeout`, `memory`, `output` or `crashed`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: wall seconds, bytes of memory, bytes of answer and of any file it writes."""

    seconds: float = 30.0
    memory: int = 2 << 30
    answer: int = 256 << 20
    written: int = 1 << 30


def run_child(module: str, payload: bytes, limits: Limits = Limits()) -> bytes:
    """What function `answer(payload) -> bytes` of `module` answers, run in a child process.

    It starts in an empty temporary folder, with no environment but ENVIRONMENT, and with limits it
    cannot lift. Whatever it prints is dropped. Raises ChildFailed when a limit ends it, when it crashes, or
    when it answers nothing.
    """
    with tempfile.TemporaryDirectory(prefix="engine-child-") as folder:
        answer, stderr = Path(folder, "answer"), Path(folder, "stderr")
        work = Path(folder, "work")
        work.mkdir()
        with answer.open("wb") as out, stderr.open("wb") as err:
            process = subprocess.Popen(
                _command(module, out.fileno(), limits),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=err,
                cwd=work,
                env={**ENVIRONMENT, "HOME": str(work), "TMPDIR": str(work)},
                pass_fds=(out.fileno(),),
                start_new_session=True,
            )
            try:
                process.communicate(payload, timeout=limits.seconds)
            except subprocess.TimeoutExpired:
                raise ChildFailed("timeout") from None
            finally:
                _kill(process)
        return _answer(process, answer, stderr, limits)


def _command(module: str, answer: int, limits: Limits) -> list[str]:
    # Threads of the child run side by side, so processor time may be more than wall time.
    processor = (int(limits.seconds) + 1) * 4
    words = [module, answer, processor, limits.memory, limits.written]
    # Isolated as with -I, which would also leave the hash seed to chance.
    return [sys.executable, "-s", "-P", "-m", "engine.adapters.child_start", *map(str, words)]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the child and all that it started: nothing outlives the call."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _answer(process: subprocess.Popen[bytes], answer: Path, stderr: Path, limits: Limits) -> bytes:
    size = answer.stat().st_size
    if size > limits.answer or process.returncode == -signal.SIGXFSZ:
        raise ChildFailed("output")
    if process.returncode == 0 and size:
        return answer.read_bytes()
    said = stderr.read_bytes()[-4000:].decode("utf-8", "replace")
    reason = "memory" if "MemoryError" in said or "bad_alloc" in said else "crashed"
    raise ChildFailed("timeout" if process.returncode == -signal.SIGXCPU else reason, said)
