"""The decision log: who asked what, what policy answered and why, as OPA writes it. No value of any data.

One JSON object a line in `decisions.ndjson`; at a size the file is put aside as `decisions.1.ndjson`, and
the oldest goes. Processes and threads take turns under a lock, so lines are whole and none is lost.
"""

from __future__ import annotations

import datetime
import fcntl
import json
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from engine.diagnostics import WorldFailure
from engine.policy.answers import request_as_input
from engine.policy.decision import Decision, Obligations, Request
from engine.ports import PolicyEngine

PATH: Final = "dataspace/decision"
LARGEST: Final = 10 << 20
"""Bytes of a file before it is put aside."""
KEPT: Final = 9
"""How many files that were put aside are kept."""


class DecisionLog:
    """Appends events to the log in a folder, which is made when absent."""

    def __init__(self, folder: Path, largest: int = LARGEST, kept: int = KEPT) -> None:
        self._folder = folder
        self._largest = largest
        self._kept = kept

    def write(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Append the events, all or none. Raises WorldFailure."""
        lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events).encode()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._alone():
                self._make_room(len(lines))
                _append(self._folder / "decisions.ndjson", lines)
        except OSError as failure:
            raise WorldFailure(
                f"the decision log in {self._folder} cannot be written: {failure.strerror}.",
                "nothing is given out without a record of it; make room, or see to the folder's rights.",
            ) from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the log's lock; it is let go when the file is closed, also by the end of the process."""
        held = os.open(self._folder / "decisions.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)

    def _make_room(self, wanted: int) -> None:
        """Put the file aside when it would grow too large, and forget the oldest."""
        current = self._folder / "decisions.ndjson"
        if not current.exists() or current.stat().st_size + wanted <= self._largest:
            return
        files = [current, *(self._folder / f"decisions.{n}.ndjson" for n in range(1, self._kept + 1))]
        for older, newer in zip(reversed(files), reversed(files[:-1]), strict=False):
            if newer.exists():
                newer.replace(older)


def _append(path: Path, content: bytes) -> None:
    """Append, or leave the file as it was."""
    opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        before = os.fstat(opened).st_size
        rest = memoryview(content)
        try:
            while rest:
                rest = rest[os.write(opened, rest) :]
        except OSError:
            os.ftruncate(opened, before)
            raise
    finally:
        os.close(opened)


class LoggedPolicy:
    """A policy engine whose every answer is in the log before anybody acts on it."""

    def __init__(
        self, engine: PolicyEngine, log: DecisionLog, labels: Mapping[str, str], revision: str
    ) -> None:
        self._engine = engine
        self._log = log
        self._labels = dict(labels)
        self._revision = revision

    def decide(self, request: Request) -> Decision:
        """The decision on one request. Raises WorldFailure when it cannot be recorded."""
        return self.decide_many((request,))[0]

    def decide_many(self, requests: Sequence[Request]) -> tuple[Decision, ...]:
        """The decisions, in the order asked. Raises WorldFailure when they cannot be recorded."""
        decisions = self._engine.decide_many(requests)
        if requests:
            self._log.write([self._event(*pair) for pair in zip(requests, decisions, strict=True)])
        return decisions

    def _event(self, request: Request, decision: Decision) -> dict[str, Any]:
        erased = _erased(decision)
        return {
            "labels": self._labels,
            "decision_id": str(uuid.uuid4()),
            "bundles": {"dataspace": {"revision": self._revision}},
            "path": PATH,
            "input": request_as_input(request),
            "result": _result(decision),
            **({"erased": erased} if erased else {}),
            "requested_by": request.ip,
            "timestamp": datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")[:-6] + "Z",
        }


def _result(decision: Decision) -> dict[str, Any]:
    return {
        "allow": decision.allow,
        "reasons": list(decision.reasons),
        "via": list(decision.via),
        "valid_until": decision.valid_until,
        "obligations": _obligations(decision.obligations),
        "datasets": {str(d): _obligations(o) for d, o in sorted(decision.datasets.items())},
    }


def _obligations(obligations: Obligations) -> dict[str, Any]:
    """Masks and the smallest cell; a row filter may name values of the data, so it is left out."""
    return {"columns": dict(sorted(obligations.columns.items())), "min_cell": obligations.min_cell}


def _erased(decision: Decision) -> list[str]:
    """Where something was left out, as OPA names it."""
    found = ["/result/obligations/rows"] if decision.obligations.rows else []
    for dataset, obligations in sorted(decision.datasets.items()):
        if obligations.rows:
            found.append(f"/result/datasets/{str(dataset).replace('/', '~1')}/rows")
    return found
