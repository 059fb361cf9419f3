"""Options that several commands share."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable

import click

HERE = "127.0.0.1"
"""Where a command-line caller is who does not say otherwise."""


def _day(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime.date:
    if value is None:
        return datetime.datetime.now(datetime.UTC).date()
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no date like 2026-12-31.") from None


now_option = click.option(
    "--now",
    metavar="DATE",
    callback=_day,
    help="The day decisions are made for (default: today, UTC).",
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
ip_option = click.option(
    "--ip", metavar="IP", default=HERE, show_default=True, help="The address the user comes from."
)


def actor_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--actor` and `--ip`, given to the command as `actor`: a Caller, or None; after `now_option`."""

    @click.option("--actor", "name", metavar="USER", help="Whose rights each change is judged by.")
    @click.option("--ip", metavar="IP", default=HERE, show_default=True, help="The address they come from.")
    @functools.wraps(command)
    def given(*args: object, name: str | None, ip: str, now: datetime.date, **others: object) -> None:
        from engine.policy.decision import Caller

        actor = None if name is None else Caller(name.removeprefix("user:"), ip, now)
        command(*args, actor=actor, now=now, **others)

    return given


def confirmed(question: str, yes: bool) -> None:
    """Ask, unless `--yes` was said. Where nobody can be asked nothing is done: raises UsageError (exit 2)."""
    import sys

    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("this is no terminal, so nobody can be asked: say --yes, or run it in one.")
    click.confirm(question, abort=True, err=True)
