"""A dataset's relation as one text, every dataset before it a named part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.provenance.relations import CELL, Relation, column, ident, inside, named, selection

FILE = "__file:"
"""Before the address of a dataset whose file is read."""
QUERY = "__query:"
"""Before the address of a dataset that is read with its units."""


def written(
    dataset: CompiledDataset, relation: Relation, columns: Sequence[str], known: Mapping[Address, Relation]
) -> tuple[str, dict[str, Address]]:
    """The query of a dataset's units over files, and which file each of its tables is."""
    parts = _parts(relation, known)
    trees = {name: known[name].query.copy() for name in parts}
    main = _final(relation, columns)
    taken = {i.name.lower() for tree in (main, *trees.values()) for i in tree.find_all(exp.Identifier)}
    files: dict[str, str] = {}
    names = {f"{QUERY}{address}": _free(f"d{i}", taken) for i, address in enumerate(parts)}
    for tree in (*trees.values(), main):
        for table in tree.find_all(exp.Table):
            if table.name.startswith(FILE):
                files.setdefault(table.name, _free(f"t{len(files)}", taken))
            if table.name.startswith((FILE, QUERY)):
                table.set("this", ident({**files, **names}[table.name]))
    if parts:
        ctes = [
            exp.CTE(this=tree, alias=exp.TableAlias(this=ident(names[f"{QUERY}{address}"])))
            for address, tree in trees.items()
        ]
        main.set("with_", exp.With(expressions=ctes))
    addresses = {f"{FILE}{a}": a for a in (*known, dataset.address)}
    return main.sql(dialect="duckdb", comments=False), {name: addresses[f] for f, name in files.items()}


def _final(relation: Relation, columns: Sequence[str]) -> exp.Select:
    """The relation itself; groups that a look-up multiplied count each of their rows once."""
    if not relation.multiplied:
        query = relation.query.copy()
        assert isinstance(query, exp.Select), "a dataset's relation is a SELECT"
        return query
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
        named_here = (addresses[t.name] for t in here.query.find_all(exp.Table) if t.name in addresses)
        before = [a for a in dict.fromkeys(named_here) if a not in found]
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
