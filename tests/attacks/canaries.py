"""What nobody should learn, searched in every byte that an apply leaves behind or a command says.

The store itself (`versions`, `cache`, `releases`) is not searched: it holds the data, and the ledger what was
withheld of it by name. Nothing of it is ever published; the state names it by hash only, and is searched.
"""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.attacks.spaces import PEOPLE, RARE
from tests.conftest import Cli

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SKIPPED = ("versions", "cache", "releases")


def _grouped(number: int) -> str:
    """A number however its thousands are parted."""
    return rf"{number // 1000}[,. \u202f\u00a0]?{number % 1000:03d}"


def _patterns() -> dict[str, re.Pattern[str]]:
    """Each person's own values, as a reader could find them written."""
    found = {}
    for person in PEOPLE:
        day = person.birth
        written = rf"{day.isoformat()}|{day.day} {MONTHS[day.month - 1]} {day.year}"
        found[f"pid {person.pid}"] = person.pid
        found[f"name {person.fullname}"] = person.fullname
        found[f"birth {day}"] = written
        found[f"income {person.income}"] = rf"(?<![\w.#-]){_grouped(person.income)}(?:\.0+)?(?![\w%.])"
    found |= {f"town {town}": town for town in RARE}
    return {name: re.compile(pattern) for name, pattern in found.items()}


PATTERNS = _patterns()
ANY = re.compile("|".join(f"(?:{pattern.pattern})" for pattern in PATTERNS.values()))


def in_text(text: str) -> list[str]:
    """The canaries that a text tells."""
    if not ANY.search(text):
        return []
    return [name for name, pattern in PATTERNS.items() if pattern.search(text)]


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    store = folder / ".dataspace"
    for path in sorted(store.rglob("*")):
        name = path.relative_to(store)
        if path.is_file() and name.parts[0] not in SKIPPED and path.name not in ("vega.js", "state.db"):
            yield str(name), path.read_bytes()


def _dump(folder: Path) -> str:
    """The state as a whole."""
    with sqlite3.connect(folder / ".dataspace/state.db") as connection:
        return "\n".join(connection.iterdump())


def published(folder: Path) -> dict[str, str]:
    """Everything in the store beside the data, as text: sites, records, logs, state."""
    found = {name: content.decode("utf-8", "replace") for name, content in _files(folder)}
    if (folder / ".dataspace/state.db").exists():
        found["state.db"] = _dump(folder)
    return found


def exported(cli: Cli, page: str, reader: str = "vera", env: str = "prod") -> dict[str, str]:
    """A dashboard's tables as CSV, each by its name, and what the command says."""
    out = cli.folder / f"{env}-{page}-{reader}.zip"
    words = ("export", f"dashboard/p/{page}", "--as", reader, "--format", "csv", "--out", str(out))
    done = cli("--env", env, *words)
    found = {f"export {page}": done.stdout + done.stderr}
    if out.exists() and zipfile.is_zipfile(out):
        with zipfile.ZipFile(io.BytesIO(out.read_bytes())) as archive:
            for name in archive.namelist():
                found[f"{out.name}/{name}"] = archive.read(name).decode("utf-8")
    return found


def told(texts: Mapping[str, str], written: Iterable[str] = ()) -> dict[str, list[str]]:
    """The canaries by where they are told, without those that the author's own files name."""
    known = set(in_text("\n".join(written)))
    found = {where: [name for name in in_text(text) if name not in known] for where, text in texts.items()}
    return {where: names for where, names in found.items() if names}


def drawn(folder: Path, page: str, env: str = "prod") -> str:
    """A dashboard's page as an environment has it now; nothing where it is not drawn."""
    path = folder / f".dataspace/site/{env}/projects/p/dashboards/{page}.html"
    return path.read_text("utf-8") if path.exists() else ""
