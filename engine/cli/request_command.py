"""`engine request`."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.addresses import Address, AddressError, Principal
from engine.cli.options import confirmed, ip_option, now_option, yes_option
from engine.cli.output import format_option, print_json, reports_failures
from engine.cli.rows import address_argument
from engine.diagnostics import WorldFailure, did_you_mean
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.usecases.request import Application

ACTIONS = ("preview", "export", "use")


def _date(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value) if value is not None else None
    except ValueError:
        raise click.BadParameter(f"{value!r} is no date like 2026-12-31.") from None


def _actions(_ctx: click.Context, _param: click.Parameter, value: str) -> tuple[str, ...]:
    words = [word.strip() for word in value.split(",")]
    for word in words:
        if word not in ACTIONS:
            raise click.BadParameter(f'"{word}" cannot be granted. {did_you_mean(word, ACTIONS)}')
    return tuple(action for action in ACTIONS if action in words)


def _principal(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Principal | None:
    try:
        return Principal.parse(value) if value is not None else None
    except AddressError as wrong:
        raise click.BadParameter(str(wrong)) from None


def _line(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise click.BadParameter("say in one line what the data is for.")
    return value.strip()


@click.command("request")
@address_argument
@click.option("--to", callback=_principal, metavar="PRINCIPAL", help="For whom (default: the requester).")
@click.option("--purpose", required=True, callback=_line, help="What the data is for.")
@click.option("--until", callback=_date, metavar="DATE", help="How long it is needed.")
@click.option("--from", "begin", callback=_date, metavar="DATE", help="From when it is needed.")
@click.option(
    "--actions", callback=_actions, default="preview,use", show_default=True, help="Of preview, export, use."
)
@click.option("--as", "requester", metavar="USER", help="Who applies (default: --to, or who is logged in).")
@ip_option
@now_option
@yes_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace,
    address: Address,
    to: Principal | None,
    purpose: str,
    until: datetime.date | None,
    begin: datetime.date | None,
    actions: tuple[str, ...],
    requester: str | None,
    ip: str,
    now: datetime.date,
    yes: bool,
    output: str,
) -> None:
    """Apply for authorization to a catalogue dataset: writes a Grant that asks, for a pull request."""
    from engine.usecases.published import load_published
    from engine.usecases.request import Wanted, application

    who = (requester or _logged_in(to)).removeprefix("user:")
    wanted = Wanted(address, to or Principal("user", who), actions, purpose, who, begin, until)
    published = load_published(workspace.state, workspace.environment)
    found = application(workspace, published, wanted, ip, now)
    path = workspace.specs_folder / found.path
    confirmed(f"Write {path}?", yes)
    write_new(path, found.text, workspace.root)
    _tell(found, path, output)


def _logged_in(to: Principal | None) -> str:
    """Who applies when nobody is named: the user it is for, else whoever is logged in."""
    import getpass

    return to.name if to is not None and to.kind == "user" else getpass.getuser()


def _tell(found: Application, path: Path, output: str) -> None:
    who = ", ".join(found.approvers) or "nobody yet"
    if output == "json":
        print_json(
            {
                "grant": f"grant/{found.name}",
                "dataset": str(found.entry),
                "status": "requested",
                "path": path.as_posix(),
                "approvers": list(found.approvers),
            }
        )
        return
    click.echo(f"Wrote {path.as_posix()}, which asks for {found.entry}.")
    click.echo(f"Commit it and open a pull request. May approve: {who}.")


def write_new(path: Path, text: str, root: Path) -> None:
    """Write a file that is not there yet, inside `root`; nothing is ever overwritten. Raises WorldFailure."""
    try:
        if not path.parent.resolve().is_relative_to(root):
            raise WorldFailure(f"{path.parent} leads out of {root}.", "keep specs in the repository.")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise WorldFailure(f"{path} is there already.", "have it approved, or change it there.") from None
    except OSError as failure:
        raise WorldFailure(f"cannot write {path}: {failure.strerror}.", "check the folder.") from None
