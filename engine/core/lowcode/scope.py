"""Where a verb stands in the author's file, and the looking up and complaining it does there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from engine.core.binding import Binder, BindError
from engine.core.binding_constants import check_constants
from engine.core.binding_rules import check_query, parse_expression
from engine.core.binding_steady import check_stable
from engine.core.binding_tokens import tokens_of
from engine.core.document import Path
from engine.core.lowcode.relation import Relation, quoted
from engine.core.space import DatasetNode
from engine.core.state import VersionColumn
from engine.diagnostics import Diagnostic, did_you_mean, error


@dataclass
class Scope:
    """One verb of one step: its place, the tables it may name, and the mistakes found in it."""

    node: DatasetNode
    index: int
    verb: str
    tables: Mapping[str, Sequence[VersionColumn]]
    binder: Binder
    mistakes: list[Diagnostic] = field(default_factory=list)

    def path(self, *at: str | int) -> Path:
        """The path of a part of the verb in the author's document."""
        return (*self.node.path, "lowcode", self.index, self.verb, *at)

    def mistake(self, summary: str, detail: str = "", *at: str | int, code: str = "lowcode") -> None:
        """Remember a mistake at a part of the verb."""
        span = self.node.producer.resource.document.span(*self.path(*at))
        self.mistakes.append(error(code, span, summary, detail))

    def mistake_in_text(self, found: BindError, *at: str | int) -> None:
        """Remember a mistake at its place inside a text of the verb."""
        document = self.node.producer.resource.document
        span = document.text_span(self.path(*at), found.line, found.column)
        self.mistakes.append(error("sql", span, found.message))

    def column(self, name: str, relation: Relation, *at: str | int) -> VersionColumn | None:
        """The column of that name at this point; None, and a mistake, when there is none."""
        found = relation.find(name)
        if found is None:
            self.unknown(name, "at this point", relation.names, *at)
        return found

    def unknown(self, name: str, where: str, known: Iterable[str], *at: str | int) -> None:
        """Remember that there is no such column."""
        summary = f'There is no column "{name}" {where}.'
        self.mistake(summary, did_you_mean(name, known), *at, code="unknown-column")

    def columns(self, names: Iterable[str], relation: Relation, *at: str | int) -> tuple[VersionColumn, ...]:
        """The columns of those names; a mistake for every unknown name and every one said twice."""
        found: list[VersionColumn] = []
        for position, name in enumerate(names):
            known = self.column(name, relation, *at, position)
            if known in found:
                self.mistake(f'Column "{name}" is named twice.', "", *at, position)
            elif known is not None:
                found.append(known)
        return tuple(found)

    def table(self, name: str, *at: str | int) -> Relation | None:
        """Another table of the dataflow; None, and a mistake, when there is none of that name."""
        if name in self.tables:
            return Relation(name, tuple(self.tables[name]))
        self.mistake(
            f'There is no table "{name}" here: name an input of the dataflow or an earlier output.',
            did_you_mean(name, self.tables),
            *at,
            code="unknown-table",
        )
        return None

    def is_free(self, name: str, taken: Iterable[str], *at: str | int) -> bool:
        """Whether no column of `taken` is called so, in any case; else a mistake."""
        clash = next((t for t in taken if t.lower() == name.lower()), None)
        if clash is not None:
            self.mistake(f'There is already a column "{clash}".', "Choose another name.", *at)
        return clash is None

    def has_type(self, found: VersionColumn, wanted: str, *at: str | int) -> bool:
        """Whether the column is of that type; else a mistake that says how to get there."""
        if found.type != wanted:
            self.mistake(
                f'Column "{found.name}" is {found.type}, and {self.verb} needs {wanted}.',
                f"`cast: {{{found.name}: {wanted}}}` before it makes it one.",
                *at,
                code="type",
            )
        return found.type == wanted

    def parsed(self, text: str, relation: Relation, *at: str | int) -> exp.Expr | None:
        """The author's expression as a tree; None, and a mistake, when it is not one sound expression."""
        try:
            tree = parse_expression(text)
            if tree.find(exp.Query) is not None:
                raise BindError(
                    "A query inside an expression is not allowed here; use `join`, or a SQL step."
                )
            check_query(text, tree, ())
            check_stable(text, relation.names, clock=False)
        except BindError as found:
            self.mistake_in_text(found, *at)
            return None
        return tree

    def type_of(
        self, tree: exp.Expr, text: str, relation: Relation, *at: str | int, tail: str = ""
    ) -> str | None:
        """The type of the text that `tree` was parsed from; None, and a mistake, when it does not bind."""
        frame = f"SELECT\n{{}}\nFROM {quoted(relation.table).sql('duckdb')}{tail}"
        try:
            word = self.binder.value_type(text, frame, {relation.table: relation.columns})
            self._check_constants(tree, text, relation)
        except BindError as found:
            self.mistake_in_text(found, *at)
            return None
        return word

    def _check_constants(self, tree: exp.Expr, text: str, relation: Relation) -> None:
        check_constants(text, tree, {relation.table: relation.columns}, self.binder.complaint)

    def binds(self, tree: exp.Expr, text: str, relation: Relation, *at: str | int) -> bool:
        """Whether what was made of the author's text binds; else a mistake as near its place as can be."""
        query = exp.select(tree.copy()).from_(exp.Table(this=quoted(relation.table)))
        try:
            self.binder.describe(query.sql("duckdb"), {relation.table: relation.all_columns})
            self._check_constants(tree, text, relation)
        except BindError as found:
            self.mistake_in_text(_placed(found, text), *at)
            return False
        return True


def _placed(found: BindError, text: str) -> BindError:
    """The mistake at the first token that is the name it complains of, or at the text's start."""
    for token in tokens_of(text):
        if found.name and token.text.lower() == found.name.lower():
            return BindError(found.message, token.line, token.col - len(token.text) + 1)
    return BindError(found.message)
