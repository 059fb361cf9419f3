"""JSON and JSON lines."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.collect.making import Space

RECORDS = [{"a": 1, "b": "x"}, {"b": "é\n", "c": None}, {"a": 3, "c": [1, {"d": 2.50}]}]
ROWS = ((1, "x", None), (None, "é\n", None), (3, None, '[1,{"d":2.5}]'))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.json", json.dumps(RECORDS)),
        ("f.json", json.dumps(RECORDS, indent=2, ensure_ascii=False)),
        ("f.json", "\ufeff" + json.dumps({"total": 3, "records": RECORDS, "pages": []})),
        ("f.json", json.dumps({"total": 3, "items": RECORDS})),
        ("f.jsonl", "\n".join(map(json.dumps, RECORDS)) + "\n\n"),
        ("f.json", "\n".join(map(json.dumps, RECORDS))),
        ("f", json.dumps(RECORDS)),
    ],
    ids=["list", "indented", "records", "only list", "lines", "lines called json", "no ending"],
)
def test_the_shapes_of_json_are_read_alike(name: str, text: str, space: Space) -> None:
    space.data(name, text)
    found = space.read(name)
    assert found.words == {"a": "integer", "b": "string", "c": "json"}
    assert found.rows == ROWS


def test_a_declared_key_holds_the_records(space: Space) -> None:
    space.data("f.json", json.dumps({"one": [{"a": 1}], "two": [{"a": 2}]}))
    assert space.read("f.json", records="two").rows == ((2,),)
    assert space.refused("f.json").code == "bad-json"
    refusal = space.refused("f.json", records="tow")
    assert (refusal.code, refusal.first.detail) == ("bad-format", 'Did you mean "two"?')


def test_numbers_keep_their_digits(space: Space) -> None:
    space.data(
        "f.json",
        '[{"d": 12345678901234567.25, "i": 123456789012345678901234567890, "s": 007}]'.replace("007", "1.10"),
    )
    columns = [
        {"name": "d", "type": "decimal(20,2)"},
        {"name": "i", "type": "decimal(38,0)"},
        {"name": "s", "type": "string"},
    ]
    value = (Decimal("12345678901234567.25"), Decimal("123456789012345678901234567890"), "1.10")
    assert space.read("f.json", columns).rows == (value,)


def test_an_empty_text_is_no_null_and_text_is_no_number_unless_declared(space: Space) -> None:
    space.data("f.json", '[{"s": "", "n": "01", "d": "2024-02-29"}]')
    found = space.read("f.json")
    assert found.words == {"s": "string", "n": "string", "d": "date"}
    assert found.rows[0][:2] == ("", "01")
    assert space.read("f.json", [{"name": "n", "type": "integer"}]).rows == ((1,),)
    assert space.read("f.json", [{"name": "s"}], nulls=[""]).rows == ((None,),)


def test_nested_types_are_read_whole(space: Space) -> None:
    space.data(
        "f.jsonl", '{"l": [1, 2], "s": {"a": "x", "b": 1.5}, "m": "t"}\n{"l": [], "s": null, "m": {"k": 1}}\n'
    )
    columns = [
        {"name": "l", "type": "list<integer>"},
        {"name": "s", "type": "struct<a: string, b: decimal(4,1)>"},
        {"name": "m", "type": "json"},
    ]
    found = space.read("f.jsonl", columns)
    assert found.rows == (
        ([1, 2], {"a": "x", "b": Decimal("1.5")}, '"t"'),
        ([], None, '{"k":1}'),
    )
    wrong = space.refused("f.jsonl", [{"name": "s", "type": "struct<a: string, b: integer>"}])
    assert (wrong.code, wrong.place) == ("bad-value", ("f.jsonl", 1, 1))


@pytest.mark.parametrize(
    ("name", "text", "code", "place"),
    [
        ("f.json", '[{"a": 1},\n {"a": }]', "bad-json", (2, 8)),
        ("f.json", '[{"a": 1}\n {"a": 2}]', "bad-json", (2, 2)),
        ("f.json", '[{"a": 1},\n]', "bad-json", (2, 1)),
        ("f.json", '[{"a": 1}', "bad-json", (1, 10)),
        ("f.json", '[{"a": 1}]\n[]', "bad-json", (2, 1)),
        ("f.json", '[{"a": 1},\n\n 5]', "bad-json", (3, 1)),
        ("f.json", '[\n{"a": NaN}]', "bad-json", (2, 1)),
        ("f.json", '{"x": 1, "x": [{"a": 1}]}', "bad-json", (1, 1)),
        ("f.json", '{"a": [{"b": 1}]} x', "bad-json", (1, 19)),
        ("f.json", "5", "bad-json", (1, 1)),
        ("f.json", "", "bad-json", (1, 1)),
        ("f.json", "[]", "empty-file", (1, 1)),
        ("f.json", '[{"a": "\\ud800"}]', "bad-json", (1, 1)),
        ("f.json", '[{"\\ud800": 1}]', "bad-header", (1, 1)),
        ("f.json", '[{"\\u0000": 1}]', "bad-header", (1, 1)),
        ("f.json", "[" * 100_000, "too-deep", (1, 1)),
        ("f.jsonl", '{"a": 1}\n{"a": 2', "bad-json", (2, 8)),
        ("f.jsonl", '{"a": 1}\n[1]', "bad-json", (2, 1)),
        ("f.jsonl", '{"a": 1}\n{"a": 2, "a": 3}', "bad-json", (2, 1)),
    ],
)
def test_broken_json_is_refused_at_the_broken_place(
    name: str, text: str, code: str, place: tuple[int, int], space: Space
) -> None:
    space.data(name, text)
    refusal = space.refused(name)
    assert (refusal.code, refusal.place) == (code, (name, *place))


def test_a_wrong_value_is_placed_at_the_line_of_its_record(space: Space) -> None:
    space.data("f.json", json.dumps([{"a": 1}, {"a": "x"}], indent=1))
    refusal = space.refused("f.json", [{"name": "a", "type": "integer"}])
    assert (refusal.code, refusal.place) == ("bad-value", ("f.json", 5, 1))


def test_a_key_that_no_record_has_is_a_missing_column(space: Space) -> None:
    space.data("f.json", '[{"name": 1}]')
    refusal = space.refused("f.json", [{"name": "nam", "type": "integer"}])
    assert (refusal.code, refusal.first.detail) == ("missing-column", 'Did you mean "name"?')
    space.data("f.json", "[]")
    assert space.read("f.json", [{"name": "nam", "type": "integer"}]).rows == ()
