"""What a plan says of the partitions that an apply will compute, as far as it can know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.core.compiled import CompiledDataset
from engine.core.partitions import LENGTHS, NO_TIME, settled
from engine.core.state import Partition, Version

NAMED = 6
"""How many intervals a sentence names."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Intervals that will be otherwise than they are published."""

    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Not published yet."""
    gone: tuple[str, ...] = ()
    """Without rows from now on."""
    late: tuple[str, ...] = ()
    """Settled: they stay, though their rows changed."""
    certain: bool = True
    """Whether all of them will be; otherwise no others will."""

    @property
    def touched(self) -> tuple[str, ...]:
        """All intervals that are computed or go, in order."""
        return tuple(sorted({*self.changed, *self.missing, *self.gone}))


def after_input(dataset: CompiledDataset, before: Version, of_input: Foreseen) -> Foreseen:
    """What may change in a step when that much of the input it follows does."""
    assert dataset.increment is not None
    length = LENGTHS[dataset.increment.partition]
    touched = sorted({interval[:length] for interval in of_input.touched})
    kept = {p.interval for p in settled(dataset, before)}
    published = {p.interval for p in before.partitions}
    return Foreseen(
        changed=tuple(i for i in touched if i in published - kept),
        missing=tuple(i for i in touched if i not in published),
        late=tuple(i for i in touched if i in kept),
        certain=False,
    )


def foreseen_in_words(before: Version, found: Foreseen) -> str:
    """The end of a reason: `2 of 24 partitions: 2025-02 changed, 2025-03 missing`."""
    states = {
        **dict.fromkeys(found.changed, "changed"),
        **dict.fromkeys(found.missing, "missing"),
        **dict.fromkeys(found.gone, "gone"),
    }
    published = {p.interval for p in before.partitions}
    total = len((published | set(found.missing)) - set(found.gone))
    computed = len(found.changed) + len(found.missing)
    named = [f"{i} {states[i]}" if found.certain else i for i in found.touched]
    most = "" if found.certain else "at most "
    words = f"{most}{computed} of {total} partition{'' if total == 1 else 's'}"
    words += f": {first_few(named)}" if named else ""
    return words + (f"; settled, though changed: {first_few(found.late)}" if found.late else "")


def unforeseen_in_words(dataset: CompiledDataset, before: Version) -> str:
    """The end of a reason where only computing will tell which partitions change."""
    assert dataset.increment is not None
    units = f"{dataset.increment.partition}s"
    if dataset.query:
        part = f"all its rows are computed, and the {units} that differ are written"
    else:
        part = f"only the {units} whose rows differ are written"
    stay = len(settled(dataset, before))
    return part + (f"; {stay} of {len(before.partitions)} partitions are settled" if stay else "")


def lost_in_words(dataset: CompiledDataset, before: Version) -> str:
    """What a new logic means for partitions that had settled; empty where none had."""
    increment = dataset.increment
    if dataset.query or increment is None or increment.lookback is None:
        return ""
    had = len([p for p in before.partitions if p.interval != NO_TIME]) - increment.lookback - 1
    if had < 1:
        return ""
    what = "the settled partition is" if had == 1 else f"{had} settled partitions are"
    return f"{what} read again, as far as the origin still has the rows"


def compared(
    before: Iterable[Partition], kept: Iterable[Partition], equal: Iterable[Partition], rows: Iterable[str]
) -> Foreseen:
    """What changes when there are rows of these intervals, some equal to what is published."""
    published = {p.interval for p in before}
    stay = {p.interval for p in kept}
    now = set(rows) - stay
    same = {p.interval for p in equal}
    return Foreseen(
        changed=tuple(sorted((now & published) - same)),
        missing=tuple(sorted(now - published)),
        gone=tuple(sorted(published - stay - now - ({NO_TIME} if not now and not stay else set()))),
    )


def first_few(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
