"""A dataset's relation as one text, every dataset before it a named part of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.provenance.relations import (
    CELL,
    FILE,
    QUERY,
    Relation,
    Text,
    column,
    inside,
    named,
    selection,
    text_of,
)

_PLACE = re.compile(f'"((?:{FILE}|{QUERY})[^"]*)"')


def written(
    dataset: CompiledDataset, relation: Relation, columns: Sequence[str], known: Mapping[Address, Relation]
) -> tuple[str, dict[str, Address]]:
    """The query of a dataset's units over files, and which file each of its tables is."""
    parts = _parts(relation, known)
    main = text_of(_final(relation, columns)) if relation.multiplied else relation.text
    texts = [*(known[a].text for a in parts), main]
    taken = {name for text in texts for name in text.names}
    names = {f"{QUERY}{a}": _free(f"d{i}", taken) for i, a in enumerate(parts)}
    files = list(dict.fromkeys(t for text in texts for t in text.tables if t.startswith(FILE)))
    names |= {file: _free(f"t{i}", taken) for i, file in enumerate(files)}

    def put_in(text: Text) -> str:
        return _PLACE.sub(lambda found: f'"{names[found[1]]}"', text.sql)

    ctes = ", ".join(f'"{names[f"{QUERY}{a}"]}" AS ({put_in(known[a].text)})' for a in parts)
    addresses = {f"{FILE}{a}": a for a in (*known, dataset.address)}
    sql = f"WITH {ctes} {put_in(main)}" if parts else put_in(main)
    return sql, {names[file]: addresses[file] for file in files}


def _final(relation: Relation, columns: Sequence[str]) -> exp.Select:
    """Groups that a look-up multiplied: each of their rows counts once."""
    names = [*(o.at for o in relation.seen), *relation.hidden]
    inner = selection([column(n, "q") for n in names], inside(relation.query.copy(), "q"))
    inner.set("distinct", exp.Distinct())
    spelled = {c.lower(): c for c in columns}
    items = [named(column(n, "q"), spelled.get(n, n)) for n in names if n != CELL]
    return selection(items, inside(inner, "q"))


def _parts(relation: Relation, known: Mapping[Address, Relation]) -> tuple[Address, ...]:
    """The datasets that are read with their units, those before others first."""
    addresses = {f"{QUERY}{a}": a for a in known}
    found: dict[Address, None] = {}
    waiting: list[tuple[Address | None, Relation]] = [(None, relation)]
    while waiting:
        address, here = waiting[-1]
        read = [addresses[t] for t in here.text.tables if t in addresses]
        before = [a for a in read if a not in found]
        if before and address not in found:
            waiting += [(a, known[a]) for a in before]
            continue
        waiting.pop()
        if address is not None:
            found.setdefault(address)
    return tuple(found)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name
