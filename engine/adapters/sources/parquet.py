"""Parquet files and Arrow tables: typed already; a declared type must hold every value unchanged."""

from __future__ import annotations

from pathlib import Path

from engine.adapters.sources.casting import without
from engine.adapters.sources.complaints import Asked, mistake
from engine.adapters.sources.content import Content
from engine.adapters.sources.header import Pick, match
from engine.adapters.sources.landing import database
from engine.adapters.sources.raw import Raw, Rules, literal, quoted
from engine.diagnostics import DataMistake, SourceSpan


def read_parquet(content: Content, asked: Asked, folder: Path) -> Raw:
    """The file as it is, a record's line being its number. Raises DataMistake."""
    types = _types(content, folder)
    picks = match(list(types), asked, content.at())
    source = f"read_parquet({literal(str(content.path))})"
    names = [list(types)[pick.index] for pick in picks]
    stored = tuple(_stored(types[name], pick) for name, pick in zip(names, picks, strict=True))
    nulls = asked.spec.format.nulls or ()
    columns = ", ".join(
        f"{without(quoted(name), nulls) if nulls and types[name] == 'VARCHAR' else quoted(name)} as c{n}"
        for n, name in enumerate(names)
    )

    def place(line: int, _index: int) -> SourceSpan:
        return content.at(line)

    relation = f"(select row_number() over () as line, {columns} from {source})"
    return Raw(relation, picks, stored, Rules(), place, _broken(content))


def head_of_parquet(content: Content, asked: Asked, folder: Path) -> tuple[Pick, ...]:
    """The columns as the file's footer says. Raises DataMistake."""
    return match(list(_types(content, folder)), asked, content.at())


def _types(content: Content, folder: Path) -> dict[str, str]:
    import duckdb

    with database(folder) as con:
        try:
            described = con.execute(f"describe from read_parquet({literal(str(content.path))})").fetchall()
        except duckdb.Error:
            raise _broken(content) from None
    return {name: kind for name, kind, *_ in described}


def _stored(kind: str, pick: Pick) -> str:
    """Text is read as declared; text without a declared type stays text."""
    declared = pick.declared is not None and (pick.declared.type or pick.declared.parse)
    return "text" if kind == "VARCHAR" and declared else kind


def _broken(content: Content) -> DataMistake:
    return mistake("bad-parquet", content.at(), "The file is no Parquet, or it is broken.")
