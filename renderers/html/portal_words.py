"""How pages of the portal speak: their own texts, numbers, times and states, by language. No wall clock."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
        "novembre", "décembre",
    ),
}  # fmt: skip
UNITS = {"en": ("B", "kB", "MB", "GB", "TB"), "fr": ("o", "ko", "Mo", "Go", "To")}
NBSP, THIN = "\u00a0", "\u202f"

MOODS = {
    "passed": "good", "succeeded": "good", "done": "good", "reused": "plain", "warned": "warn",
    "skipped": "plain", "running": "info", "failed": "bad", "interrupted": "bad", "firing": "bad",
    "quiet": "good", "withheld": "plain", "no-data": "plain",
}  # fmt: skip
"""The mood of each outcome word."""

KINDS = {
    "dataset": "Dataset", "dataflow": "Dataflow", "dashboard": "Dashboard", "catalog": "Catalogue entry",
    "project": "Project", "user": "User", "group": "Group", "role": "Role", "everyone": "Everyone",
    "run": "Run", "documentation": "Documentation",
}  # fmt: skip
"""What people call each kind of resource."""
PLURALS = {"entry": "entries"}
NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a language's file holds, by the English words."""

    texts: dict[str, str]
    """The portal's own texts."""
    said: dict[str, str]
    """What use cases say."""
    kinds: dict[str, str]
    nouns: dict[str, tuple[str, str]]
    """Nouns in the singular and the plural."""


class Words:
    """One language of the portal. A language without words of its own speaks English."""

    def __init__(self, code: str) -> None:
        self.code = code
        """The language asked for."""
        self.spoken = "fr" if code.split("-")[0] == "fr" else "en"
        """The language of the portal's own texts."""

    @cached_property
    def _kept(self) -> Kept:
        if self.spoken == "en":
            return Kept({}, {}, KINDS, {})
        path = Path(__file__).parent / "languages" / f"{self.spoken}.json"
        return Kept(**json.loads(path.read_text(encoding="utf-8")))

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """What use cases say with something in it, `{}` standing for that."""
        return [
            (re.compile(re.escape(said).replace(r"\{\}", "(.+)")), meant)
            for said, meant in self._kept.said.items()
            if "{}" in said
        ]

    def say(self, text: str, *values: object) -> str:
        """A text of the portal, its `{}` filled in turn."""
        return self._kept.texts.get(text, text).format(*values)

    def told(self, text: str) -> str:
        """What a use case says in English: a word, a sentence, a count; times in it as people write them."""
        text = TIME.sub(lambda found: self.moment(found.group()), text)
        if self.spoken == "en" or not text:
            return text
        if NUMBER.fullmatch(text):
            return text.replace(",", THIN)
        if text in self._kept.said:
            return self._kept.said[text]
        listed = text.split(", ")
        if len(listed) > 1 and all(part in self._kept.said for part in listed):
            return ", ".join(self._kept.said[part] for part in listed)
        for pattern, meant in self._patterns:
            found = pattern.fullmatch(text)
            if found:
                return meant.format(*(self.told(part) for part in found.groups()))
        return text

    def mood(self, word: str) -> str:
        """The mood of an outcome, `plain` for words it does not know."""
        return MOODS.get(word, "plain")

    def kind(self, word: str) -> str:
        """A resource's kind for people."""
        return self._kept.kinds.get(word, word.capitalize())

    def size(self, count: int) -> str:
        """A number of bytes in the largest fitting unit, with three figures at most."""
        value, units = float(count), UNITS[self.spoken]
        for unit in units:
            if value < 1000 or unit == units[-1]:
                number = str(count) if unit == units[0] else f"{value:.3g}"
                return f"{self._decimal(number)}{self._space}{unit}"
            value /= 1000
        raise AssertionError("the last unit always fits")

    def duration(self, seconds: float | None) -> str:
        """A span of time: tenths of a second below ten, then seconds, minutes, hours."""
        if seconds is None:
            return ""
        if seconds < 120:
            number = f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}"
            return f"{self._decimal(number)}{self._space}s"
        minutes = round(seconds / 60)
        if minutes < 120:
            return f"{minutes}{self._space}min"
        return f"{minutes // 60}{self._space}h{self._space}{minutes % 60:02d}{self._space}min"

    def day(self, text: str) -> str:
        """The day of an ISO 8601 time, as `24 November 2026`; anything else as it is."""
        found = _parsed(text)
        if found is None:
            return text
        first = "er" if self.spoken == "fr" and found.day == 1 else ""
        return f"{found.day}{first} {MONTHS[self.spoken][found.month - 1]} {found.year}"

    def moment(self, text: str) -> str:
        """An ISO 8601 time to the minute, as `24 November 2026, 09:30 UTC`; anything else as it is."""
        found = _parsed(text)
        return f"{self.day(text)}, {found:%H:%M} UTC" if found else text

    def plural(self, count: int, noun: str) -> str:
        """A number and its noun."""
        number = f"{count:,}".replace(",", THIN if self.spoken == "fr" else ",")
        if self.spoken == "en":
            return f"{number} {noun if count == 1 else PLURALS.get(noun, noun + 's')}"
        one, many = self._kept.nouns[noun]
        return f"{number} {one if count < 2 else many}"

    def counts(self, *parts: tuple[int, str]) -> str:
        """Several numbers and their nouns, those of which there are none left out."""
        said = [self.plural(count, one) for count, one in parts if count] or [self.say("Nothing yet")]
        last = "et" if self.spoken == "fr" else "and"
        return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} {last} {said[-1]}"

    def _decimal(self, number: str) -> str:
        return number.replace(".", ",") if self.spoken == "fr" else number

    @property
    def _space(self) -> str:
        return NBSP if self.spoken == "fr" else " "


@cache
def words_in(code: str) -> Words:
    """The words of a language, made once."""
    return Words(code)


def _parsed(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
