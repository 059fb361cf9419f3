"""OpenLineage events of a run: one job per dataset it built, as json lines in the store or over HTTP.

Built with OpenLineage's own classes, so that every event has the form of its schema
(https://openlineage.io/spec/2-0-2/OpenLineage.json and the facets' own). No data row is in any of them.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.addresses import Address
from engine.core.compiled import ColumnLogic, CompiledDataset, Kind
from engine.core.state import CheckResult, RunRecord, StepRecord
from engine.diagnostics import WorldFailure
from engine.model.space import LineageSettings

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run

PRODUCER = "https://github.com/dataspace-engine/dataspace-engine"
IDS = uuid.uuid5(uuid.NAMESPACE_URL, PRODUCER)
"""Namespace of run ids: the same run and dataset always have the same id."""

TRANSFORMATIONS: Mapping[Kind, tuple[str, str]] = {
    "identity": ("DIRECT", "IDENTITY"),
    "count": ("DIRECT", "AGGREGATION"),
    "expression": ("DIRECT", "TRANSFORMATION"),
}


@dataclass(frozen=True)
class OpenLineageEvents:
    """Implements the LineageEvents port: a file per run below `folder`, and HTTP if a URL is set."""

    folder: Path
    settings: LineageSettings
    namespace: str
    """The space's name: OpenLineage's namespace of its jobs and datasets."""

    def emit(self, record: RunRecord, compiled: Mapping[Address, CompiledDataset]) -> None:
        """Write the events of a finished run. Raises WorldFailure; what was published stays so."""
        lines = [
            line
            for step in record.steps
            for line in self._step_lines(record, step, compiled.get(step.address))
        ]
        self._write(record, "".join(f"{line}\n" for line in lines))
        if self.settings.url is not None:
            self._send(self.settings.url, lines)

    def _write(self, record: RunRecord, lines: str) -> None:
        path = self.folder / f"{record.run}.ndjson"
        beside = path.with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            beside.write_text(lines, encoding="utf-8")
            beside.replace(path)
        except OSError as failure:
            raise WorldFailure(f"cannot write {path}: {failure.strerror}.", "free the disk.") from None

    def _send(self, url: str, lines: list[str]) -> None:
        import httpx

        token = os.environ.get(self.settings.token_env or "", "")
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        try:
            with httpx.Client(timeout=10, headers=headers) as client:
                for line in lines:
                    client.post(url, content=line).raise_for_status()
        except httpx.HTTPError as failure:
            raise WorldFailure(
                f"lineage events were not accepted by {httpx.URL(url).host}: {type(failure).__name__}.",
                "they are kept in the store; send them again when it answers.",
            ) from None

    def _step_lines(
        self, record: RunRecord, step: StepRecord, dataset: CompiledDataset | None
    ) -> Iterator[str]:
        """The start and the end of a step as json; they differ in state and time only, so one is made."""
        from openlineage.client.event_v2 import RunEvent, RunState
        from openlineage.client.serde import Serde

        end = RunState.COMPLETE if step.status in ("done", "reused") else RunState.FAIL
        if step.status == "skipped":
            end = RunState.ABORT
        checks = tuple(c for c in record.checks if c.address == step.address)
        run, job = self._run(record, step), self._job(dataset, step.address)
        inputs = [self._input(a) for a in sorted(set(dataset.inputs.values()))] if dataset else []
        outputs = [self._output(step, dataset, checks)]
        event = RunEvent(
            eventType=RunState.START,
            eventTime=record.started,
            producer=PRODUCER,
            run=run,
            job=job,
            inputs=inputs,
            outputs=outputs,
        )
        start = Serde.to_dict(event)
        ended = {"eventType": end.value, "eventTime": record.finished or record.started}
        yield from (json.dumps(fields, sort_keys=True) for fields in (start, start | ended))

    def _run(self, record: RunRecord, step: StepRecord) -> Run:
        from openlineage.client.event_v2 import Run
        from openlineage.client.generated import error_message_run, parent_run

        parent = parent_run.ParentRunFacet(
            run=parent_run.Run(str(uuid.uuid5(IDS, record.run))),
            job=parent_run.Job(self.namespace, f"{record.environment}.{record.kind}"),
            producer=PRODUCER,
        )
        facets: dict[str, Any] = {"parent": parent}
        if step.status == "failed":
            facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
                step.message or "a blocking check failed", "SQL", producer=PRODUCER
            )
        return Run(str(uuid.uuid5(IDS, f"{record.run}/{step.address}")), facets)

    def _job(self, dataset: CompiledDataset | None, address: Address) -> Job:
        from openlineage.client.event_v2 import Job
        from openlineage.client.generated import job_type_job, sql_job

        facets: dict[str, Any] = {
            "jobType": job_type_job.JobTypeJobFacet("BATCH", "DATASPACE", "STEP", producer=PRODUCER)
        }
        if dataset is not None and dataset.query:
            facets["sql"] = sql_job.SQLJobFacet(dataset.query, producer=PRODUCER)
        return Job(self.namespace, f"{address.project}.{address.name}", facets)

    def _input(self, address: Address) -> InputDataset:
        from openlineage.client.event_v2 import InputDataset

        return InputDataset(self.namespace, f"{address.project}.{address.name}")

    def _output(
        self, step: StepRecord, dataset: CompiledDataset | None, checks: tuple[CheckResult, ...]
    ) -> OutputDataset:
        from openlineage.client.event_v2 import OutputDataset
        from openlineage.client.generated import data_quality_assertions_dataset as quality
        from openlineage.client.generated import output_statistics_output_dataset as statistics

        facets: dict[str, Any] = self._schema(dataset) if dataset else {}
        if checks:
            assertions = [
                quality.Assertion(c.name, c.status == "passed", severity=c.severity) for c in checks
            ]
            facets["dataQualityAssertions"] = quality.DataQualityAssertionsDatasetFacet(
                assertions, producer=PRODUCER
            )
        counted: dict[str, Any] = {}
        if step.rows is not None:
            counted["outputStatistics"] = statistics.OutputStatisticsOutputDatasetFacet(
                rowCount=step.rows, producer=PRODUCER
            )
        return OutputDataset(
            namespace=self.namespace,
            name=f"{step.address.project}.{step.address.name}",
            facets=facets,
            outputFacets=counted,
        )

    def _schema(self, dataset: CompiledDataset) -> dict[str, Any]:
        from openlineage.client.generated import column_lineage_dataset as lineage
        from openlineage.client.generated import schema_dataset as schema

        fields = [schema.SchemaDatasetFacetFields(c.name, c.type) for c in dataset.columns]
        facets: dict[str, Any] = {"schema": schema.SchemaDatasetFacet(fields, producer=PRODUCER)}
        if dataset.query:
            columns = {c.name: lineage.Fields(self._sources(c)) for c in dataset.columns if c.sources}
            facets["columnLineage"] = lineage.ColumnLineageDatasetFacet(columns, producer=PRODUCER)
        return facets

    def _sources(self, column: ColumnLogic) -> list[Any]:
        from openlineage.client.generated import column_lineage_dataset as lineage

        kind, subtype = TRANSFORMATIONS[column.kind]
        return [
            lineage.InputField(
                self.namespace,
                f"{ref.dataset.project}.{ref.dataset.name}",
                ref.column,
                [lineage.Transformation(kind, subtype)],
            )
            for ref in sorted(column.sources)
        ]
