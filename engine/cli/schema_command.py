"""`engine schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from engine.cli.output import reports_failures
from engine.diagnostics import WorldFailure, did_you_mean


@click.command("schema")
@click.argument("kind", required=False)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write a file per kind into this folder."
)
@reports_failures
def command(kind: str | None, out: Path | None) -> None:
    """JSON Schemas for editors: of one KIND, or of any document."""
    from engine.core.json_schemas import any_schema, schemas

    known = schemas()
    if kind is not None and kind not in known:
        raise WorldFailure(f'there is no kind "{kind}".', did_you_mean(kind, known) or ", ".join(known))
    if out is None:
        click.echo(text(known[kind] if kind else any_schema()), nl=False)
        return
    chosen = {kind: known[kind]} if kind else {**known, "any": any_schema()}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, schema in chosen.items():
            (out / f"{name}.schema.json").write_text(text(schema), encoding="utf-8")
    except OSError as failure:
        raise WorldFailure(f"cannot write to {out}: {failure.strerror}.", "choose another --out.") from None


def text(schema: dict[str, Any]) -> str:
    """A schema as it is written to a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
