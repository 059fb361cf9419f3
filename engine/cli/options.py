"""Options that several commands share."""

from __future__ import annotations

import datetime

import click


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
actor_option = click.option("--actor", metavar="USER", help="Whose rights each change is judged by.")


def confirmed(question: str, yes: bool) -> None:
    """Ask, but only on a terminal and without `--yes`; a script that calls the command means it."""
    import sys

    if not yes and sys.stdin.isatty():
        click.confirm(question, abort=True, err=True)
