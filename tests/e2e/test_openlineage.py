"""Every run leaves OpenLineage events that its specification allows, and that hold no data."""

from __future__ import annotations

import datetime
import importlib
import json
import pkgutil
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import attr
import jsonschema
import openlineage.client.generated as generated
import pytest

from tests.conftest import Cli
from tests.e2e.inside import Inside
from tests.e2e.small_space import FILES, change

FACET = {
    "type": "object",
    "properties": {
        "_producer": {"type": "string", "format": "uri"},
        "_schemaURL": {"type": "string", "format": "uri", "pattern": "#/\\$defs/"},
    },
    "required": ["_producer", "_schemaURL"],
}
FACETS = {"type": "object", "additionalProperties": FACET}
NAMED = {
    "type": "object",
    "properties": {"namespace": {"type": "string"}, "name": {"type": "string"}, "facets": FACETS},
    "required": ["namespace", "name"],
}
RUN_EVENT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "eventTime": {"type": "string", "format": "date-time"},
        "producer": {"type": "string", "format": "uri"},
        "schemaURL": {"const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"},
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "run": {
            "type": "object",
            "properties": {"runId": {"type": "string", "format": "uuid"}, "facets": FACETS},
            "required": ["runId"],
        },
        "job": NAMED,
        "inputs": {"type": "array", "items": {**NAMED, "properties": {"inputFacets": FACETS}}},
        "outputs": {"type": "array", "items": {"allOf": [NAMED, {"properties": {"outputFacets": FACETS}}]}},
    },
    "required": ["eventTime", "producer", "schemaURL", "run", "job"],
}
"""What https://openlineage.io/spec/2-0-2/OpenLineage.json asks of a RunEvent, as a JSON Schema."""

formats = jsonschema.FormatChecker(())


@formats.checks("uuid", ValueError)
def _is_uuid(text: Any) -> bool:
    return str(uuid.UUID(text)) == text


@formats.checks("date-time", ValueError)
def _is_date_time(text: Any) -> bool:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo is not None


@formats.checks("uri")
def _is_uri(text: Any) -> bool:
    return bool(urlsplit(text).scheme and urlsplit(text).netloc)


def facet_classes() -> dict[str, type]:
    """The class of every facet by its schema, as OpenLineage generates them from its JSON Schemas."""
    found: dict[str, type] = {}
    for module in pkgutil.iter_modules(generated.__path__, f"{generated.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and attr.has(value) and hasattr(value, "_get_schema"):
                found[value._get_schema()] = value
    return found


def facets_of(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in (event["run"], event["job"], *event["inputs"], *event["outputs"]):
        for key in ("facets", "inputFacets", "outputFacets"):
            yield from part.get(key, {}).values()


def assert_valid(events: list[dict[str, Any]]) -> None:
    """Every event keeps to the schema, and every facet to the one it names: known fields, none missing."""
    classes = facet_classes()
    for event in events:
        jsonschema.validate(event, RUN_EVENT, format_checker=formats)
        for facet in facets_of(event):
            fields = {f.name: f for f in attr.fields(classes[facet["_schemaURL"]])}
            needed = {name for name, field in fields.items() if field.default is attr.NOTHING and field.init}
            assert needed <= {*facet} <= {*fields}, facet["_schemaURL"]


def events_of(cli: Cli, run: str = "prod-00001") -> list[dict[str, Any]]:
    file = cli.folder / f".dataspace/openlineage/{run}.ndjson"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def written(folder: Path, space: str = "kind: Space\nname: test\n") -> Inside:
    for name, text in {**FILES, "specs/space.yaml": space}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return Inside(folder)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Inside:
    """The small space, applied. Read only."""
    cli = written(tmp_path_factory.mktemp("events"))
    cli.ok("apply", "--yes")
    return cli


def test_the_events_of_a_run_keep_to_the_specification(applied: Inside) -> None:
    events = events_of(applied)
    assert [e["eventType"] for e in events] == ["START", "COMPLETE"] * 4
    assert_valid(events)
    assert "a@x.org" not in json.dumps(events)


def test_events_of_a_failed_run_keep_to_it_too_and_say_that_they_failed(tmp_path: Path) -> None:
    cli = written(tmp_path)
    change(cli, "specs/data/users.csv", "2,b@x.org", "1,b@x.org")
    assert cli("apply", "--yes").returncode == 1
    events = events_of(cli)
    assert_valid(events)
    facet = next(e for e in events if e["job"]["name"] == "p.users")["outputs"][0]["facets"]
    assert [a["success"] for a in facet["dataQualityAssertions"]["assertions"]] == [True, False]


@pytest.mark.parametrize("harm", [{"eventTime": "yesterday"}, {"producer": "us"}, {"run": {"runId": "1"}}])
def test_an_event_that_breaks_the_specification_is_found(applied: Inside, harm: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        assert_valid([events_of(applied)[0] | harm])


def test_events_carry_schema_and_column_lineage(applied: Inside) -> None:
    done = next(e for e in events_of(applied) if e["job"]["name"] == "p.a" and e["eventType"] == "COMPLETE")
    facets = done["outputs"][0]["facets"]
    assert [field["name"] for field in facets["schema"]["fields"]] == ["id", "email"]
    sources = facets["columnLineage"]["fields"]["email"]["inputFields"]
    assert [(s["name"], s["field"]) for s in sources] == [("p.users", "email")]
    assert done["inputs"][0]["name"] == "p.users"


class Receiver(BaseHTTPRequestHandler):
    got: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def test_the_same_events_go_to_an_endpoint_and_a_dead_one_is_only_a_warning(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/api/v1/lineage"
    cli = written(tmp_path, f"kind: Space\nname: test\nopenlineage: {{url: '{url}'}}\n")
    cli.ok("apply", "--yes")
    assert Receiver.got == events_of(cli)
    server.shutdown()
    server.server_close()
    change(cli, "specs/data/users.csv", "3,c@x.org,cid", "3,c@x.org,cid\n9,z@x.org,zoe")
    done = cli("apply", "--yes")
    assert done.returncode == 0
    assert "warning: lineage events were not accepted" in done.stderr


def test_the_record_of_an_apply_names_commit_actor_plan_policy_checks_and_rows(tmp_path: Path) -> None:
    cli = written(tmp_path)
    plan = json.loads(cli.ok("plan", "--format", "json"))["fingerprint"]
    cli.ok("apply", "--expect", plan)
    change(cli, "specs/projects/p/project.yaml", "members: [ana]", "members: []")
    cli.ok("apply", "--yes")
    runs = json.loads(cli.ok("runs", "--format", "json"))
    assert [{"commit", "actor", "plan", "policy"} <= {*run} for run in runs] == [True, True]
    assert runs[1]["plan"] == plan
    assert runs[0]["policy"] != runs[1]["policy"]
    assert len(runs[0]["policy"]) == 64
    first = json.loads(cli.ok("log", "prod-00001", "--format", "json"))[0]
    assert {s["address"]: s["rows"] for s in first["steps"]}["dataset/p/users"] == 3
    assert {c["name"]: c["status"] for c in first["checks"]} == {
        "not_null(id)": "passed",
        "unique(id)": "passed",
    }
    assert f"policy {runs[1]['policy'][:12]}" in cli.ok("log", "prod-00001")
