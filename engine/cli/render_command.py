"""`engine render`."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from engine.cli.options import ip_option, now_option
from engine.cli.output import format_option, print_json, reports_failures
from engine.wiring import Workspace


@click.command("render")
@click.option("--as", "reader", metavar="PRINCIPAL", help="Only what this principal may read.")
@click.option(
    "--audience",
    metavar="PRINCIPAL",
    help="A tree for each part of this audience that may read the same, in a folder of its own.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/site"),
    show_default=True,
    help="The folder to draw into: new, empty, or drawn before.",
)
@ip_option
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace,
    reader: str | None,
    audience: str | None,
    out: Path,
    ip: str,
    now: datetime.date,
    output: str,
) -> None:
    """Draw the static site of what is applied: all of it, or what a principal may read."""
    from engine.adapters.out_folder import write_tree

    if reader is not None and audience is not None:
        raise click.UsageError("--as and --audience exclude each other.")
    trees = _trees(workspace, reader, audience, ip, now)
    files = {
        f"{tree}{name}": content for tree, (_, found) in trees.items() for name, content in found.items()
    }
    root = write_tree(out, files)
    told = [_told(root, tree, people, found) for tree, (people, found) in trees.items()]
    if output == "human":
        for line in told:
            people = f"{', '.join(line['people'])}: " if audience else ""
            click.echo(f"{people}{line['pages']} pages. Open {line['index']}")
    elif audience is None:
        print_json({"out": str(out)} | {key: told[0][key] for key in ("files", "pages", "index")})
    else:
        print_json({"out": str(out), "files": len(files), "trees": told})


def _trees(
    workspace: Workspace, reader: str | None, audience: str | None, ip: str, now: datetime.date
) -> dict[str, tuple[tuple[str, ...], Mapping[str, bytes]]]:
    """What to write: folder below `--out` (empty, or `<hash>/`) to the people it is for and its files."""
    from engine.policy.decision import Caller
    from engine.usecases.published import load_published
    from engine.usecases.site import audience_models, site_model, site_model_as
    from renderers.html.site import site_files

    published = load_published(workspace.state, workspace.environment)
    runs = workspace.state.runs(workspace.environment)
    if audience is None:
        model = (
            site_model(workspace, published, runs, now)
            if reader is None
            else site_model_as(workspace, published, runs, Caller(reader, ip, now))
        )
        return {"": ((), site_files(model, workspace.cache))}
    models = audience_models(workspace, published, runs, Caller(audience, ip, now))
    drawn = [(who, site_files(model, workspace.cache)) for who, model in models]
    return {f"{_digest(files)}/": (who, files) for who, files in drawn}


def _digest(files: Mapping[str, bytes]) -> str:
    """A short name for a tree, by its content: equal trees have one."""
    whole = hashlib.sha256()
    for name, content in sorted(files.items()):
        whole.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return whole.hexdigest()[:12]


def _told(root: Path, tree: str, people: tuple[str, ...], files: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "people": list(people),
        "index": (root / tree / "index.html").as_uri(),
        "files": len(files),
        "pages": sum(name.endswith(".html") for name in files),
    }
