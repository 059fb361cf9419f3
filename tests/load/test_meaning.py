"""Order of files and keys, comments and formatting mean nothing; a snapshot gives the same space back."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.addresses import Address
from engine.core.compiled import ColumnLogic, ColumnRef, CompiledDataset
from engine.core.compiled_json import compiled_from_json, compiled_to_json
from engine.core.document import SourceFile
from engine.core.load import load
from engine.core.resolve import resolve
from engine.core.snapshot import (
    files_from_snapshot,
    resources_from_snapshot,
    snapshot_documents,
    snapshot_text,
)
from engine.core.space import Space
from engine.core.yaml_reader import read_trees
from engine.diagnostics import WorldFailure
from tests.load.spaces import BASE, files, resolved

RICH = {
    **BASE,
    "policies/more.yaml": """
        {kind: Network, name: n, cidrs: [10.0.0.0/8, "::1/128"], applies_to: [everyone, "group:analysts"]}
        ---
        kind: DataPolicy
        name: d
        datasets: [p/doctors]
        to: group:analysts
        rows: "oa in ('010', 'NO')"
        columns: {id: "prefix:2"}
        ---
        kind: Grant
        name: g
        dataset: catalog/doctors
        to: project:p
        actions: [preview, use]
        purpose: Planning
        from: 2026-01-01
        until: 2026-12-31
        requested_by: romain
        approved_by: sophie
        status: approved
        """,
    "projects/p/dashboards/more.yaml": """
        kind: Dashboard
        name: more
        title: {fr: Médecins, en: Doctors}
        datasets: {by_oa: {dataset: by_oa, where: "n > 1"}}
        filters: [{name: oa, from: by_oa, column: oa, type: multiselect, default: ["010", 2, true]}]
        tabs:
          - title: One
            slug: one
            rows:
              - - {kpi: "sum(n)", from: by_oa, target: 1.5, thresholds: [{below: 3, state: bad}]}
                - {table: by_oa, columns: [oa, {column: n, heat: {within: row}}], download: false}
              - - vega_lite: {mark: point, encoding: {x: {field: n, scale: {domain: [0, 1.25, null, true]}}}}
                  from: by_oa
        """,
}


def documents() -> list[tuple[str, dict[str, Any]]]:
    """The rich space as plain data: a path and a document each."""
    return [
        (file.path, tree.data) for file in files(RICH) for tree in read_trees(file)[0]
    ]  # fmt: skip


def turned(value: Any, draw: st.DrawFn) -> Any:
    """The value with the keys of every mapping in another order."""
    if isinstance(value, dict):
        keys = draw(st.permutations(list(value)))
        return {key: turned(value[key], draw) for key in keys}
    return [turned(item, draw) for item in value] if isinstance(value, list) else value


def commented(text: str, draw: st.DrawFn) -> str:
    lines = []
    for line in text.splitlines():
        if draw(st.booleans()):
            lines.append(" " * draw(st.integers(0, 8)) + "# a comment: - {x")
        lines.append(line + (draw(st.sampled_from(["", "", "  "]))))
    return "\n".join(lines) + "\n"


@st.composite
def rewritten(draw: st.DrawFn) -> list[SourceFile]:
    """The rich space written differently: keys, formatting, comments, files and their order."""
    found: dict[str, list[str]] = {}
    for path, data in draw(st.permutations(documents())):
        flow = draw(st.sampled_from([True, False, None]))
        text = yaml.safe_dump(
            turned(data, draw), sort_keys=False, default_flow_style=flow, allow_unicode=draw(st.booleans()),
            indent=draw(st.integers(2, 6)), width=10_000, explicit_start=True,
        )  # fmt: skip
        if flow is False:
            text = commented(text, draw)
        name = draw(st.sampled_from(["", "x-", "y-"]))
        folder, _, file = path.rpartition("/")
        found.setdefault(f"{folder}/{name}{file}", []).append(text)
    return draw(st.permutations([SourceFile(path, "".join(texts).encode()) for path, texts in found.items()]))


def space_of(sources: list[SourceFile]) -> Space:
    resources, shape = load(sources)
    space, references = resolve(resources)
    assert [str(d) for d in (*shape, *references)] == []
    assert space is not None
    return space


def meaning(text: str) -> Any:
    """The part of a snapshot that says what documents mean; mappings compare without order."""
    value = json.loads(text)
    return value["resources"], value["files"]


@given(rewritten())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_documents_written_differently_are_the_same_space(sources: list[SourceFile]) -> None:
    plain, other = space_of(files(RICH)), space_of(sources)
    assert other == plain
    assert list(other.datasets) == list(plain.datasets)
    assert meaning(snapshot_text(other)) == meaning(snapshot_text(plain))


@given(rewritten())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_snapshot_gives_the_same_space_back(sources: list[SourceFile]) -> None:
    space = space_of(sources)
    again, diagnostics = resolve(resources_from_snapshot(snapshot_text(space)))
    assert diagnostics == ()
    assert again == space
    assert again is not None
    assert list(again.datasets) == list(space.datasets)
    assert snapshot_text(again) == snapshot_text(space)


def test_the_order_of_named_columns_is_kept_for_it_is_theirs() -> None:
    text = """
        kind: Dataflow
        name: flow
        inputs: {d: doctors}
        steps: [{output: x, from: d, lowcode: [{derive: {z: "1", a: "2"}}]}]
        """
    space, _ = resolved(
        {**BASE, "projects/p/dataflows/flow.yaml": text, "projects/p/dashboards/page.yaml": ""}
    )
    assert space is not None
    assert '"derive":{"z":"1","a":"2"}' in snapshot_text(space)


def test_places_are_kept_for_what_is_shown() -> None:
    space = space_of(files(BASE))
    again, _ = resolve(resources_from_snapshot(snapshot_text(space)))
    assert again is not None
    for address in space.resources:
        assert again.resources[address].span() == space.resources[address].span()
        assert again.resources[address].span("name") == space.resources[address].span("name")
    for address, node in space.datasets.items():
        assert again.datasets[address].span() == node.span()


def test_carried_files_come_back_by_their_hash() -> None:
    from dataclasses import replace

    space = replace(space_of(files(BASE)), files={"specs/a.py": b"\xff\0x", "specs/b.svg": b""})
    texts = snapshot_documents(space)
    asked: list[str] = []

    def document(digest: str) -> str:
        asked.append(digest)
        return texts[digest]

    back = files_from_snapshot(snapshot_text(space), document)
    assert asked == []
    assert dict(back) == space.files
    assert "specs/c" not in back


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 99}', '{"format":1,"resources":{"a":{}},"places":{}}']
)
def test_a_snapshot_of_another_version_is_a_failure_in_one_line(text: str) -> None:
    with pytest.raises(WorldFailure, match="this version of the engine"):
        resources_from_snapshot(text)


names = st.from_regex(r"[a-z_][a-z0-9_-]{0,5}", fullmatch=True)
addresses = st.builds(Address, st.just("dataset"), names, names)
texts = st.text(max_size=8)
refs = st.lists(st.builds(ColumnRef, addresses, texts), max_size=3).map(tuple)
columns = st.builds(
    ColumnLogic, texts, texts, st.sampled_from(["identity", "count", "expression"]), refs, texts
)
datasets = st.builds(
    CompiledDataset,
    address=addresses,
    columns=st.lists(columns, max_size=3).map(tuple),
    inputs=st.dictionaries(texts, addresses, max_size=3),
    query=texts, rows=texts, row_sources=refs, ordered=st.booleans(), logic=texts, sensitivity=texts,
    tags=st.dictionaries(texts, st.lists(texts, max_size=2).map(tuple), max_size=2),
    levels=st.dictionaries(texts, texts, max_size=2),
    min_cell=st.integers(0, 100),
    unit=st.none() | texts,
)  # fmt: skip


@given(st.lists(datasets, max_size=4, unique_by=lambda d: d.address))
def test_compiled_datasets_come_back_the_same_and_in_order(given_datasets: list[CompiledDataset]) -> None:
    compiled = {dataset.address: dataset for dataset in given_datasets}
    text = compiled_to_json(compiled)
    assert compiled_from_json(text) == compiled
    assert list(compiled_from_json(text)) == list(compiled)
    assert compiled_to_json(compiled_from_json(text)) == text


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', '{"format":1,"datasets":[{}]}'])
def test_compiled_datasets_of_another_version_are_a_failure_in_one_line(text: str) -> None:
    with pytest.raises(WorldFailure, match="this version of the engine"):
        compiled_from_json(text)
