"""The Space: what references are bound to, in which order, and what is left when some lead nowhere."""

from __future__ import annotations

import pytest

from engine.addresses import Address, dataset_address, dataset_reference
from engine.core.resolve import missing_files, named_files, resolve
from engine.core.resolve_references import dataset_references
from engine.core.space import Derived, Space
from tests.load.spaces import BASE, loaded, mistakes, resolved, with_base

DOCTORS, BY_OA, TOP = (dataset_address("p", name) for name in ("doctors", "by_oa", "top"))
SOURCE = "{kind: Dataset, name: source, from: {file: a.csv}}\n"


def sound(more: dict[str, str]) -> Space:
    space, diagnostics = resolved(with_base(more))
    assert [str(d) for d in diagnostics] == []
    assert space is not None
    return space


def flow(name: str, inputs: str, *steps: str) -> str:
    return f"---\n{{kind: Dataflow, name: {name}, inputs: {{{inputs}}}, steps: [{', '.join(steps)}]}}\n"


def test_references_are_bound_through_the_catalogue() -> None:
    space = sound({})
    producer = space.datasets[TOP].producer
    assert isinstance(producer, Derived)
    assert producer.inputs == {"doctors": DOCTORS, "by_oa": BY_OA}
    assert space.catalog == {Address("catalog", "", "doctors"): DOCTORS}
    assert space.dataset_of(Address("catalog", "", "doctors")) == DOCTORS


def test_datasets_come_after_what_they_are_made_of_ties_by_address() -> None:
    space = sound({"projects/p/x.yaml": "{kind: Dataset, name: aaa, from: {file: a.csv}}"})
    names = [address.name for address in space.datasets]
    assert names == ["aaa", "doctors", "by_oa", "top"]


def test_the_order_of_files_changes_nothing() -> None:
    files = with_base(
        {"projects/p/x.yaml": SOURCE + flow("f", "s: source", "{output: made, sql: select * from s}")}
    )
    resources, _ = loaded(files)
    space, _ = resolve(resources)
    turned, _ = resolve(tuple(reversed(resources)))
    assert space == turned
    assert space is not None
    assert turned is not None
    assert list(space.resources) == list(turned.resources)
    assert list(space.datasets) == list(turned.datasets)


def test_a_cycle_is_named_whole_and_the_rest_is_bound() -> None:
    text = (
        flow("f1", "x: c", "{output: a, sql: select * from x}")
        + flow("f2", "x: a", "{output: b, sql: select * from x}")
        + flow("f3", "x: b", "{output: c, sql: select * from x}")
        + flow("f4", "x: c", "{output: after, sql: select * from x}")
    )
    space, diagnostics = resolved(with_base({"projects/p/x.yaml": text}))
    (cycle,) = diagnostics
    assert "dataset/p/a <- dataset/p/c <- dataset/p/b <- dataset/p/a" in cycle.summary
    assert space is not None
    assert [a.name for a in space.datasets] == ["doctors", "by_oa", "top"]


def test_dataflows_that_name_each_other_are_no_cycle_unless_their_steps_do() -> None:
    text = (
        SOURCE
        + flow(
            "f1", "x: b, s: source", "{output: a, sql: select * from s}", "{output: c, sql: select * from x}"
        )
        + flow("f2", "y: a", "{output: b, sql: select * from y}")
    )
    space = sound({"projects/p/x.yaml": text})
    names = [address.name for address in space.datasets]
    assert names.index("a") < names.index("b") < names.index("c")


def test_a_dataset_that_reads_itself_is_a_cycle() -> None:
    (message,) = mistakes({"projects/p/x.yaml": flow("f", "x: a", "{output: a, sql: select * from x}")})
    assert "dataset/p/a <- dataset/p/a" in message


def test_a_name_that_is_taken_names_the_other_place() -> None:
    (message,) = mistakes({"projects/p/z.yaml": "{kind: Dataset, name: doctors, from: {file: a.csv}}"})
    assert message == (
        "specs/projects/p/z.yaml:1:17: error[duplicate-name]: dataset/p/doctors is defined already."
        " See specs/projects/p/datasets/doctors.yaml:3:1. Rename one of them or remove it."
    )


def test_a_step_may_not_make_what_a_document_declares() -> None:
    (message,) = mistakes({"projects/p/z.yaml": "{kind: Dataset, name: top, from: {file: a.csv}}"})
    assert message.startswith("specs/projects/p/dataflows/flow.yaml:10:13: error[duplicate-name]")
    assert "specs/projects/p/z.yaml:1:17" in message


def test_unknown_references_are_suggested_as_they_would_be_written() -> None:
    text = (
        "{kind: Dashboard, name: x, datasets: {a: by_ao, b: catalog/doctor, c: p/tob}, rows: [[{text: t}]]}"
    )
    found = mistakes({"projects/p/x.yaml": text})
    assert [message.rpartition("Did you mean ")[2] for message in found] == [
        '"by_oa"?',
        '"catalog/doctors"?',
        '"p/top"?',
    ]


def test_without_a_space_document_other_mistakes_are_told_all_the_same() -> None:
    files = {path: text for path, text in BASE.items() if path != "space.yaml"}
    space, diagnostics = resolved({**files, "x.yaml": "{kind: Group, name: g, members: [nobody]}"})
    assert space is None
    assert [(d.code, d.span.file) for d in diagnostics] == [
        ("no-space", "specs/space.yaml"),
        ("unknown-user", "specs/x.yaml"),
    ]


def test_two_space_documents_are_one_too_many() -> None:
    (message,) = mistakes({"x.yaml": "{kind: Space, name: second}"})
    assert "There is a second Space document." in message


def test_nothing_at_all_is_a_space_without_a_document() -> None:
    space, diagnostics = resolve(())
    assert space is None
    assert [str(d.span) for d in diagnostics] == ["specs/space.yaml:1:1"]


BROKEN = {
    "an unknown input": {"projects/p/x.yaml": flow("f", "x: nothing", "{output: a, sql: select * from x}")},
    "an unknown table": {"projects/p/x.yaml": flow("f", "", "{output: a, from: x, lowcode: [{limit: 1}]}")},
    "a wrong shape below": {"projects/p/datasets/doctors.yaml": "{kind: Dataset, name: doctors, columns: 5}"},
    "a page of nothing": {
        "projects/p/x.yaml": "{kind: Dashboard, name: x, datasets: {a: no}, rows: [[{text: t}]]}"
    },
    "an entry of nothing": {"catalog/doctors.yaml": "{kind: CatalogEntry, name: doctors, dataset: p/no}"},
    "a wrong level": {
        "projects/p/x.yaml": "{kind: Dataset, name: x, sensitivity: no, from: {file: a},"
        " columns: [{name: a, sensitivity: no}]}"
    },
}


@pytest.mark.parametrize("files", BROKEN.values(), ids=BROKEN.keys())
def test_every_reference_in_what_is_left_leads_somewhere(files: dict[str, str]) -> None:
    space, diagnostics = resolved(with_base(files))
    assert diagnostics
    assert space is not None
    known: set[Address] = set()
    for address, node in space.datasets.items():
        if isinstance(node.producer, Derived):
            assert set(node.producer.inputs.values()) <= known
        known.add(address)
        assert node.sensitivity in (None, *space.settings.spec.sensitivity)
    assert set(space.catalog.values()) <= known
    for address, resource in space.resources.items():
        assert address.kind != "catalog" or address in space.catalog
        for path, text in dataset_references(resource.spec):
            if path[0] != "uses":
                assert space.dataset_of(dataset_reference(text, address.project)) in known


def test_a_step_with_a_wrong_input_leaves_the_steps_that_do_not_read_it() -> None:
    text = flow(
        "f",
        "x: nothing, d: doctors",
        "{output: a, sql: select * from x}",
        "{output: b, sql: select * from d}",
    )
    space, diagnostics = resolved(with_base({"projects/p/x.yaml": text}))
    assert [d.code for d in diagnostics] == ["unknown-dataset"]
    assert space is not None
    assert dataset_address("p", "b") in space.datasets
    assert dataset_address("p", "a") not in space.datasets


def test_files_that_the_specs_carry_are_named_and_missing_ones_told() -> None:
    text = flow("f", "d: doctors", "{output: a, python: flows/x.py:transform}")
    space = sound({"projects/p/x.yaml": text})
    assert named_files(space) == ("specs/projects/p/flows/x.py",)
    (missing,) = missing_files(space)
    assert str(missing.span) == "specs/projects/p/x.yaml:2:77"


def test_reading_another_projects_dataset_directly_may_be_written() -> None:
    sound({
        "projects/q/project.yaml": "{kind: Project, name: q}",
        "projects/q/x.yaml": flow("f", "d: p/doctors", "{output: a, sql: select * from d}"),
    })  # fmt: skip


def test_a_project_without_a_document_is_told_of_once() -> None:
    text = SOURCE + "---\n{kind: Dataset, name: b, from: {file: b.csv}}\n"
    (message,) = mistakes({"projects/pp/x.yaml": text})
    assert 'There is no project "pp"' in message


def test_the_demo_space_is_sound(repository: object) -> None:
    from pathlib import Path

    from engine.adapters.files import FolderSpecs
    from engine.core.load import load

    resources, shape = load(FolderSpecs(Path(str(repository)) / "specs").read())
    space, references = resolve(resources)
    assert [str(d) for d in (*shape, *references)] == []
    assert space is not None
    assert dataset_address("studio-romain", "top_oa") in space.datasets
