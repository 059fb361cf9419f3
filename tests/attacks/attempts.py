"""Makes attempts through the real commands: what is refused is taken out, the rest is applied and read."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import duckdb

from tests.attacks import canaries, reading
from tests.attacks.spaces import NOW, PEOPLE, Person, write
from tests.conftest import Cli

ERROR = re.compile(r"^specs/(\S+?):\d+:\d+: (error\[[\w-]+\].*)$", re.M)
APPLY = ("apply", "--yes", "--now", NOW)
REFUSED, KEPT, TOLD, BROKEN = "refused", "kept", "told", "broken"


ALONE = 4
"""Attempts that each table tries alone by day."""


@dataclass(frozen=True)
class Attempt:
    """One attempt: its files below `specs/`, its page, and what that page may not say."""

    name: str
    files: Mapping[str, str]
    page: str
    secrets: tuple[float | str, ...] = ()
    """Numbers or words that are true and about fewer people than the floor."""
    alert: bool = False
    """Whether an alert of the page tells by firing or being quiet."""
    accepted_tells: bool = False
    """Whether it says enough that it is accepted."""


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt."""

    kind: str
    why: str

    @property
    def safe(self) -> bool:
        """Whether nothing got out."""
        return self.kind in (REFUSED, KEPT)

    def __str__(self) -> str:
        return f"{self.kind}: {self.why}"


def true_values(expression: str, by: str | None = None) -> tuple[float | str, ...]:
    """What an expression over all people, or over each of some groups, is: what its tile would tell."""
    with duckdb.connect() as connection:
        types = {"birth": "date", "income": "integer", "visited": "date"}
        columns = ", ".join(f"{f.name} {types.get(f.name, 'varchar')}" for f in fields(Person))
        connection.execute(f"create table people ({columns})")
        places = ", ".join("?" * len(fields(Person)))
        connection.executemany(f"insert into people values ({places})", [astuple(p) for p in PEOPLE])
        group = f" group by {by}" if by else ""
        try:
            rows = connection.execute(f"select {expression} from people{group}").fetchall()
        except duckdb.Error:
            return ()
    return tuple(secret for row in rows if (secret := _secret(row[0])) is not None)


def _secret(value: Any) -> float | str | None:
    if isinstance(value, bool) or value is None:
        return None if value is None else str(value).lower()
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


def outcomes(folder: Path, attempts: Iterable[Attempt]) -> dict[str, Outcome]:
    """What becomes of each attempt: all together first, then alone those that told nothing."""
    listed = {attempt.name: attempt for attempt in attempts}
    found = _refused(folder / "all", listed)
    left = {name: attempt for name, attempt in listed.items() if name not in found}
    if left:
        found |= _together(folder, left)
    return found


def _refused(folder: Path, listed: Mapping[str, Attempt]) -> dict[str, Outcome]:
    """Those that validate names a mistake in; then those that apply does, until it names none."""
    left = dict(listed)
    cli = write(folder, _files(left.values()))
    found = _named(cli("validate"), left, folder)
    while refused := _named(cli(*APPLY), left, folder):
        found |= refused
    return found


def _named(done: CompletedProcess[str], left: dict[str, Attempt], folder: Path) -> dict[str, Outcome]:
    """The attempts whose files a command's errors name; they and their files are taken away."""
    errors = dict(ERROR.findall(done.stdout + done.stderr)) if done.returncode == 1 else {}
    named = {name: e for name, a in left.items() for e in [errors[f] for f in a.files if f in errors]}
    found = {name: refusal(error, left[name]) for name, error in named.items()}
    for name in found:
        for file in left.pop(name).files:
            (folder / "specs" / file).unlink(missing_ok=True)
    return found


def refusal(text: str, attempt: Attempt) -> Outcome:
    """A refusal; one that tells a canary in its words is none, unless it repeats the author's."""
    told = canaries.told({"refusal": text}, attempt.files.values())
    return Outcome(TOLD, f"the refusal says {told}") if told else Outcome(REFUSED, text[:160])


def _files(attempts: Iterable[Attempt]) -> dict[str, str]:
    return {name: text for attempt in attempts for name, text in attempt.files.items()}


def _together(folder: Path, left: Mapping[str, Attempt]) -> dict[str, Outcome]:
    """Those that nothing refused, read from one space and, where that kept them, each from its own."""
    found = {}
    applied = (folder / "all/.dataspace/site/prod").exists()
    texts = canaries.published(folder / "all") if applied else {}
    for name, attempt in left.items():
        mine = {where: text for where, text in texts.items() if _mine(attempt, where)}
        found[name] = read(attempt, mine) if applied and not attempt.alert else Outcome(BROKEN, "")
    quiet = _alone_too([attempt for name, attempt in left.items() if found[name].kind != TOLD])
    with ThreadPoolExecutor(2) as pool:
        made = pool.map(lambda attempt: alone(folder / attempt.name, attempt), quiet)
        return found | dict(zip([attempt.name for attempt in quiet], made, strict=True))


def _alone_too(attempts: list[Attempt]) -> list[Attempt]:
    """Those that are tried alone as well: the ones that can't be read together, and a share of the others.

    One release may keep back what a page alone would tell, so every night all of them are.
    """
    if os.environ.get("ENGINE_NIGHTLY"):
        return attempts
    others = sorted(
        (a for a in attempts if not a.alert), key=lambda a: hashlib.sha256(a.name.encode()).digest()
    )
    return [*(a for a in attempts if a.alert), *others[:ALONE]]


def later(folder: Path, first: Mapping[str, str], attempts: Iterable[Attempt]) -> dict[str, Outcome]:
    """What becomes of attempts that are added all at once to a space that is applied; each is read apart."""
    left = {attempt.name: attempt for attempt in attempts}
    cli = write(folder, first)
    done = cli(*APPLY)
    assert done.returncode == 0, done.stderr[-800:]
    write(folder, _files(left.values()))
    found: dict[str, Outcome] = {}
    while refused := _named(done := cli(*APPLY), left, folder):
        found |= refused
    if done.returncode:
        return found | {name: Outcome(BROKEN, done.stderr[-300:]) for name in left}
    texts = canaries.published(folder)
    return found | {name: _site_of(attempt, texts) for name, attempt in left.items()}


def _site_of(attempt: Attempt, texts: Mapping[str, str]) -> Outcome:
    """Whether any page of an attempt's own, the portal's included, says its secret or a canary."""
    mine = {where: text for where, text in texts.items() if _mine(attempt, where)}
    if told := canaries.told(mine, attempt.files.values()):
        return Outcome(TOLD, str(told))
    pages = {where: text for where, text in mine.items() if where.endswith(".html")}
    said = [where for where, text in pages.items() if set(attempt.secrets) & set(all_numbers(text))]
    if said:
        return Outcome(TOLD, f"{attempt.secrets} in {sorted(where.split('/', 2)[-1] for where in said)}")
    return Outcome(KEPT, "nothing is told") if pages else Outcome(BROKEN, "it was not drawn")


def all_numbers(text: str) -> list[float]:
    """Every number of a page, whether in tiles, facts or rows."""
    return [*reading.numbers(text), *reading.in_text(reading.plain(text))]


def alone(folder: Path, attempt: Attempt) -> Outcome:
    """The attempt as the only one of its space."""
    cli = write(folder, attempt.files)
    done = cli(*APPLY)
    text = done.stdout + done.stderr
    if done.returncode == 1 and (error := re.search(r"error\[[\w-]+\].*", text)):
        return refusal(error.group(0), attempt)
    if done.returncode != 0:
        return Outcome(BROKEN, text.strip()[-300:])
    texts = canaries.published(folder) | {"apply": text}
    if attempt.alert:
        texts["alert"] = alerts(cli).get(f"dashboard/p/{attempt.page}", "not asked")
    found = read(attempt, texts)
    if found.kind == KEPT:
        found = read(attempt, texts | canaries.exported(cli, attempt.page))
    shutil.rmtree(folder, ignore_errors=True)
    return found


def read(attempt: Attempt, texts: Mapping[str, str]) -> Outcome:
    """Whether anything that was published tells what the attempt is after."""
    if told := canaries.told(texts, attempt.files.values()):
        where = min(told, key=len)
        return Outcome(TOLD, f"{where}: {told[where][:3]}")
    if attempt.accepted_tells:
        return Outcome(TOLD, "it is accepted")
    if attempt.alert:
        status = texts["alert"]
        return Outcome(TOLD if status in ("firing", "quiet") else KEPT, f"alert {status}")
    page = next(
        (text for where, text in texts.items() if where.endswith(f"dashboards/{attempt.page}.html")), ""
    )
    if not page:
        return Outcome(BROKEN, "its page was not drawn")
    secrets = [secret for secret in attempt.secrets if _says(page, secret)]
    return Outcome(TOLD, f"the page says {secrets}") if secrets else Outcome(KEPT, "nothing is told")


def _mine(attempt: Attempt, where: str) -> bool:
    """Whether a file is of this attempt: its page, or one of what it computes."""
    parts = re.split(r"[^\w-]", where)
    outputs = re.findall(r"output: ([\w-]+)", "".join(attempt.files.values()))
    return attempt.page in parts or bool(set(outputs) & set(parts))


def _says(page: str, secret: float | str) -> bool:
    if isinstance(secret, str):
        return any(re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", tile.text) for tile in reading.tiles(page))
    near = 1e-9 * max(1.0, abs(secret)) if float(secret).is_integer() else 0.006
    return any(abs(number - secret) <= near for number in reading.numbers(page))


def alerts(cli: Cli, run: str = "prod-00001") -> dict[str, str]:
    """What the alerts of a run came to, by the address of their page."""
    found = json.loads(cli.ok("log", run, "--format", "json"))
    records = found if isinstance(found, list) else [found]
    return {each["address"]: each["status"] for record in records for each in record.get("alerts", [])}
