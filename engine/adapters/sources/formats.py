"""Which reader reads a content: as declared, or by its name, its media type, or its first bytes."""

from __future__ import annotations

from pathlib import Path

from engine.adapters.sources.complaints import Asked
from engine.adapters.sources.content import Content
from engine.adapters.sources.delimited import head_of_delimited, read_delimited
from engine.adapters.sources.header import Pick
from engine.adapters.sources.raw import Raw

ENDINGS = {
    "csv": "csv", "txt": "csv", "tsv": "tsv", "tab": "tsv", "json": "json", "geojson": "json",
    "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet", "pq": "parquet",
    "xlsx": "excel", "xlsm": "excel",
}  # fmt: skip
MEDIA_TYPES = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/json": "json",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "excel",
}


def format_of(content: Content, asked: Asked) -> str:
    """One of the words of `format: {type: ...}`."""
    declared = asked.spec.format.type
    if declared is not None:
        return declared
    ending = content.name.lower().rpartition(".")[2]
    return ENDINGS.get(ending) or MEDIA_TYPES.get(content.media_type) or _by_bytes(content.path)


def _by_bytes(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(1024)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "excel"
    return "json" if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{") else "csv"


def read(content: Content, asked: Asked, folder: Path) -> Raw:
    """All records of the content, none typed yet. Raises DataMistake; nothing is half-read."""
    match format_of(content, asked):
        case "json" | "jsonl" as word:
            from engine.adapters.sources.json_records import read_json

            # A file called .json often holds one object a line; only what is declared is taken at its word.
            sure = word == "jsonl" or asked.spec.format.type is not None
            return read_json(content, asked, folder, word == "jsonl" if sure else None)
        case "parquet":
            from engine.adapters.sources.parquet import read_parquet

            return read_parquet(content, asked, folder)
        case "excel":
            from engine.adapters.sources.excel import read_excel

            return read_excel(content, asked, folder)
        case word:
            return read_delimited(content, asked, folder, tabs=word == "tsv")


def head(content: Content, asked: Asked, folder: Path) -> tuple[Pick, ...] | None:
    """The declared columns, found in the header; None for JSON, which has none. Raises DataMistake."""
    match format_of(content, asked):
        case "json" | "jsonl":
            return None
        case "parquet":
            from engine.adapters.sources.parquet import head_of_parquet

            return head_of_parquet(content, asked, folder)
        case "excel":
            from engine.adapters.sources.excel import head_of_excel

            return head_of_excel(content, asked)
        case word:
            return head_of_delimited(content, asked, tabs=word == "tsv")
