"""What has been applied: values read from the state store. No data row is ever among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.addresses import Address

CheckStatus = Literal["passed", "warned", "failed"]
RunKind = Literal["apply", "run", "backfill", "promote", "rollback"]
RunStatus = Literal["running", "succeeded", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class VersionColumn:
    """A column of a stored version, as it is: name and type in SPECS.md's words."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Partition:
    """The rows of one interval of an incremental dataset: an immutable Parquet file that versions share."""

    interval: str
    """`2025-01` or `2025-01-31`; `none` for rows without a time."""
    fingerprint: str
    """What it was computed from, when it was last computed."""
    path: str
    """Relative to the store, POSIX."""
    rows: int
    bytes: int
    content: str
    """Hash of the file's bytes."""


@dataclass(frozen=True, slots=True)
class Version:
    """An immutable Parquet file, or a list of partitions, in the store and what it was made from."""

    fingerprint: str
    """Logic and input content; names the file."""
    address: Address
    """The dataset it was first made for."""
    path: str
    """Relative to the store, POSIX: its file, or what lists its partitions."""
    rows: int
    bytes: int
    content: str
    """Hash of the bytes of its files: equal content means nothing downstream needs to run."""
    columns: tuple[VersionColumn, ...]
    logic: str
    algorithm: int
    inputs: Mapping[Address, str]
    """Input dataset to the fingerprint of the version that was read."""
    data_time: str
    """ISO 8601 UTC: when the data was collected (the latest of the inputs' for a derived version)."""
    cut: str = ""
    """How its rows are cut into partitions, as in `month of ordered_on`; empty when they are one file."""
    partitions: tuple[Partition, ...] = ()
    """At least one when it is cut, in the order of intervals, rows without a time last."""

    @property
    def description(self) -> str:
        """The JSON file that says what the version is; relative to the store."""
        return f"{self.path.rpartition('.')[0]}.json"

    @property
    def files(self) -> tuple[str, ...]:
        """The Parquet files that hold its rows, read one after the other; relative to the store."""
        return tuple(p.path for p in self.partitions) if self.cut else (self.path,)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check on one version: how many rows fail, never which."""

    address: Address
    name: str
    status: CheckStatus
    severity: Literal["error", "warn"]
    failures: int
    version: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What an environment points at. Texts it names by hash are read with `StateStore.document`."""

    environment: str
    serial: int
    """Goes up by one with every change of the environment: a saved plan names the one it saw."""
    snapshot: str = ""
    """Hash of the text of all applied specs (core/snapshot.py); empty before the first apply."""
    policy: str = ""
    """Hash of the applied policy data, a JSON text."""
    compiled: str = ""
    """Hash of the applied compiled datasets, a JSON text (core/compiled_json.py)."""
    run: str = ""
    site: str = ""
    """Hash of the published site."""
    base: int = 0
    """The serial of the base environment when this one was applied; 0 in the base itself."""
    digests: Mapping[Address, str] = field(default_factory=dict)
    """Aspect hashes of each applied resource, as core/aspects.py writes them."""
    versions: Mapping[Address, Version] = field(default_factory=dict)
    """The version each dataset points at."""
    columns: Mapping[Address, Mapping[str, str]] = field(default_factory=dict)
    """Each dataset's column hashes by logic alone (core/fingerprint.py, without stamps)."""
    logics: Mapping[Address, str] = field(default_factory=dict)
    """Each dataset's fingerprint by logic alone."""
    stamps: Mapping[Address, str] = field(default_factory=dict)
    """Content hash of what each collected dataset was read from; of an incremental dataset also of the
    partitions that were kept as they had been published (core/partitions.py)."""


@dataclass(frozen=True, slots=True)
class Released:
    """That cells of one version of a dataset were shown to an audience; the cells are named by hash."""

    environment: str
    dataset: Address
    """The first of the datasets that hold the units."""
    audience: str
    """Empty for those from whom policy keeps nothing, else a hash of what it keeps."""
    version: str
    """Hash of whose data it was."""
    run: str
    """The run that published them; empty for pages drawn for somebody."""
    cells: str
    """Hash of the text in the store that tells the cells (core/pages/ledger.py)."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of a run as it went."""

    address: Address
    action: str
    status: Literal["done", "reused", "failed", "skipped"]
    rows: int | None
    seconds: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class AlertOutcome:
    """Whether an alert of a dashboard holds of what a run published; never by which numbers."""

    address: Address
    name: str
    part: str
    """The values of the page's `each`; empty for a page of its own."""
    status: Literal["firing", "quiet", "withheld", "no-data"]
    """`withheld`: a number it needs is; `no-data`: there is none, as there are no rows."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One apply or run, kept for good."""

    run: str
    environment: str
    kind: RunKind
    status: RunStatus
    actor: str
    started: str
    finished: str
    plan: str
    """Fingerprint of the plan that was applied."""
    commit: str
    steps: tuple[StepRecord, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    alerts: tuple[AlertOutcome, ...] = ()
    policy: str = ""
    """Hash of the policy data that the run was to publish; empty for runs of before it was kept."""
    drawing: float = 0.0
    """Seconds that auditing and drawing the pages took. No page tells them: they are known afterwards."""
