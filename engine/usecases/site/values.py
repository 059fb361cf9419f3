"""What the site says, as plain frozen values: everything in them may be shown to the tree's reader."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engine.addresses import Address
from engine.core.state import CheckStatus, RunStatus
from engine.model.theme import Theme
from engine.usecases.site.values_admin import Admin
from engine.usecases.site.values_basic import Attention, Link, Mood

if TYPE_CHECKING:
    from engine.core.pages.release import PageModel
    from engine.usecases.page_notes import PageNotes


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column: what it is, where it comes from and goes to, and its profile (texts, floor applied)."""

    name: str
    type: str
    level: str
    tags: tuple[str, ...]
    description: str
    sources: tuple[tuple[Link, str], ...] = ()
    uses: tuple[tuple[Link, str], ...] = ()
    filled: str = ""
    distinct: str = ""
    share: float | None = None
    """Part of the rows that is filled, for the eye; None where it may not be told."""


@dataclass(frozen=True, slots=True)
class Preview:
    """First rows as text (None is null), or why there are none."""

    columns: tuple[str, ...] = ()
    numbers: tuple[bool, ...] = ()
    """Which columns are numbers."""
    rows: tuple[tuple[str | None, ...], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """The outcome of a check: `failures` in words, never below the disclosure floor."""

    name: str
    status: CheckStatus
    severity: str
    failures: str
    history: tuple[tuple[str, str, CheckStatus], ...] = ()
    """Run, when it began and outcome of every kept run that made this check, oldest first."""


@dataclass(frozen=True, slots=True)
class Node:
    """A box of a graph. `layer` counts from the left; the page's own thing is `own`."""

    link: Link
    layer: int
    own: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes and the arrows between them, by address."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[tuple[Address, Address], ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Someone who may read something, and through what."""

    person: Link
    doors: tuple[str, ...]
    """`project` and `catalogue`: where it is open to them."""
    via: tuple[str, ...]
    narrowed: str
    """What policy leaves of it, in words; empty when all."""
    actions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """All that they may do with it, each with the rules that allow it."""


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """All that a page says of a dataset, whichever door the reader came through."""

    link: Link
    project: Link | None
    """None when the reader may not see the project."""
    description: str
    owner: Link | None
    level: str
    rows: str
    bytes: int
    as_of: str
    stale: bool
    origin: str
    """Where it comes from: a file, URL or source, or the dataflow that makes it."""
    flow: Link | None
    floor: int
    columns: tuple[ColumnFacts, ...]
    preview: Preview
    checks: tuple[CheckFacts, ...]
    graph: Graph
    upstream: tuple[Link, ...]
    downstream: tuple[Link, ...]
    entries: tuple[Link, ...]
    readers: tuple[Reader, ...]
    more_readers: bool
    """Whether the list of readers was left out because the space is too big for a page."""
    yaml: str
    file: str
    version: str

    @property
    def mood(self) -> Mood:
        """The worst that its checks and age say."""
        states = {check.status for check in self.checks}
        if "failed" in states:
            return "bad"
        if "warned" in states or self.stale:
            return "warn"
        return "good" if states else "plain"


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """A catalogue entry, its terms, and the dataset behind it."""

    link: Link
    description: str
    access: str
    themes: tuple[str, ...]
    keywords: tuple[str, ...]
    license: str
    contact: str
    contact_href: str
    dataset: DatasetFacts
    mine: str
    """How far the reader gets, in a word: `preview`, `metadata`; empty for the operator."""
    rights: str
    """All that the reader may do with its data, like `preview, use`; empty for the operator."""
    apply_command: str
    apply_yaml: str
    """How to apply for access, when that is needed and the reader may."""
    used_by: tuple[Link, ...]
    """Projects that took it into their library."""
    yaml: str


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of a dataflow: the part of a run that concerns its datasets."""

    run: str
    flow: Link
    at: str
    seconds: float
    status: str
    rows: str


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A step of a dataflow: how it is written and what it makes."""

    output: Link
    form: str
    reads: tuple[Link, ...]
    code: str
    language: str
    compiled: str
    description: str


@dataclass(frozen=True, slots=True)
class FlowFacts:
    """A dataflow with its steps and what became of them."""

    link: Link
    project: Link | None
    description: str
    owner: Link | None
    schedule: str
    inputs: tuple[tuple[str, Link], ...]
    steps: tuple[StepFacts, ...]
    graph: Graph
    executions: tuple[Execution, ...]
    yaml: str
    file: str


@dataclass(frozen=True, slots=True)
class DashboardCard:
    """A dashboard in a list."""

    link: Link
    project: Link | None
    summary: str
    owner: Link | None
    level: str
    datasets: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project or studio: people, contents and what ran."""

    link: Link
    description: str
    personal: bool
    mine: bool
    """Whether the reader belongs to it."""
    owner: Link | None
    managers: tuple[Link, ...]
    members: tuple[Link, ...]
    uses: tuple[Link, ...]
    created: str
    """When its first dataset was published, as far as the kept runs tell; empty when unknown."""
    bytes: int
    datasets: tuple[DatasetFacts, ...]
    flows: tuple[FlowFacts, ...]
    dashboards: tuple[DashboardCard, ...]
    assistants: tuple[Link, ...]
    notebooks: tuple[Link, ...]
    executions: tuple[Execution, ...]
    yaml: str


@dataclass(frozen=True, slots=True)
class RunStep:
    """One step of a run on its page."""

    link: Link
    action: str
    status: str
    rows: str
    seconds: float
    message: str


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run as far as the reader may see what it did."""

    run: str
    kind: str
    status: RunStatus
    actor: Link | None
    started: str
    finished: str
    seconds: float | None
    commit: str
    plan: str
    steps: tuple[RunStep, ...]
    checks: tuple[tuple[Link, CheckFacts], ...]
    alerts: tuple[AlertFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """An alert of a dashboard the reader may open, and whether it holds."""

    page: Link
    name: str
    """With the values of the page's `each`."""
    status: Literal["firing", "quiet", "withheld", "no-data"]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who reads what: for each thing and person how, or nothing."""

    people: tuple[Link, ...] = ()
    things: tuple[Link, ...] = ()
    cells: Mapping[tuple[Address, Address], Reader] | None = None
    """By thing and person; only what is allowed."""
    left_out: int = 0
    """How many things did not fit."""


@dataclass(frozen=True, slots=True)
class SitePage:
    """A dashboard in the tree, computed when it is asked for."""

    address: Address
    key: str
    """Names all that the page is made from; empty where that cannot be named before it is computed."""
    make: Callable[[], PageModel]
    """Computes the page, once. Raises DataMistake when it carries too many rows."""
    notes: Callable[[], PageNotes]
    """What its author is told of it; known without computing it where an earlier run did."""


@dataclass(frozen=True, slots=True)
class SiteModel:
    """The whole site for one reader."""

    title: str
    description: str
    environment: str
    reader: str | None
    """In full (`user:romain`); None for the operator's complete tree."""
    name: str
    """What to call the reader; empty for the operator."""
    now: datetime.date
    lang: str
    levels: tuple[str, ...]
    run: str
    at: str
    commit: str
    """The commit that was applied; empty outside of git."""
    policy: str
    data: str
    attention: tuple[Attention, ...]
    projects: tuple[ProjectFacts, ...]
    entries: tuple[EntryFacts, ...]
    datasets: tuple[DatasetFacts, ...]
    flows: tuple[FlowFacts, ...]
    dashboards: tuple[DashboardCard, ...]
    pages: tuple[SitePage, ...]
    runs: tuple[RunFacts, ...]
    matrix: Matrix
    admin: Admin | None
    translations: tuple[SiteModel, ...] = ()
    """The same site in the space's other languages; dashboards hold all languages themselves."""
    theme: Theme | None = None
    """The space's own tokens; None for the house's."""
