"""Writes docs/reference.md from the models and the command line: what may be written, what may be typed.

python scripts/write_reference.py > docs/reference.md
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from engine.cli.main import COMMANDS, main
from engine.core.reference import Part, kinds, parts_of

WIDTH = 100
"""Columns of the help texts: the same on every terminal."""


def reference() -> str:
    """The whole page."""
    return "\n".join([*_head(), *_commands(), *_kinds()]).rstrip() + "\n"


def _head() -> Iterator[str]:
    yield from (
        "# Reference",
        "",
        "Made by `scripts/write_reference.py` from the models and the command line; a test keeps it true.",
        "",
    )


def _commands() -> Iterator[str]:
    yield from ("## Commands", "", "`engine [--specs DIR] [--env NAME] COMMAND`", "")
    context = click.Context(main, info_name="engine", terminal_width=WIDTH, **main.context_settings)
    for name in sorted(COMMANDS):
        command = main.get_command(context, name)
        assert command is not None
        yield from _command(command, click.Context(command, info_name=name, parent=context))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    yield from (f"### {context.command_path}", "", "```text", command.get_help(context), "```", "")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _command(inner, click.Context(inner, info_name=name, parent=context))


def _kinds() -> Iterator[str]:
    yield from ("## Kinds", "", "Every document says its `kind:`. A key marked * must be written.", "")
    for kind in kinds():
        yield from _part(kind, "###")
        for part in parts_of(kind.name):
            yield from _part(part, "####")


def _part(part: Part, level: str) -> Iterator[str]:
    yield from (f"{level} {part.name}", "", part.meaning, "")
    if part.keys:
        yield from ("| key | type | default | |", "|---|---|---|---|")
    for key in part.keys:
        star = " *" if key.required else ""
        type_, meaning = (text.replace("|", "\\|").replace("\n", " ") for text in (key.type, key.meaning))
        yield f"| `{key.name}`{star} | {type_} | {key.default and f'`{key.default}`'} | {meaning} |"
    if part.keys:
        yield ""


if __name__ == "__main__":
    click.echo(reference(), nl=False)
