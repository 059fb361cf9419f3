"""What is told to others: pages, lineage events, progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.state import RunRecord


class SiteWriter(Protocol):
    """Publishes a tree of pages."""

    def publish(self, environment: str, pages: Mapping[str, bytes]) -> str:
        """Write the tree beside the published one, and return its hash; nothing is switched yet."""
        ...

    def switch(self, environment: str, site: str) -> Path:
        """Make the tree of that hash the published one, in one step; returns its folder."""
        ...

    def current(self, environment: str) -> str:
        """Hash of the published tree; empty when there is none."""
        ...

    def is_drawn_as_now(self, environment: str) -> bool:
        """Whether the code that would draw the pages today drew the published tree."""
        ...


class LineageEvents(Protocol):
    """Tells the outside which datasets a run read and wrote."""

    def emit(self, record: RunRecord, compiled: Mapping[Address, CompiledDataset]) -> None:
        """Send the events of a finished run. Raises WorldFailure; the run itself is not touched."""
        ...


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are told of an alert: the author's words and the condition, never a number."""

    dashboard: Address
    title: str
    """What the dashboard is called."""
    name: str
    part: str
    """The values of the page's `each`; empty for a page of its own."""
    status: Literal["firing", "resolved"]
    message: str
    when: str
    run: str


class Notices(Protocol):
    """Tells people of alerts."""

    def send(self, notices: Sequence[Notice]) -> tuple[str, ...]:
        """Send each; returns a line, without secrets, for every place that did not take them."""
        ...


class Progress(Protocol):
    """Tells a person how far long work is; silent away from a terminal."""

    def started(self, total: int, label: str = "building") -> None:
        """Work on `total` steps begins, the first of them called `label`."""
        ...

    def step(self, label: str) -> None:
        """One more step is done."""
        ...

    def finished(self) -> None:
        """No more steps."""
        ...
