"""Rego text as tokens and rules, as far as linting needs them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*)|(?P<line>\n)|(?P<template>\$["`])"""
    r"""|(?P<text>"(?:\\.|[^"\\\n])*"|`[^`]*`)"""
    r"""|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>:=|==|!=|<=|>=|[^\s])"""
)
KEYWORDS: Final = frozenset({
    "as", "contains", "default", "else", "every", "false", "if", "import", "in", "not", "null", "package",
    "some", "true", "with", "input", "data",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A name, text, number or sign, how a template begins, or the end of a line; and its place (from 1)."""

    kind: str
    text: str
    line: int
    column: int


def tokens(source: str) -> tuple[Token, ...]:
    """All tokens; comments and spaces are left out."""
    found = []
    line, start = 1, 0
    for match in _TOKEN.finditer(source):
        kind = str(match.lastgroup)
        if kind != "space":
            found.append(Token(kind, match.group(), line, match.start() - start + 1))
        newlines = match.group().count("\n")
        if newlines:
            line, start = line + newlines, match.start() + match.group().rindex("\n") + 1
    return tuple(found)


@dataclass(frozen=True)
class Rule:
    """A rule with its `else` parts: its tokens, ends of lines among them."""

    tokens: tuple[Token, ...]

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """Its tokens without the ends of lines."""
        return tuple(token for token in self.tokens if token.kind != "line")

    @property
    def is_default(self) -> bool:
        """Whether it is a `default`."""
        return self.words[0].text == "default"

    @property
    def name(self) -> Token:
        """What it is called."""
        return self.words[1] if self.is_default and len(self.words) > 1 else self.words[0]

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The names in the brackets after its own; none of a rule without arguments."""
        named = self.words[1:] if self.is_default else self.words
        if len(named) < 2 or named[1].text != "(":
            return frozenset()
        inside = named[2 : closing(named, 1)]
        return frozenset(t.text for t in inside if t.kind == "name" and t.text not in KEYWORDS) - {"_"}

    @cached_property
    def bound(self) -> dict[str, int]:
        """Every name that the rule binds itself, and at which of `tokens` it first does."""
        found: dict[str, int] = {}
        for index in _binders(self.tokens):
            token = self.tokens[index]
            if token.kind == "name" and token.text not in KEYWORDS:
                found.setdefault(token.text, index)
        return found


def rules(all_tokens: Sequence[Token]) -> Iterator[Rule]:
    """The rules of a module: each begins with a name in the first column. Package and imports are none."""
    current: list[Token] = []
    for token in all_tokens:
        if token.kind == "name" and token.column == 1 and token.text != "else":
            yield from _rule(current)
            current = []
        current.append(token)
    yield from _rule(current)


def _rule(found: Sequence[Token]) -> Iterator[Rule]:
    if found and found[0].kind == "name" and found[0].text not in ("package", "import"):
        yield Rule(tuple(found))


def _binders(found: Sequence[Token]) -> Iterator[int]:
    """Where names are bound: parameters, `some` and `every`, and the left of `:=`."""
    if len(found) > 1 and found[1].text == "(":
        yield from range(2, closing(found, 1))
    for index, token in enumerate(found):
        if token.text in ("some", "every") and token.kind == "name":
            yield from _until(found, index + 1, ("in", ";", "|", "}", "{"))
        elif token.text == ":=":
            yield from _left_of(found, index)


def closing(found: Sequence[Token], opening: int) -> int:
    """Where the bracket at `opening` closes; the end when it never does."""
    depth = 0
    for index in range(opening, len(found)):
        depth += (found[index].text in "([{") - (found[index].text in ")]}")
        if depth == 0:
            return index
    return len(found)


def _until(found: Sequence[Token], start: int, ends: tuple[str, ...]) -> Iterator[int]:
    for index in range(start, len(found)):
        if found[index].text in ends or found[index].kind == "line":
            return
        yield index


def _left_of(found: Sequence[Token], sign: int) -> Iterator[int]:
    """The name, or the names in brackets, before `:=`; a rule's own name is none."""
    if sign and found[sign - 1].text == "]":
        index = sign - 2
        while index >= 0 and found[index].text != "[":
            yield index
            index -= 1
    elif sign > 1 or (sign == 1 and found[0].column > 1):
        yield sign - 1
