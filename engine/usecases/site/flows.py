"""Dataflows: their steps as code, and what became of them in the kept runs."""

from __future__ import annotations

from collections.abc import Sequence

from engine.addresses import Address, dataset_reference
from engine.core.snapshot import meaning_of
from engine.core.space import Resource
from engine.core.state import RunRecord, StepRecord
from engine.model.dataflow import Dataflow, Step
from engine.usecases.site.counts import rows_told
from engine.usecases.site.graph import flow_graph, sources
from engine.usecases.site.values import Execution, FlowFacts, StepFacts
from engine.usecases.site.visit import Visit
from engine.usecases.site.written import yaml_of, yaml_text

EXECUTIONS = 50
"""Most executions that a page lists."""


def flow_facts(visit: Visit, resource: Resource[Dataflow]) -> FlowFacts:
    """A dataflow: inputs, steps with their code, graph and executions."""
    spec, address = resource.spec, resource.address
    outputs = tuple(Address("dataset", address.project, step.output) for step in spec.steps)
    inputs = {n: visit.face(dataset_reference(t, address.project)) for n, t in sorted(spec.inputs.items())}
    project = Address("project", "", address.project)
    return FlowFacts(
        link=visit.link(address),
        project=visit.link(project) if project in visit.space.resources else None,
        description=visit.words(spec.description),
        owner=visit.person(spec.owner),
        schedule=spec.schedule or "",
        inputs=tuple((name, visit.link(face)) for name, face in inputs.items() if face),
        steps=tuple(_step(visit, resource, step) for step in spec.steps),
        graph=flow_graph(visit, outputs),
        executions=_executions(visit, address, outputs),
        yaml=yaml_of(resource) if all(inputs.values()) else "",
        file=resource.span().file,
    )


def _step(visit: Visit, resource: Resource[Dataflow], step: Step) -> StepFacts:
    address = Address("dataset", resource.address.project, step.output)
    compiled = visit.published.compiled.get(address)
    code, language = _code(visit, resource, step)
    return StepFacts(
        output=visit.link(address),
        form=step.form,
        reads=visit.seen(sources(visit, address)),
        code=code,
        language=language,
        compiled=_pretty(compiled.query) if compiled and step.form != "sql" else "",
        description=visit.words(step.description),
    )


def _code(visit: Visit, resource: Resource[Dataflow], step: Step) -> tuple[str, str]:
    if step.sql is not None:
        return step.sql.strip(), "SQL"
    if step.python is not None:
        return _python(visit, resource, step.python), "Python"
    index = resource.spec.steps.index(step)
    return yaml_text(meaning_of(resource)["steps"][index]["lowcode"]), "Low-code"


def _python(visit: Visit, resource: Resource[Dataflow], reference: str) -> str:
    """The module's text where it was kept with the applied specs, else its name."""
    file = reference.rpartition(":")[0]
    folder = resource.document.file.rpartition("/")[0]
    kept = visit.space.files.get(f"{folder}/{file}" if folder else file)
    return kept.decode("utf-8", "replace") if kept else reference


def _pretty(query: str) -> str:
    """Canonical SQL laid out for reading."""
    import sqlglot

    return sqlglot.parse_one(query, dialect="duckdb").sql("duckdb", pretty=True) if query else ""


def _executions(visit: Visit, flow: Address, outputs: tuple[Address, ...]) -> tuple[Execution, ...]:
    """The runs that touched the flow's datasets, latest first."""
    touched: dict[str, list[StepRecord]] = {}
    for output in outputs:
        for run, step in visit.steps_of.get(output, ()):
            touched.setdefault(run.run, []).append(step)
    runs = [run for run in visit.runs if run.run in touched][:EXECUTIONS]
    return tuple(_execution(visit, run, touched[run.run], flow) for run in runs)


def _execution(visit: Visit, run: RunRecord, steps: Sequence[StepRecord], flow: Address) -> Execution:
    states = {s.status for s in steps}
    failed = "failed" in states
    told = [rows_told(visit, s.address, s.rows).replace(",", "") for s in steps if s.rows is not None]
    return Execution(
        run=run.run,
        flow=visit.link(flow),
        at=run.started,
        seconds=sum(s.seconds for s in steps),
        status="failed" if failed else "skipped" if states == {"skipped"} else "succeeded",
        rows=f"{sum(map(int, told)):,}" if told and all(map(str.isdigit, told)) else "",
    )
