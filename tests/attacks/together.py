"""Carries many attempts out in one space: what a command refuses is taken out until the rest is applied."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, TypeVar

from tests.attacks import canaries
from tests.attacks.attempts import BROKEN, REFUSED, Attempt, Outcome, alerts, read
from tests.attacks.spaces import NOW, write
from tests.conftest import Cli

COMMANDS = (("validate",), ("plan", "--now", NOW), ("apply", "--yes", "--now", NOW))


class Named(Protocol):
    """Something whose files are named after it."""

    @property
    def name(self) -> str:
        """The name of its page; its datasets' begin with it."""


N = TypeVar("N", bound=Named)
Put = Callable[[Path, Sequence[N]], Cli]
"""Writes the space with some of the attempts in a folder, and without the others."""


@dataclass
class Left:
    """What the commands said of those that are left out: an error each, or how a command crashed."""

    refused: dict[str, str] = field(default_factory=dict)
    crashed: dict[str, str] = field(default_factory=dict)


def accepted(folder: Path, every: Iterable[N], put: Put[N]) -> tuple[list[N], Left]:
    """Those that are applied together, and what became of the others."""
    remaining, out = list(every), Left()
    for words in COMMANDS:
        while (done := put(folder, remaining)(*words)).returncode != 0:
            said = done.stdout + done.stderr
            named = {each.name: line for each in remaining if (line := _error(each.name, said))}
            out.refused |= named
            if not named:
                guilty = _guilty(folder, remaining, put, words)
                out.crashed[guilty.name] = said.strip().splitlines()[-1]
                named = {guilty.name: ""}
            remaining = [each for each in remaining if each.name not in named]
    return remaining, out


def _error(name: str, said: str) -> str:
    """The first error that names an attempt's file, or what it computes."""
    found = re.search(rf"^.*\b{re.escape(name)}(?:_\w+)?\b[^\n]*\berror\b.*$", said, re.M)
    return found.group(0) if found else ""


def _guilty(folder: Path, remaining: list[N], put: Put[N], words: tuple[str, ...]) -> N:
    """Of attempts with which a command fails without a word on any of them, one that does it."""
    none = put(folder / "none", [])(*words)
    assert none.returncode == 0, f"engine {' '.join(words)} fails without any attempt: {none.stderr}"
    while len(remaining) > 1:
        half = remaining[: len(remaining) // 2]
        fails = put(folder / f"half{len(remaining)}", half)(*words).returncode != 0
        remaining = half if fails else remaining[len(remaining) // 2 :]
    return remaining[0]


def _put(folder: Path, attempts: Sequence[Attempt]) -> Cli:
    for path in (folder / "specs").rglob("*.yaml"):
        path.unlink()
    return write(folder, {name: text for each in attempts for name, text in each.files.items()})


def outcomes_together(folder: Path, attempts: Sequence[Attempt]) -> dict[str, Outcome]:
    """What became of attempts that are made in one space; each is read off its own page."""
    applied, out = accepted(folder, attempts, _put)
    found = {name: Outcome(REFUSED, line) for name, line in out.refused.items()}
    found |= {name: Outcome(BROKEN, line) for name, line in out.crashed.items()}
    texts = canaries.published(folder)
    statuses = alerts(Cli(folder))
    for each in applied:
        mine = {where: text for where, text in texts.items() if each.page in re.split(r"[^\w-]", where)}
        mine["alert"] = statuses.get(f"dashboard/p/{each.page}", "not asked")
        said = {name: text for name, text in each.files.items() if name.endswith(".yaml")}
        found[each.name] = read(replace(each, files=said), mine)
    return found
