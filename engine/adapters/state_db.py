"""State in a SQLite database, through SQLAlchemy Core."""

from __future__ import annotations

import contextlib
import datetime
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    Table,
    delete,
    insert,
    select,
    update,
)

from engine.adapters import state_db_ledger as ledger
from engine.adapters import state_db_releases as release_ledger
from engine.adapters.state_db_connection import Database
from engine.adapters.state_db_history import earlier, keep
from engine.adapters.state_db_process import Process, is_gone, this_process
from engine.adapters.state_db_rows import (
    alert_rows,
    applied_of,
    check_of,
    check_rows,
    pointer_rows,
    run_of,
    run_row,
    version_of,
    version_text,
)
from engine.adapters.state_db_tables import (
    alerts,
    checks,
    documents,
    environments,
    history,
    locks,
    pointers,
    runs,
    versions,
)
from engine.addresses import Address
from engine.core.state import Applied, CheckResult, Partition, Released, RunRecord, Version
from engine.diagnostics import LockHeld, StalePlan, WorldFailure


class SqliteState(Database):
    """A StateStore in one file. Every method is one transaction; writers wait for each other."""

    def applied(self, environment: str) -> Applied:
        """What the environment points at; an empty Applied before the first apply."""
        with self.reading() as connection:
            known = _one(connection, select(environments).where(environments.c.name == environment))
            if known is None:
                return Applied(environment, 0)
            rows = connection.execute(
                select(pointers).where(pointers.c.environment == environment)
            ).mappings()
            return applied_of(known, rows.all())

    def environments(self) -> tuple[str, ...]:
        """All environments, sorted."""
        with self.reading() as connection:
            return tuple(sorted(connection.scalars(select(environments.c.name))))

    @contextlib.contextmanager
    def lock(self, environment: str, holder: str) -> Iterator[None]:
        """Hold the environment's lock. Raises LockHeld, naming the holder and since when.

        A lock whose process is dead is taken over, and the run it left behind counts as interrupted.
        """
        token = secrets.token_hex(16)
        with self.writing() as connection:
            held = _one(connection, select(locks).where(locks.c.environment == environment))
            if held is not None and not is_gone(_process(held)):
                raise _lock_held(environment, held, self.path)
            connection.execute(delete(locks).where(locks.c.environment == environment))
            connection.execute(insert(locks), [_lock_row(environment, token, holder)])
            left = (runs.c.environment == environment) & (runs.c.status == "running")
            connection.execute(update(runs).where(left).values(status="interrupted"))
        try:
            yield
        finally:
            with self.writing() as connection:
                connection.execute(delete(locks).where(locks.c.token == token))

    def add_version(self, version: Version) -> None:
        """Remember a finished version (not yet published): a resumed apply finds it."""
        with self.writing() as connection:
            connection.execute(delete(versions).where(versions.c.fingerprint == version.fingerprint))
            row = {"fingerprint": version.fingerprint, "version": version_text(version)}
            connection.execute(insert(versions), [row])

    def version(self, fingerprint: str) -> Version | None:
        """A remembered version."""
        with self.reading() as connection:
            text = connection.scalar(select(versions.c.version).where(versions.c.fingerprint == fingerprint))
            return None if text is None else version_of(text)

    def publish(self, applied: Applied, documents: Mapping[str, str], expected_serial: int) -> None:
        """Replace the environment's pointers in one transaction.

        Raises StalePlan, with nothing changed, if the stored serial is not `expected_serial`.
        """
        name = applied.environment
        with self.writing() as connection:
            serial = connection.scalar(select(environments.c.serial).where(environments.c.name == name))
            if (serial or 0) != expected_serial:
                raise StalePlan("another apply was published in the meantime.", "plan again, then apply.")
            _keep_documents(connection, documents)
            connection.execute(delete(environments).where(environments.c.name == name))
            fields = ("serial", "snapshot", "policy", "compiled", "run", "site", "base")
            row = {"name": name, **{field: getattr(applied, field) for field in fields}}
            connection.execute(insert(environments), [row])
            connection.execute(delete(pointers).where(pointers.c.environment == name))
            rows = pointer_rows(applied)
            if rows:
                connection.execute(insert(pointers), rows)
            keep(connection, applied)

    def history(self, environment: str, run: str | None = None, limit: int = 1000) -> tuple[Applied, ...]:
        """Every state the environment was published in, latest first; or those that `run` published."""
        with self.reading() as connection:
            return earlier(connection, environment, run, limit)

    def drop(self, environment: str) -> None:
        """Forget an environment and its earlier states; versions, documents, runs and releases stay."""
        with self.writing() as connection:
            connection.execute(delete(environments).where(environments.c.name == environment))
            connection.execute(delete(pointers).where(pointers.c.environment == environment))
            connection.execute(delete(history).where(history.c.environment == environment))

    def versions(self) -> tuple[Version, ...]:
        """Every remembered version, by fingerprint."""
        with self.reading() as connection:
            texts = connection.scalars(select(versions.c.version).order_by(versions.c.fingerprint))
            return tuple(map(version_of, texts))

    def forget(self, fingerprint: str) -> None:
        """Remember a version no more."""
        with self.writing() as connection:
            connection.execute(delete(versions).where(versions.c.fingerprint == fingerprint))

    def add_partition(self, address: Address, partition: Partition, run: str) -> None:
        """Enter a finished partition of a dataset in the ledger of intervals, and which run computed it."""
        with self.writing() as connection:
            ledger.enter(connection, address, partition, run)

    def partition(self, address: Address, fingerprint: str) -> Partition | None:
        """The dataset's partition of that fingerprint, published or not."""
        with self.reading() as connection:
            return ledger.find(connection, address, fingerprint)

    def partition_runs(self, address: Address) -> Mapping[str, str]:
        """The fingerprint of each of the dataset's known partitions, and the run that computed it last."""
        with self.reading() as connection:
            return ledger.runs_of(connection, address)

    def partition_files(self) -> frozenset[str]:
        """The files of all known partitions, relative to the store."""
        with self.reading() as connection:
            return ledger.files(connection)

    def forget_partitions(self, files: frozenset[str]) -> None:
        """Know the partitions in these files no more."""
        with self.writing() as connection:
            ledger.forget(connection, files)

    def add_release(self, released: Released) -> None:
        """Enter in the ledger what of a version was shown to whom."""
        with self.writing() as connection:
            release_ledger.enter(connection, released)

    def releases(self, audience: str) -> tuple[Released, ...]:
        """What was shown to an audience, in whichever environment, latest first."""
        with self.reading() as connection:
            return release_ledger.find(connection, audience)

    def document(self, digest: str) -> str:
        """A text that was published earlier, by its hash. Raises WorldFailure if it is not there."""
        with self.reading() as connection:
            text = connection.scalar(select(documents.c.text).where(documents.c.digest == digest))
        if text is None:
            raise WorldFailure(
                f"the state in {self.path} is not whole: text {digest[:12]} is missing.",
                "restore it from a backup, or apply again.",
            )
        return str(text)

    def start_run(self, record: RunRecord) -> None:
        """Remember that a run began."""
        with self.writing() as connection:
            connection.execute(insert(runs), [run_row(record)])

    def finish_run(self, record: RunRecord) -> None:
        """Remember how a run ended, with its steps and checks."""
        with self.writing() as connection:
            connection.execute(update(runs).where(runs.c.run == record.run).values(**run_row(record)))
            connection.execute(delete(checks).where(checks.c.run == record.run))
            connection.execute(delete(alerts).where(alerts.c.run == record.run))
            for table, rows in ((checks, check_rows(record)), (alerts, alert_rows(record))):
                if rows:
                    connection.execute(insert(table), rows)

    def runs(self, environment: str, limit: int = 100) -> tuple[RunRecord, ...]:
        """Latest first."""
        latest = select(runs).where(runs.c.environment == environment).order_by(runs.c.number.desc())
        with self.reading() as connection:
            found = connection.execute(latest.limit(limit)).mappings().all()
            names = [row["run"] for row in found]
            outcomes = _by_run(connection, checks, names)
            alerted = _by_run(connection, alerts, names)
        return tuple(run_of(row, outcomes[row["run"]], alerted[row["run"]]) for row in found)

    def checks(self, version: str) -> tuple[CheckResult, ...]:
        """The outcomes recorded for a version, latest run."""
        of_version = checks.c.version == version
        joined = select(runs.c.run).join(checks, checks.c.run == runs.c.run).where(of_version)
        with self.reading() as connection:
            run = connection.scalar(joined.order_by(runs.c.number.desc()).limit(1))
            wanted = select(checks).where(of_version & (checks.c.run == run)).order_by(checks.c.position)
            return tuple(map(check_of, connection.execute(wanted).mappings()))


def _one(connection: Connection, query: Select[Any]) -> RowMapping | None:
    return connection.execute(query).mappings().first()


def _by_run(connection: Connection, table: Table, names: list[str]) -> dict[str, list[RowMapping]]:
    """The rows of each run in a table of what runs found, in order."""
    found: dict[str, list[RowMapping]] = {name: [] for name in names}
    wanted = select(table).where(table.c.run.in_(names)).order_by(table.c.run, table.c.position)
    for row in connection.execute(wanted).mappings():
        found[row["run"]].append(row)
    return found


def _keep_documents(connection: Connection, texts: Mapping[str, str]) -> None:
    """Add the texts that are not there yet, and put right those that somebody altered."""
    for digest, text in sorted(texts.items()):
        known = connection.scalar(select(documents.c.text).where(documents.c.digest == digest))
        if known != text:
            connection.execute(delete(documents).where(documents.c.digest == digest))
            connection.execute(insert(documents), [{"digest": digest, "text": text}])


def _lock_row(environment: str, token: str, holder: str) -> dict[str, Any]:
    process = this_process()
    return {
        "environment": environment,
        "token": token,
        "holder": holder,
        "host": process.host,
        "pid": process.pid,
        "process_started": process.started,
        "since": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _process(row: RowMapping) -> Process:
    return Process(row["host"], row["pid"], row["process_started"])


def _lock_held(environment: str, row: RowMapping, path: Path) -> LockHeld:
    message = f'environment "{environment}" is locked by {row["holder"]} since {row["since"]}.'
    if row["host"] == this_process().host:
        return LockHeld(message, "wait until it is done, then try again.")
    away = f"if {row['host']} is gone for good, delete its row of table locks in {path}."
    return LockHeld(message, f"wait until it is done, then try again; {away}")
