"""The verbs in plain Python: what the engine's SQL is held against."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

Row = dict[str, Any]


def bag(rows: Iterable[Row]) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True, default=str) for row in rows)


def nulls_last(value: Any) -> Any:
    """A sort key in DuckDB's order: nulls last, lists by their elements, then by length."""
    if isinstance(value, list):
        return (0, [nulls_last(v) for v in value])
    return (value is None, 0 if value is None else value.encode() if isinstance(value, str) else value)


def in_order(rows: Iterable[Row], *keys: str) -> list[Row]:
    """Sorted by the keys (`-x` descends), nulls last, then by every other column, by name."""
    found = list(rows)
    if not found:
        return found
    names = [k.lstrip("-") for k in keys]
    for name in sorted((c for c in found[0] if c not in names), reverse=True):
        found = sorted_by(found, name, descending=False)
    for key in reversed(keys):
        found = sorted_by(found, key.lstrip("-"), descending=key[0] == "-")
    return found


def sorted_by(rows: list[Row], name: str, descending: bool) -> list[Row]:
    """Sorted by one column, equals as they were, nulls last either way."""
    filled = [row for row in rows if row[name] is not None]
    filled.sort(key=lambda row: nulls_last(row[name]), reverse=descending)
    return filled + [row for row in rows if row[name] is None]


def of(rows: Iterable[Row], *names: str) -> list[Row]:
    return [{name: row[name] for name in names} for row in rows]


def groups(rows: Iterable[Row], *by: str) -> dict[tuple[Any, ...], list[Row]]:
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[b] for b in by), []).append(row)
    return found


def part(text: str | None, number: int) -> str | None:
    parts = [] if text is None else text.split("/")
    return parts[number] if number < len(parts) else None


def unique(rows: Iterable[Row]) -> list[Row]:
    return [dict(items) for items in {tuple(row.items()) for row in rows}]


def total(values: Iterable[Any]) -> Any:
    known = [v for v in values if v is not None]
    return sum(known) if known else None


SIMPLE_VERBS: dict[str, tuple[str, Callable[[list[Row]], list[Row]]]] = {
    "select": ("- select: [n, k]", lambda rows: of(rows, "n", "k")),
    "drop": ("- drop: [s, l]", lambda rows: of(rows, "k", "n")),
    "rename": (
        "- rename: {n: k, k: n}",
        lambda rows: [{"n": r["k"], "k": r["n"], "s": r["s"], "l": r["l"]} for r in rows],
    ),
    "filter": (
        "- filter: n > 0 or k = 'a'",
        lambda rows: [r for r in rows if (r["n"] or 0) > 0 or r["k"] == "a"],
    ),
    "derive": (
        "- derive: {n: n + 1, m: n * 2}",
        lambda rows: [
            {**r, "n": None if r["n"] is None else r["n"] + 1, "m": None if r["n"] is None else r["n"] * 2}
            for r in rows
        ],
    ),
    "cast": (
        "- cast: {n: string}",
        lambda rows: [{**r, "n": None if r["n"] is None else str(r["n"])} for r in rows],
    ),
    "aggregate": (
        "- aggregate: {by: [k], metrics: {rows: count(*), n: count(n), sum: sum(n), u: count(distinct s)}}",
        lambda rows: [
            {
                "k": k,
                "rows": len(g),
                "n": sum(r["n"] is not None for r in g),
                "sum": total(r["n"] for r in g),
                "u": len({r["s"] for r in g} - {None}),
            }
            for (k,), g in groups(rows, "k").items()
        ],
    ),
    "fill_null": (
        "- fill_null: {n: 7}",
        lambda rows: [{**r, "n": 7 if r["n"] is None else r["n"]} for r in rows],
    ),
    "drop_null": ("- drop_null: [n, k]", lambda rows: [r for r in rows if None not in (r["n"], r["k"])]),
    "distinct": (
        "- select: [k, n]\n- distinct: true",
        lambda rows: unique(of(rows, "k", "n")),
    ),
    "pivot_wider": (
        "- pivot_wider: {names: k, values: n, columns: [a, B, null], by: [s]}",
        lambda rows: [
            {"s": s, **{str(k or "null"): total(r["n"] for r in g if r["k"] == k) for k in ("a", "B", None)}}
            for (s,), g in groups(rows, "s").items()
        ],
    ),
    "pivot_longer": (
        "- pivot_longer: {columns: [k, s]}",
        lambda rows: [{"n": r["n"], "l": r["l"], "name": c, "value": r[c]} for r in rows for c in ("k", "s")],
    ),
    "unnest": (
        "- unnest: {column: l, as: e}\n- select: [k, e]",
        lambda rows: [{"k": r["k"], "e": e} for r in rows for e in r["l"] or []],
    ),
    "unnest, keeping": (
        "- unnest: {column: l, keep_empty: true}\n- select: [k, l]",
        lambda rows: [{"k": r["k"], "l": e} for r in rows for e in r["l"] or [None]],
    ),
    "split": (
        "- split: {column: s, by: /, into: [one, two]}",
        lambda rows: [{**r, "one": part(r["s"], 0), "two": part(r["s"], 1)} for r in rows],
    ),
    "split, to a list": (
        "- split: {column: s, by: ab, as: parts}",
        lambda rows: [{**r, "parts": None if r["s"] is None else r["s"].split("ab")} for r in rows],
    ),
    "replace": (
        "- replace: {column: k, values: {a: b, B: null}}",
        lambda rows: [{**r, "k": {"a": "b", "B": None}.get(r["k"], r["k"])} for r in rows],
    ),
    "replace, by pattern": (
        "- replace: {column: s, pattern: 'a+', with: 'x'}",
        lambda rows: [{**r, "s": None if r["s"] is None else re.sub("a+", "x", r["s"])} for r in rows],
    ),
    "limit": ("- limit: 3", lambda rows: in_order(rows)[:3]),
    "sample": (
        "- sample: {fraction: 0.5, by: [k, n], seed: 1}",
        lambda rows: [r for r in rows if digest(1, r["k"], r["n"])[:8] < "80000000"],
    ),
    "sample, of rows": (
        "- select: [k, n]\n- sample: {rows: 2}",
        lambda rows: sorted(of(rows, "k", "n"), key=lambda r: digest(0, r["k"], r["n"]))[:2],
    ),
    "distinct, by columns": (
        "- order_by: [-n]\n- distinct: [k]",
        lambda rows: [g[0] for g in groups(in_order(rows, "-n"), "k").values()],
    ),
    "window": (
        "- window: {by: [k], order_by: [n], columns: {i: row_number(), running: sum(n), rk: rank()}}",
        lambda rows: [
            {
                **r,
                "i": i,
                "running": total(o["n"] for o in g if nulls_last(o["n"]) <= nulls_last(r["n"])),
                "rk": 1 + sum(nulls_last(o["n"]) < nulls_last(r["n"]) for o in g),
            }
            for g in groups(in_order(rows, "n"), "k").values()
            for i, r in enumerate(g, 1)
        ],
    ),
    "window, of the whole": (
        "- window: {columns: {total: sum(n), rows: count(*)}}",
        lambda rows: [{**r, "total": total(o["n"] for o in rows), "rows": len(rows)} for r in rows],
    ),
}


def digest(seed: int, *values: Any) -> str:
    text = "|".join([str(seed), *("\\N" if v is None else str(v) for v in values)])
    return hashlib.md5(text.encode()).hexdigest()


def matches(row: Row, other: Row) -> bool:
    return row["k"] is not None and row["k"] == other["k"]


JOINS: dict[str, Callable[[list[Row], list[Row]], list[Row]]] = {
    "inner": lambda rows, others: [joined(r, o) for r in rows for o in others if matches(r, o)],
    "left": lambda rows, others: [
        joined(r, o) for r in rows for o in [o for o in others if matches(r, o)] or [None]
    ],
    "right": lambda rows, others: [
        joined(r, o) for o in others for r in [r for r in rows if matches(r, o)] or [None]
    ],
    "full": lambda rows, others: [
        *JOINS["left"](rows, others),
        *(joined(None, o) for o in others if not any(matches(r, o) for r in rows)),
    ],
    "semi": lambda rows, others: [r for r in rows if any(matches(r, o) for o in others)],
    "anti": lambda rows, others: [r for r in rows if not any(matches(r, o) for o in others)],
}


def joined(row: Row | None, other: Row | None) -> Row:
    left = row or {"k": (other or {}).get("k"), "n": None, "s": None, "l": None}
    return {**left, "n_right": (other or {}).get("n"), "label": (other or {}).get("label")}
