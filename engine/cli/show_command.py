"""`engine show`."""

from __future__ import annotations

from typing import Any

import click

from engine.cli.output import format_option, print_json, reports_failures
from engine.diagnostics import counted
from engine.wiring import Workspace


@click.command("show")
@click.argument("address")
@format_option
@click.pass_obj
@reports_failures
def command(workspace: Workspace, address: str, output: str) -> None:
    """One resource in full, as applied."""
    from engine.usecases.look_around import find, show
    from engine.usecases.published import load_published

    published = load_published(workspace.state, workspace.environment)
    found = find(published.space, address)
    shown = show(published, workspace.state, found)
    if found.kind == "dashboard" and any(dataset.min_cell for dataset in published.compiled.values()):
        import datetime

        from engine.usecases.page_withheld import withheld_of

        shown["withheld"] = withheld_of(workspace, published, found, datetime.date.today())
    if output == "json":
        print_json(shown)
    else:
        _print(shown)


def _print(shown: dict[str, Any]) -> None:
    click.echo(f"{shown['address']}  {shown['title']}".rstrip())
    click.echo(f"  written in {shown['file']}:{shown['line']}")
    if shown["kind"] == "dataset":
        _print_dataset(shown)
    else:
        _print_spec(shown["spec"])
    if shown.get("withheld"):
        _print_withheld(shown["withheld"])


def _print_withheld(tiles: list[dict[str, Any]]) -> None:
    click.echo("  withheld (until a value has changed by the smallest cell):")
    for tile in tiles:
        first = f"{tile['withheld']:,} of {tile['of']:,}" if tile["of"] else "nothing"
        filtered = tile["filtered"]
        under = f"; {filtered['withheld']:,} of {filtered['of']:,} under filters" if filtered["of"] else ""
        finest = f" ({tile['finest_filter']} cuts the finest)" if tile["finest_filter"] else ""
        click.echo(f"    {tile['tile']}: {first}{under}{finest}")


def _print_spec(spec: dict[str, Any]) -> None:
    import yaml

    for line in yaml.safe_dump(spec, allow_unicode=True, sort_keys=False).splitlines():
        click.echo(f"  {line}")


def _print_dataset(shown: dict[str, Any]) -> None:
    version = shown["version"] or {}
    facts = {
        "owner": shown["owner"],
        "sensitivity": shown["sensitivity"],
        "smallest cell": shown["min_cell"] or None,
        "rows": version.get("rows"),
        "as of": version.get("data_time"),
        "made by": shown["produced_by"],
        "reads": ", ".join(shown["inputs"]),
        "read by": ", ".join(shown["used_by"]),
    }
    for name, value in facts.items():
        if value not in (None, ""):
            click.echo(f"  {name}: {value}")
    click.echo("  columns:")
    width = max((len(c["name"]) for c in shown["columns"]), default=0)
    for column in shown["columns"]:
        tags = f"  [{', '.join(column['tags'])}]" if column["tags"] else ""
        about = f"  {column['description']}" if column["description"] else ""
        click.echo(f"    {column['name']:<{width}}  {column['type']}{tags}{about}")
    for check in shown["checks"]:
        failing = f" ({check['failures']:,} failures)" if check["failures"] else ""
        click.echo(f"  check {check['status']}: {check['name']}{failing}")
    if "intervals" in shown:
        _print_intervals(shown["intervals"])


def _print_intervals(intervals: dict[str, Any]) -> None:
    click.echo(f"  partitions, by {intervals['by']}:")
    for part in intervals["partitions"]:
        rows = "few rows" if part["rows"] is None else counted(part["rows"], "row")
        run = f"  computed by {part['run']}" if part["run"] else ""
        click.echo(f"    {part['interval']:<10}  {rows}{run}")
    for gap in intervals["missing"]:
        reach = gap["first"] if gap["first"] == gap["last"] else f"{gap['first']} to {gap['last']}"
        click.echo(f"    {reach}: missing")
