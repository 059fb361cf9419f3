"""The tables of the state database: plain SQL types only, so that Postgres can hold them too."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

SCHEMA = "1"
"""Version of these tables, kept in `meta`."""

metadata = MetaData()

meta = Table(
    "meta", metadata, Column("key", String(100), primary_key=True), Column("value", Text, nullable=False)
)

environments = Table(
    "environments",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("serial", Integer, nullable=False),
    Column("snapshot", String(64), nullable=False),
    Column("policy", String(64), nullable=False),
    Column("compiled", String(64), nullable=False),
    Column("run", String(200), nullable=False),
    Column("site", String(64), nullable=False),
    Column("base", Integer, nullable=False),
)

pointers = Table(
    "pointers",
    metadata,
    Column("environment", String(100), primary_key=True),
    Column("address", String(200), primary_key=True),
    Column("digest", Text),
    Column("fingerprint", String(64)),
    Column("version", Text),
    Column("columns", Text),
    Column("logic", String(64)),
    Column("stamp", Text),
)
"""One row per applied resource; a dataset's has a version (json), column hashes (json) and a logic hash."""

history = Table(
    "history",
    metadata,
    Column("environment", String(100), primary_key=True),
    Column("serial", Integer, primary_key=True),
    Column("run", String(200), nullable=False),
    Column("applied", LargeBinary, nullable=False),
)
"""Every state an environment was ever published in: its row and pointers as compressed json."""

versions = Table(
    "versions",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("version", Text, nullable=False),
)

partitions = Table(
    "partitions",
    metadata,
    Column("address", String(200), primary_key=True),
    Column("fingerprint", String(64), primary_key=True),
    Column("interval", String(10), nullable=False),
    Column("path", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("content", String(64), nullable=False),
    Column("run", String(200), nullable=False),
    Index("partitions_by_path", "path"),
)
"""The ledger of intervals: every partition that was ever finished, and the run that computed it last."""

documents = Table(
    "documents",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("text", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("run", String(200), nullable=False, unique=True),
    Column("environment", String(100), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("started", String(40), nullable=False),
    Column("finished", String(40), nullable=False),
    Column("plan", String(64), nullable=False),
    Column("commit", String(100), nullable=False),
    Column("steps", Text, nullable=False),
    Column("policy", String(64), nullable=False, server_default=""),
    Column("drawing", Float, nullable=False, server_default="0"),
    Index("runs_by_environment", "environment", "number"),
)

releases = Table(
    "releases",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("environment", String(100), nullable=False),
    Column("dataset", String(200), nullable=False),
    Column("audience", String(64), nullable=False),
    Column("version", String(200), nullable=False),
    Column("run", String(200), nullable=False),
    Column("cells", String(64), nullable=False),
    Index("releases_by_dataset", "environment", "dataset", "audience", "number"),
)
"""The release ledger: what was shown of a version to whom, the cells by hash; only ever added to."""

checks = Table(
    "checks",
    metadata,
    Column("run", String(200), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("version", String(64), nullable=False),
    Column("address", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("failures", Integer, nullable=False),
    Index("checks_by_version", "version"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("run", String(200), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("address", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("status", String(20), nullable=False),
)

locks = Table(
    "locks",
    metadata,
    Column("environment", String(100), primary_key=True),
    Column("token", String(64), nullable=False),
    Column("holder", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_started", Text, nullable=False),
    Column("since", String(40), nullable=False),
)
