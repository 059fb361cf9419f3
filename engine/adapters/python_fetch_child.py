"""The child process of fetch functions: a module in, its rows or bytes out.

The answer is one line of JSON that says what follows it: an Arrow IPC stream, bytes, or nothing more after
the author's mistake.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from engine.adapters.author_code import Mistake, Module, arguments, line_of
from engine.adapters.child_confine import confine


def answer(payload: bytes) -> bytes:
    """What the payload's function fetches. It may use the network, and no file."""
    asked: dict[str, Any] = json.loads(payload)
    _load_everything()
    confine(network=True)
    try:
        return _fetched(asked)
    except Mistake as mistake:
        return _tagged("mistake", b"", **mistake.as_json())


def _load_everything() -> None:
    import encodings.idna
    import ssl

    import pyarrow as pa

    assert encodings.idna
    assert ssl
    pa.Table.from_pylist([{"a": 1}])


def _fetched(asked: Mapping[str, Any]) -> bytes:
    module = Module(asked["source"], asked["file"])
    function = module.function(asked["function"])
    by_position, by_name = arguments(function, {})
    line = line_of(function)
    made = module.run(line, lambda: function(*by_position, **by_name))
    if isinstance(made, bytes | bytearray | memoryview):
        return _tagged("bytes", bytes(made))
    if isinstance(made, str):
        return _tagged("bytes", made.encode())
    return _tagged("arrow", _stream(module.run(line, lambda: _table(made, line))))


def _table(made: Any, line: int) -> Any:
    """What the function returned as an Arrow table: a table, anything that gives one, or rows."""
    import pyarrow as pa

    if isinstance(made, pa.Table):
        return made
    if isinstance(made, pa.RecordBatch):
        return pa.Table.from_batches([made])
    if hasattr(made, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(made).read_all()
    if isinstance(made, Mapping) or not isinstance(made, Iterable):
        kind = type(made).__name__ if made is not None else "nothing"
        raise Mistake(
            line, f"The function returns {kind}; return rows (a list of dicts), an Arrow table or bytes."
        )
    return _from_rows(list(made), line)


def _from_rows(rows: list[Any], line: int) -> Any:
    """A table of every key of any row; a row without one has a null there."""
    import pyarrow as pa

    names: dict[str, None] = {}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping) or not all(isinstance(key, str) for key in row):
            raise Mistake(line, f"Row {number} is no dict with texts as keys.")
        names.update(dict.fromkeys(row))
    arrays = {name: _array(name, [row.get(name) for row in rows], line) for name in names}
    return pa.table(arrays)


def _array(name: str, values: list[Any], line: int) -> Any:
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        kinds = ", ".join(sorted({type(v).__name__ for v in values if v is not None}))
        message = f'Column "{name}" holds values that are of no one type ({kinds}).'
        raise Mistake(line, message) from None


def _stream(table: Any) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _tagged(kind: str, content: bytes, **facts: Any) -> bytes:
    return json.dumps({"kind": kind, **facts}).encode() + b"\n" + content
