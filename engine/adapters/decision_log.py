"""A log of decisions in the shape of OPA's decision log events, one json line each, in files that rotate.

It holds who asked what and what was decided; rows and values of data never pass through policy. Processes
and threads take turns under a lock, so lines are whole and none is lost.
"""

from __future__ import annotations

import datetime
import fcntl
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.diagnostics import WorldFailure
from engine.policy.answers import request_as_input
from engine.policy.decision import Decision, Obligations, Request
from engine.policy.modules import PACKAGE, policy_revision
from engine.ports import PolicyEngine

NAME: Final = "decisions.ndjson"


@dataclass(frozen=True)
class DecisionLog:
    """Appends events to `<folder>/decisions.ndjson`; a full file becomes `.1`, the oldest is dropped."""

    folder: Path
    clock: Callable[[], datetime.datetime]
    most_bytes: int = 16 << 20
    most_files: int = 8

    def add(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Write the events, all or none, whole lines together. Raises WorldFailure."""
        lines = "".join(json.dumps(event, ensure_ascii=False, sort_keys=True) + "\n" for event in events)
        content = lines.encode()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._alone():
                self._rotate(len(content))
                _append(self.folder / NAME, content)
        except OSError as failure:
            raise WorldFailure(
                f"the decision log in {self.folder} cannot be written: {failure.strerror}.",
                "no decision is given that cannot be logged.",
            ) from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the log's lock; it is let go when the file is closed, also by the end of the process."""
        held = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)

    def _rotate(self, coming: int) -> None:
        file = self.folder / NAME
        if not file.exists() or file.stat().st_size + coming <= self.most_bytes:
            return
        for number in range(self.most_files - 1, 0, -1):
            older = self.folder / f"{NAME}.{number}"
            if older.exists():
                older.replace(self.folder / f"{NAME}.{number + 1}")
        file.replace(self.folder / f"{NAME}.1")
        (self.folder / f"{NAME}.{self.most_files}").unlink(missing_ok=True)


def _append(path: Path, content: bytes) -> None:
    """Append, or leave the file as it was. Links are not followed, and only the owner may read it."""
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


@dataclass(frozen=True)
class LoggedEngine:
    """A policy engine whose every answer is logged before it is given."""

    engine: PolicyEngine
    log: DecisionLog
    revision: str
    """Of the policy data it decides over."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Said of every event, beside the program: which space, which environment."""

    def decide(self, request: Request) -> Decision:
        """The decision on one request. Raises WorldFailure when it cannot be logged."""
        return self.decide_many((request,))[0]

    def decide_many(self, requests: Sequence[Request]) -> tuple[Decision, ...]:
        """The decisions, in the order asked. Raises WorldFailure when they cannot be logged."""
        decisions = self.engine.decide_many(requests)
        if requests:
            self.log.add([self._event(r, d) for r, d in zip(requests, decisions, strict=True)])
        return decisions

    def _event(self, request: Request, decision: Decision) -> dict[str, Any]:
        return {
            "decision_id": str(uuid.uuid4()),
            "labels": {"app": "dataspace-engine", **self.labels},
            "bundles": {PACKAGE: {"revision": f"{policy_revision()}-{self.revision}"}},
            "path": f"{PACKAGE}/decision",
            "input": request_as_input(request),
            "result": {
                "allow": decision.allow,
                "reasons": list(decision.reasons),
                "via": list(decision.via),
                "obligations": _obligations(decision.obligations),
                "datasets": {str(d): _obligations(o) for d, o in decision.datasets.items()},
                "valid_until": decision.valid_until,
            },
            "requested_by": request.ip,
            "timestamp": self.log.clock().astimezone(datetime.UTC).isoformat().replace("+00:00", "Z"),
        }


def _obligations(obligations: Obligations) -> dict[str, Any]:
    """Masks and how many row filters; the filters' text may name values, and stays in the policy."""
    return {
        "columns": dict(obligations.columns),
        "rows": len(obligations.rows),
        "min_cell": obligations.min_cell,
        "rounding": obligations.rounding,
    }
