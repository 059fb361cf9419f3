"""First rows and profile of a dataset for a page: what policy and the disclosure floor leave of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.core.compiled import CompiledDataset
from engine.core.pages.answers import UNNAMED
from engine.core.pages.sql import Guard
from engine.core.state import Version, VersionColumn
from engine.policy.decision import Obligations
from engine.ports import Workbench
from engine.usecases.site.values import Preview

FIRST_ROWS = 8
WIDEST = 40
"""Most columns of a preview and a profile; a page is for looking, `query` for the rest."""
LONGEST = 120
"""Most characters of a cell."""

PERSONAL = "personal"
SUPPRESSED = "withheld"
"""The mark of a withheld number, as on pages."""
WITHHELD = (
    "Left out: this dataset holds personal columns, and this tree may be copied around. "
    "Those who may read it see first rows in their own tree, or with the command preview."
)
REFUSED = "Policy does not let you preview this dataset."
MISSING = "Nothing has been published yet."


BATCH = 48
"""How many files are looked at with one connection: connecting costs more than reading."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the rows gives: a preview, and for each column filled, distinct and share."""

    preview: Preview
    profile: Mapping[str, tuple[str, str, float | None]]
    total: int | None = None
    """How many rows there are for the reader; None when there was no look."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A dataset to look at under `obligations`; None of them means the operator's tree."""

    compiled: CompiledDataset
    version: Version | None
    obligations: Obligations | None
    guard: Guard | None = None
    """How its numbers are protected, where it is made of cells that count units."""
    numbers: frozenset[str] = frozenset()
    """Columns that the guard withholds in small rows."""
    whole_only: bool = False
    """Whether the profile may say of the units no more than how many there are in all..."""
    total_told: bool = True
    """... and whether it may say that..."""
    rounding: int = 0
    """... as a multiple of this; 0 as it is."""


@dataclass(frozen=True, slots=True)
class _Glance:
    """A file, the columns of it that are shown, and what was read of them."""

    path: Path
    columns: tuple[VersionColumn, ...]
    guard: Guard | None = None
    numbers: frozenset[str] = frozenset()
    rows: tuple[tuple[str | None, ...], ...] = ()
    total: int = 0
    counts: tuple[tuple[int, int], ...] = ()


def look(bench: Workbench, wanted: Sequence[Wanted]) -> tuple[Looked, ...]:
    """The first rows and the profile of each dataset, as far as they may be shown.

    The operator's tree shows no row of a dataset with personal columns. Where there is a disclosure
    floor, small numbers are marked instead of shown, and so are small counts in the profile.
    """
    plans = {i: _glance(bench, w, w.version) for i, w in enumerate(wanted) if w.version}
    files = list({glance.path: glance for glance in plans.values()}.values())
    seen: dict[Path, _Glance] = {}
    for start in range(0, len(files), BATCH):
        seen |= {glance.path: glance for glance in _read(bench, files[start : start + BATCH])}
    return tuple(
        _shown(w, seen[plans[i].path]) if i in plans else Looked(Preview(note=MISSING), {})
        for i, w in enumerate(wanted)
    )


def _glance(bench: Workbench, wanted: Wanted, version: Version) -> _Glance:
    clear = Obligations({c.name: "clear" for c in version.columns})
    kept = wanted.obligations or clear
    shown = tuple(c for c in version.columns if c.name in kept.columns)[:WIDEST]
    return _Glance(bench.slices.slice(version, kept), shown, wanted.guard, wanted.numbers)


def _read(bench: Workbench, glances: Sequence[_Glance]) -> Iterator[_Glance]:
    """Read first rows and counts of several files, each in one go."""
    tables = {f"d{i}": glance.path for i, glance in enumerate(glances)}
    heads = " union all ".join(_head_sql(i, glance) for i, glance in enumerate(glances))
    counts = " union all ".join(_counts_sql(i, glance) for i, glance in enumerate(glances))
    rows: dict[int, list[tuple[str | None, ...]]] = {i: [] for i in range(len(glances))}
    for i, _, cells in bench.warehouse.fetch(f"select * from ({heads}) order by d, n", tables).rows:
        rows[i].append(tuple(cells))
    for i, (total, *numbers) in bench.warehouse.fetch(f"select * from ({counts}) order by d", tables).rows:
        pairs = tuple(zip(numbers[::2], numbers[1::2], strict=True))
        yield replace(glances[i], rows=tuple(rows[i]), total=total, counts=pairs)


def _head_sql(i: int, glance: _Glance) -> str:
    if glance.guard is not None:
        return _guarded_head_sql(i, glance, glance.guard)
    cells = ", ".join(f"cast({_quoted(c.name)} as varchar)" for c in glance.columns)
    first = f"(select * from d{i} limit {FIRST_ROWS})"
    return f"(select {i} as d, row_number() over () as n, cast([{cells}] as varchar[]) as cells from {first})"


def _guarded_head_sql(i: int, glance: _Glance, guard: Guard) -> str:
    """First rows with withheld numbers marked; such rows come last, by name: their place tells nothing."""
    names = [_quoted(c.name) for c in glance.columns if c.name not in glance.numbers]
    order = ", ".join(['"withheld"', 'case when "withheld" = 0 then "place" end', *names])
    cells = ", ".join(_guarded_cell(c.name, glance, guard) for c in glance.columns)
    rows = guard.read(f"d{i}")
    told = f'(select *, {guard.row} as "withheld", row_number() over () as "place" from {rows})'
    first = f'(select * from {told} where "withheld" < {UNNAMED} order by {order} limit {FIRST_ROWS})'
    numbered = f"row_number() over (order by {order}) as n"
    return f"(select {i} as d, {numbered}, cast([{cells}] as varchar[]) as cells from {first})"


def _guarded_cell(name: str, glance: _Glance, guard: Guard) -> str:
    column = _quoted(name)
    text = f"cast({guard.rounded(column) if name in guard.counts else column} as varchar)"
    if name not in glance.numbers:
        return text
    return f"case when \"withheld\" > 0 then '{SUPPRESSED}' else {text} end"


def _counts_sql(i: int, glance: _Glance) -> str:
    names = [_quoted(c.name) for c in glance.columns]
    counts = ", ".join(("count(*)", *(f"count({n}), count(distinct {n})" for n in names)))
    return f"(select {i} as d, [{counts}] as counts from d{i})"


def _shown(wanted: Wanted, glance: _Glance) -> Looked:
    obligations = wanted.obligations
    floor = max(wanted.compiled.min_cell, obligations.min_cell if obligations else 0)
    profile = _profile(wanted, glance, floor)
    personal = any(PERSONAL in tags for tags in wanted.compiled.tags.values())
    if obligations is None and (personal or (floor and (wanted.whole_only or wanted.compiled.unit))):
        return Looked(Preview(note=WITHHELD), profile, glance.total)
    # Whoever may read the units themselves is not kept from counts of them.
    of_units = obligations is not None and wanted.compiled.unit is not None
    return Looked(_preview(glance, 0 if of_units else floor), profile, glance.total)


def _profile(wanted: Wanted, glance: _Glance, floor: int) -> dict[str, tuple[str, str, float | None]]:
    units = _units(wanted.compiled)
    found = {}
    for column, (filled, distinct) in zip(glance.columns, glance.counts, strict=True):
        unit = column.name in units
        if wanted.whole_only:
            told = _of_all(filled, distinct, glance.total, wanted, unit)
        else:
            told = _told(filled, distinct, glance.total, floor, unit)
        # How many values a number takes tells whether a withheld one equals one that is shown.
        found[column.name] = (told[0], "", told[2]) if column.name in glance.numbers else told
    return found


def _preview(glance: _Glance, floor: int) -> Preview:
    numeric = [_is_number(c.type) for c in glance.columns]
    rows = tuple(
        tuple(_cell(text, floor if number else 0) for text, number in zip(row, numeric, strict=True))
        for row in glance.rows
    )
    note = f"Numbers below {floor} are marked, not shown: the dataset has a disclosure floor."
    names = tuple(c.name for c in glance.columns)
    return Preview(names, tuple(numeric), rows, note if floor else "")


def _units(compiled: CompiledDataset) -> frozenset[str]:
    """The columns whose distinct values are people or other units: their number is a count of units."""
    personal = {name for name, tags in compiled.tags.items() if PERSONAL in tags}
    return frozenset(personal | ({compiled.unit} if compiled.unit else set()))


def _told(filled: int, distinct: int, total: int, floor: int, unit: bool) -> tuple[str, str, float | None]:
    """The counts in words: what is below the floor, or would give it away, is not told."""
    if 0 < filled < floor or 0 < total - filled < floor:
        return (f"fewer than {floor}" if filled < floor else f"all but fewer than {floor}", "", None)
    share = filled / total if total else None
    return f"{filled:,}", count_text(distinct, floor if unit else 0), share


def _of_all(
    filled: int, distinct: int, total: int, wanted: Wanted, unit: bool
) -> tuple[str, str, float | None]:
    """The counts in words where only the number of all rows may be told: the rows filled are a cell too."""
    from engine.core.pages.protection import rounded

    told, base = wanted.total_told and filled == total, wanted.rounding
    values = f"{rounded(distinct, base) if unit else distinct:,}" if told or not unit else ""
    return (f"{rounded(filled, base):,}", values, 1.0) if told and total else ("", values, None)


def count_text(number: int, floor: int) -> str:
    """A count of rows or values as pages show it: never one below the disclosure floor."""
    return f"fewer than {floor}" if 0 < number < floor else f"{number:,}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _is_number(word: str) -> bool:
    return word in ("integer", "float") or word.startswith("decimal")


def _cell(text: str | None, floor: int) -> str | None:
    if text is None or text == SUPPRESSED:
        return text
    if floor and 0 < abs(float(text)) < floor:
        return f"<{floor}"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
