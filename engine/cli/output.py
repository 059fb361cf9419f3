"""How every command reports: json alone on stdout, people's words and failures on stderr, exit codes."""

from __future__ import annotations

import datetime
import decimal
import functools
import json
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from engine.diagnostics import DataMistake, Diagnostic, WorldFailure, has_errors, in_order

EXIT_FAILURE = 1
EXIT_CHANGES = 3

Command = TypeVar("Command", bound=Callable[..., Any])

format_option = click.option(
    "--format",
    "output",
    type=click.Choice(["human", "json"]),
    default="human",
    show_default=True,
    help="For people, or json on stdout.",
)


def as_json(value: Any) -> Any:
    """Values json does not know: decimals as numbers, dates in ISO 8601, everything else as text."""
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def print_json(value: Any) -> None:
    """One json document on stdout, keys in the order given, text as it is."""
    click.echo(json.dumps(value, default=as_json, ensure_ascii=False, indent=2))


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> bool:
    """Write diagnostics to stderr in order; whether any is an error."""
    ordered = in_order(diagnostics)
    for diagnostic in ordered:
        click.echo(str(diagnostic), err=True)
    return has_errors(ordered)


def reports_failures(command: Command) -> Command:
    """Turn the world's failures and data mistakes into a line on stderr and exit code 1; bugs pass."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except DataMistake as mistake:
            print_diagnostics(mistake.diagnostics)
        except WorldFailure as failure:
            click.echo(f"error: {failure.message}", err=True)
            if failure.hint:
                click.echo(f"hint: {failure.hint}", err=True)
        sys.exit(EXIT_FAILURE)

    return run  # type: ignore[return-value]  # functools.wraps keeps the signature, mypy cannot see it
