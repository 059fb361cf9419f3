"""How pages say numbers, times and states. English, thousands with commas, no wall clock."""

from __future__ import annotations

import datetime

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip

MOODS = {
    "passed": "good", "succeeded": "good", "done": "good", "reused": "plain", "warned": "warn",
    "skipped": "plain", "running": "info", "failed": "bad", "interrupted": "bad", "firing": "bad",
    "quiet": "good", "withheld": "plain",
}  # fmt: skip
"""The mood of each outcome word."""

KINDS = {
    "dataset": "Dataset", "dataflow": "Dataflow", "dashboard": "Dashboard", "catalog": "Catalogue entry",
    "project": "Project", "user": "User", "group": "Group", "role": "Role", "everyone": "Everyone",
}  # fmt: skip
"""What people call each kind of resource."""


def mood(word: str) -> str:
    """The mood of an outcome, `plain` for words it does not know."""
    return MOODS.get(word, "plain")


def kind(word: str) -> str:
    """A resource's kind for people."""
    return KINDS.get(word, word.capitalize())


def size(count: int) -> str:
    """A number of bytes in the largest fitting unit, with three figures at most."""
    value, units = float(count), ("B", "kB", "MB", "GB", "TB")
    for unit in units:
        if value < 1000 or unit == units[-1]:
            return f"{count} B" if unit == "B" else f"{value:.3g} {unit}"
        value /= 1000
    raise AssertionError("the last unit always fits")


def duration(seconds: float | None) -> str:
    """A span of time: tenths of a second below ten, then seconds, minutes, hours."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


def day(text: str) -> str:
    """The day of an ISO 8601 time, as `24 November 2026`; anything else as it is."""
    found = _parsed(text)
    return f"{found.day} {MONTHS[found.month - 1]} {found.year}" if found else text


def moment(text: str) -> str:
    """An ISO 8601 time to the minute, as `24 November 2026, 09:30 UTC`; anything else as it is."""
    found = _parsed(text)
    return f"{day(text)}, {found:%H:%M} UTC" if found else text


def _parsed(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None


def plural(count: int, one: str, many: str = "") -> str:
    """A number and its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def counts(*parts: tuple[int, str]) -> str:
    """Several numbers and their nouns, those of which there are none left out."""
    said = [plural(count, one) for count, one in parts if count] or ["Nothing yet"]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
