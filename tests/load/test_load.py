"""Documents to resources: addresses, plain words for shape mistakes, and what a wrong document leaves."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from engine.addresses import Address
from engine.core.document import SourceFile
from engine.core.load import MAX_TOLD, load
from engine.core.shape_words import PATTERNS
from engine.core.unsound import Unsound
from engine.model.dataset import Dataset
from engine.model.kinds import KINDS
from tests.load.spaces import BASE, loaded, mistakes


def test_a_sound_space_has_no_mistakes_and_every_document() -> None:
    resources, diagnostics = loaded(BASE)
    assert diagnostics == ()
    assert len(resources) == 10
    assert Address("dataset", "p", "doctors") in {r.address for r in resources}


def test_the_folder_or_the_document_says_the_project() -> None:
    sources = {
        "projects/p/deep/er/x.yaml": "{kind: Dataset, name: a, from: {file: a.csv}}",
        "other/x.yaml": "{kind: Dataset, name: b, project: q, from: {file: a.csv}}",
        "projects/x.yaml": "{kind: Dataset, name: c, from: {file: a.csv}}",
    }
    resources, diagnostics = loaded(sources)
    assert [str(r.address) for r in resources] == ["dataset/q/b", "dataset/p/a"]
    assert [str(d) for d in diagnostics] == [
        "specs/projects/x.yaml:1:1: error[project]: A Dataset belongs to a project, and this one does not say"
        " which. Move the file below projects/<project>/, or add `project: <project>`."
    ]


def test_the_specs_folder_may_have_any_name() -> None:
    content = b"{kind: Dataset, name: a, from: {file: ../../../a.csv}}"
    for specs in ("specs", ".", "../elsewhere/conf", "/srv/space"):
        file = SourceFile(f"{specs}/projects/p/a.yaml".removeprefix("./"), content, specs)
        resources, diagnostics = load([file])
        assert [str(r.address) for r in resources] == ["dataset/p/a"]
        assert diagnostics == ()
    (mistake,) = load(
        [SourceFile("/srv/space/projects/p/a.yaml", content.replace(b"a.csv", b"../a.csv"), "/srv/space")]
    )[1]
    assert mistake.code == "path"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{kind: Dataset, name: x, titel: X, from: {file: a}}",
            '1:26: error[unknown-key]: Unknown key "titel". Did you mean "title"?',
        ),
        (
            "{kind: Datset, name: x}",
            '1:8: error[unknown-kind]: There is no kind of document called "Datset". Did you mean "Dataset"?',
        ),
        (
            "{kind: Dataset, name: 5, from: {file: a}}",
            '1:23: error[wrong-type]: "name" must be text, but is the number 5. Write it in quotes: "5".',
        ),
        (
            "{kind: Dataset, name: x, from: {file: a}, title: [a]}",
            '1:50: error[wrong-type]: "title" must be text or a mapping, but is a list.',
        ),
        (
            "{kind: Dataset, name: x, from: {file: a}, prevent_destroy: yes}",
            '1:60: error[wrong-type]: "prevent_destroy" must be true or false, but is the text "yes".',
        ),
        (
            "{kind: Dataset, name: x, from: {file: a}, format: {type: cvs}}",
            '1:58: error[wrong-value]: "type" must be csv, tsv, json, jsonl, parquet or excel,'
            ' but is the text "cvs". Did you mean "csv"?',
        ),
        (
            "{kind: Dataset, name: x, from: {file: a}, columns: [{name: a, description: one, two}]}",
            '1:81: error[unknown-key]: Unknown key "two" in "columns".'
            " If it belongs to a text with a comma, put that text in quotes.",
        ),
        (
            "{kind: Dashboard, name: x, datasets: {a: {datset: b}}, rows: [[{text: t}]]}",
            '1:43: error[unknown-key]: Unknown key "datset" in "a". Did you mean "dataset"?',
        ),
        (
            "{kind: Dashboard, name: x, datasets: {a: b}, rows: [[{chart: bar, from: a, colour: red}]]}",
            '1:76: error[unknown-key]: Unknown key "colour" in "rows".',
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_plain_words_where_it_stands(text: str, message: str) -> None:
    _, diagnostics = loaded({"projects/p/x.yaml": text})
    assert [str(d).removeprefix("specs/projects/p/x.yaml:") for d in diagnostics] == [message]


def test_only_the_branch_of_a_union_that_was_meant_is_told_of() -> None:
    text = "{kind: Dashboard, name: x, datasets: {a: b}, rows: [[{table: a, columns: [b, {column: 5}]}]]}"
    _, diagnostics = loaded({"projects/p/x.yaml": text})
    assert [d.summary for d in diagnostics] == ['"column" must be text, but is the number 5.']


def test_a_harmless_mistake_leaves_the_document_for_others_to_build_on() -> None:
    resources, _ = loaded({"projects/p/x.yaml": "{kind: Dataset, name: x, titel: X, from: {file: a}}"})
    assert isinstance(resources[0].spec, Dataset)


@pytest.mark.parametrize("wrong", ["colums: []", "format: 5", "columns: [{name: a, typ: string}]"])
def test_a_mistake_that_may_concern_content_leaves_only_the_address(wrong: str) -> None:
    text = f"{{kind: Dataset, name: x, from: {{file: a}}, {wrong}}}"
    resources, diagnostics = loaded({"projects/p/x.yaml": text})
    assert diagnostics
    assert isinstance(resources[0].spec, Unsound)


def test_what_refers_to_a_document_with_mistakes_is_no_mistake() -> None:
    text = "{kind: Dataset, name: doctors, from: {file: a}, columns: [{nam: id}]}"
    found = mistakes({"projects/p/datasets/doctors.yaml": text})
    assert len(found) == 1
    assert "unknown-key" in found[0]


def test_a_file_that_is_wrong_throughout_is_told_of_in_part() -> None:
    text = "---\n".join("{kind: Nothing}\n" for _ in range(1000))
    _, diagnostics = loaded({"x.yaml": text})
    assert len(diagnostics) == MAX_TOLD + 1
    assert any("800 more mistakes" in diagnostic.summary for diagnostic in diagnostics)


def test_every_pattern_that_a_text_must_have_is_described_in_words() -> None:
    patterns = set()
    for spec in KINDS.values():
        patterns |= set(re.findall(r"'pattern': '((?:[^'\\]|\\.)*)'", str(spec.model_json_schema())))
    assert {p.encode().decode("unicode_escape") for p in patterns} == set(PATTERNS)


def test_every_model_refuses_unknown_keys_and_changes() -> None:
    seen: set[type[BaseModel]] = set()

    def visit(model: type[BaseModel]) -> None:
        for sub in model.__subclasses__():
            if sub not in seen:
                seen.add(sub)
                visit(sub)

    from engine.model.base import Model

    visit(Model)
    assert len(seen) > 50
    for model in seen:
        assert model.model_config.get("extra") == "forbid"
        assert model.model_config.get("frozen") is True


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_diagnostics(content: bytes) -> None:
    resources, diagnostics = load([SourceFile("specs/projects/p/x.yaml", content)])
    assert not resources or diagnostics or content


keys = st.sampled_from(
    ["kind", "name", "project", "from", "file", "columns", "steps", "output", "sql", "lowcode", "inputs",
     "rows", "datasets", "title", "use", "with", "chart", "x", "members", "to", "checks", "until",
     "cidrs", "moved"]
)  # fmt: skip
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from([*KINDS, "a", "a/b"])
)
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=4))
)


@given(st.dictionaries(keys, values, max_size=6), st.sampled_from(sorted(KINDS)))
def test_no_document_raises_anything_but_diagnostics(data: dict[str, object], kind: str) -> None:
    import json

    from engine.core.resolve import resolve

    text = json.dumps({**data, "kind": kind, "name": "x"}, ensure_ascii=True)
    space = b"{kind: Space, name: s}\n---\n{kind: Project, name: p}\n---\n"
    resources, _ = load([SourceFile("specs/projects/p/x.yaml", space + text.encode())])
    resolved, _ = resolve(resources)
    assert resolved is None or resolved.settings is not None
