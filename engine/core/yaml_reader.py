"""YAML text to documents, with the place of every key and value. Hostile files cost little and say why.

What unquoted scalars mean is told in yaml_scalars.py: fewer things than in YAML 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from engine.core.document import SourceFile
from engine.core.yaml_builder import MAX_DEPTH, Stop, TreeBuilder
from engine.core.yaml_tree import Tree
from engine.diagnostics import Diagnostic, SourceSpan, error

MAX_BYTES = 4 << 20

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def read_trees(file: SourceFile) -> tuple[tuple[Tree, ...], tuple[Diagnostic, ...]]:
    """Every document of a file, and all that is wrong with its YAML.

    What is sound is returned beside the diagnostics: documents before a syntax error, the rest of a
    document with a duplicate key. Empty documents are left out. Never raises, whatever the bytes.
    """
    found: list[Diagnostic] = []
    text = _decoded(file, found.append)
    if text is None:
        return (), tuple(found)
    builder = TreeBuilder(file.path, text, found.append)
    trees: list[Tree] = []
    try:
        _run(text, builder, trees)
    except Stop:
        pass  # the builder has reported why
    except yaml.MarkedYAMLError as mistake:
        found.append(_syntax_error(file.path, text, mistake))
    return tuple(trees), tuple(found)


def _run(text: str, builder: TreeBuilder, trees: list[Tree]) -> None:
    def end(event: Any) -> None:
        tree = builder.finish(event)
        if tree.data is not None:
            trees.append(tree)

    take: dict[type, Callable[[Any], None]] = {
        yaml.ScalarEvent: builder.scalar,
        yaml.MappingStartEvent: builder.mapping,
        yaml.SequenceStartEvent: builder.sequence,
        yaml.MappingEndEvent: builder.close,
        yaml.SequenceEndEvent: builder.close,
        yaml.AliasEvent: builder.alias,
        yaml.DocumentEndEvent: end,
    }
    loader = _LOADER(text)
    try:
        while (event := loader.get_event()) is not None:
            action = take.get(type(event))
            if action is not None:
                action(event)
    finally:
        loader.dispose()


def _decoded(file: SourceFile, report: Callable[[Diagnostic], None]) -> str | None:
    """The text of a file, or None with the reason reported. A byte order mark at the start is dropped."""
    start = SourceSpan(file.path)
    if len(file.content) > MAX_BYTES:
        summary = f"The file is larger than {MAX_BYTES >> 20} MiB."
        report(error("yaml-size", start, summary, "Split it; data belongs into data files."))
        return None
    if file.content.startswith((b"\xff\xfe", b"\xfe\xff")):
        report(error("yaml-encoding", start, "The file is UTF-16.", "Save it as UTF-8."))
        return None
    try:
        text = file.content.decode("utf-8-sig")
    except UnicodeDecodeError as mistake:
        span = _place(file.path, file.content[: mistake.start].decode("utf-8", "replace"))
        report(error("yaml-encoding", span, "The file is not UTF-8.", "Save it as UTF-8."))
        return None
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        span = _place(file.path, text[: forbidden.start()])
        summary = f"The character U+{ord(forbidden.group()):04X} may not stand in a YAML file."
        report(error("yaml-encoding", span, summary, "Remove it; it is invisible in most editors."))
        return None
    return text


def _place(path: str, before: str) -> SourceSpan:
    """The place that comes after the text `before`."""
    return SourceSpan(path, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _syntax_error(path: str, text: str, mistake: yaml.MarkedYAMLError) -> Diagnostic:
    mark = mistake.problem_mark or mistake.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    written = lines[line] if line < len(lines) else ""
    span = SourceSpan(path, line + 1, column + 1)
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return error("yaml-syntax", span, "The line is indented with a tab.", "Indent with spaces.")
    if "nesting depth" in str(mistake.problem):
        return error("yaml-depth", span, f"More than {MAX_DEPTH} levels of nesting.", "Nest less deeply.")
    problem = str(mistake.problem or "this is no YAML").replace("in this context", "here")
    context = f" ({mistake.context})" if mistake.context else ""
    detail = "Check indentation, quotes and brackets here and in the line before."
    return error("yaml-syntax", span, f"The YAML cannot be read: {problem}{context}.", detail)
