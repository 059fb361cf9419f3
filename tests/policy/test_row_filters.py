"""Data policies are bound before anything is applied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.core.binding import Binder
from engine.diagnostics import Diagnostic
from engine.policy.row_filters import refused_part, row_filter_diagnostics
from tests.policy.spaces import space_of

SPACE = """
{{kind: Space, name: s}}
---
{{kind: Dataset, project: p, name: d, from: {{file: x.csv}}, columns: [
  {{name: region, type: string}}, {{name: born, type: date}}, {{name: beds, type: integer}}]}}
---
{{kind: DataPolicy, name: dp, datasets: [p/d], to: everyone, {rule}}}
"""


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as open_binder:
        yield open_binder


def found(rule: str, binder: Binder) -> tuple[Diagnostic, ...]:
    space, compiled = space_of(SPACE.format(rule=rule))
    return row_filter_diagnostics(space, compiled, binder)


@pytest.mark.parametrize(
    "rows",
    [
        "region in ('75', '92') and born is not null",
        "beds between 1 and 10 or upper(trim(region)) = 'A'",
        "born >= date '2020-01-01'",
        "try_cast(region as integer) > 3",
        "region like '7%'",
        "false",
    ],
)
def test_a_condition_over_the_columns_passes(rows: str, binder: Binder) -> None:
    assert found(f'rows: "{rows}"', binder) == ()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("regoin = 'x'", "region"),
        ("beds + 1", "integer"),
        ("region = (select max(region) from self)", ""),
        ("beds > count(*)", ""),
        ("random() > 0.5", "random"),
        ("born < current_date", "current_date"),
        ("cast(region as integer) > 3", "try_cast"),
        ("region = 'x'; drop table self", ""),
        ("exists (select 1)", ""),
        ("region ~ '(a+)+$'", ""),
        ("row_number() over () > 1", ""),
        ("region = getenv('HOME')", ""),
        ("true) or (true", ""),
    ],
)
def test_anything_else_is_an_error_with_its_place(rows: str, said: str, binder: Binder) -> None:
    (mistake,) = found(f'rows: "{rows}"', binder)
    assert mistake.code == "row-filter"
    assert said in f"{mistake.summary} {mistake.detail}"
    assert mistake.span.file == "specs/dp.yaml"


def test_a_mask_on_an_unknown_column_suggests_the_nearest(binder: Binder) -> None:
    (mistake,) = found("columns: {regoin: redact}", binder)
    assert mistake.code == "unknown-column"
    assert 'Did you mean "region"?' in mistake.detail


@pytest.mark.parametrize(
    "columns", ["region: year", "beds: prefix:2", "born: round:1", "region: round:1", "beds: round:0"]
)
def test_a_mask_must_fit_the_type_of_its_column(columns: str, binder: Binder) -> None:
    (mistake,) = found(f"columns: {{{columns}}}", binder)
    assert mistake.code == "mask-type"


@pytest.mark.parametrize("columns", ["region: prefix:2", "born: year", "beds: round:10", "beds: hash"])
def test_a_mask_that_fits_passes(columns: str, binder: Binder) -> None:
    assert found(f"columns: {{{columns}}}", binder) == ()


@pytest.mark.parametrize(
    "text", ["select 1", "a in (select b from c)", "pragma_version()", "read_csv('x') = 1"]
)
def test_what_reads_elsewhere_is_named(text: str) -> None:
    assert refused_part(text) != ""
