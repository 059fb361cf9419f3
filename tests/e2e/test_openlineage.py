"""Every run leaves OpenLineage events that its own classes accept, and that hold no data."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

from openlineage.client.event_v2 import Job, Run, RunEvent
from openlineage.client.generated.column_lineage_dataset import ColumnLineageDatasetFacet
from openlineage.client.generated.schema_dataset import SchemaDatasetFacet

from tests.conftest import Cli, WriteSpace
from tests.e2e.small_space import small_space


def events_of(cli: Cli) -> list[dict[str, Any]]:
    file = cli.folder / ".dataspace/openlineage/prod-00001.ndjson"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_each_dataset_of_a_run_starts_and_completes(write_space: WriteSpace) -> None:
    cli = small_space(write_space)
    cli.ok("apply", "--yes")
    events = events_of(cli)
    assert [e["eventType"] for e in events] == ["START", "COMPLETE"] * 4
    for event in events:
        run = Run(event["run"]["runId"])
        RunEvent(
            eventTime=event["eventTime"],
            run=run,
            job=Job(event["job"]["namespace"], event["job"]["name"]),
            producer=event["producer"],
        )
        assert event["schemaURL"].startswith("https://openlineage.io/spec/")
    assert "a@x.org" not in json.dumps(events)


def test_events_carry_schema_and_column_lineage(write_space: WriteSpace) -> None:
    cli = small_space(write_space)
    cli.ok("apply", "--yes")
    done = next(e for e in events_of(cli) if e["job"]["name"] == "p.a" and e["eventType"] == "COMPLETE")
    facets = done["outputs"][0]["facets"]
    assert facets["schema"]["_schemaURL"] == SchemaDatasetFacet._get_schema()
    assert facets["columnLineage"]["_schemaURL"] == ColumnLineageDatasetFacet._get_schema()
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


def test_events_go_to_an_endpoint_too_and_a_dead_one_is_only_a_warning(write_space: WriteSpace) -> None:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/api/v1/lineage"
    space = f"kind: Space\nname: test\nopenlineage: {{url: '{url}'}}\n"
    cli = small_space(write_space, **{"specs/space.yaml": space})
    cli.ok("apply", "--yes")
    assert len(Receiver.got) == 8
    server.shutdown()
    server.server_close()
    file = cli.folder / "specs/data/users.csv"
    file.write_text(file.read_text(encoding="utf-8") + "9,z@x.org,zoe\n", encoding="utf-8")
    done = cli("apply", "--yes")
    assert done.returncode == 0
    assert "warning: lineage events were not accepted" in done.stderr
