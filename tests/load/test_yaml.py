"""What YAML text means here, and where everything in it stands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.document import SourceFile
from engine.core.yaml_reader import read_trees
from engine.diagnostics import SourceSpan


def value_of(text: str) -> Any:
    trees, found = read_trees(SourceFile("a.yaml", f"x: {text}\n".encode()))
    assert not found
    return trees[0].data["x"]


def complaints(text: str | bytes) -> list[str]:
    content = text.encode() if isinstance(text, str) else text
    return [str(d) for d in read_trees(SourceFile("a.yaml", content))[1]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"), ("no", "no"), ("yes", "yes"), ("on", "on"), ("Off", "Off"), ("y", "y"),
        ("12:30:45", "12:30:45"), ("010", "010"), ("0o14", "0o14"), ("0x1F", "0x1F"), ("1_000", "1_000"),
        ("010005171383", "010005171383"), ("+33123456789", "+33123456789"), (".5", ".5"), (".inf", ".inf"),
        ("2024-02-30", "2024-02-30"), ("1e999", "1e999"), ("2A", "2A"), ("True", "True"), ("NULL", "NULL"),
    ],
)  # fmt: skip
def test_what_could_be_an_identifier_or_a_date_stays_the_text_that_was_written(text: str, value: str) -> None:
    assert value_of(text) == value
    assert isinstance(value_of(text), str)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("0", 0), ("-12", -12),
        ("1.10", 1.1), ("1e3", 1000.0), ("-2.5E-3", -0.0025),
    ],
)  # fmt: skip
def test_true_false_nothing_and_numbers_as_json_writes_them_are_read_as_such(text: str, value: Any) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


def test_quotes_make_text_of_anything() -> None:
    assert value_of('"true"') == "true"
    assert value_of("'1'") == "1"
    assert value_of("!!str 1") == "1"


def test_a_byte_order_mark_at_the_start_is_dropped() -> None:
    trees, found = read_trees(SourceFile("a.yaml", b"\xef\xbb\xbfx: 1\n"))
    assert not found
    assert trees[0].data == {"x": 1}


def test_a_byte_order_mark_elsewhere_is_refused_where_it_stands() -> None:
    assert complaints("x: 1\ny: \ufeffz\n")[0].startswith("a.yaml:2:4: error[yaml-encoding]")


def test_other_encodings_are_refused_at_the_first_wrong_byte() -> None:
    assert complaints("x: é".encode("latin-1"))[0].startswith("a.yaml:1:4: error[yaml-encoding]")
    assert "UTF-16" in complaints("x: 1".encode("utf-16"))[0]
    assert "U+0001" in complaints("x: \x01")[0]


def test_a_tab_for_indentation_is_named() -> None:
    assert complaints("x:\n\ty: 1\n") == [
        "a.yaml:2:1: error[yaml-syntax]: The line is indented with a tab. Indent with spaces."
    ]


def test_a_syntax_error_leaves_the_documents_before_it() -> None:
    trees, found = read_trees(SourceFile("a.yaml", b"x: 1\n---\ny: [\n"))
    assert [tree.data for tree in trees] == [{"x": 1}]
    assert [d.code for d in found] == ["yaml-syntax"]


def test_a_duplicate_key_points_at_the_second_and_names_the_line_of_the_first() -> None:
    (message,) = complaints("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n")
    assert message.startswith('a.yaml:5:3: error[yaml-duplicate-key]: Key "c" is written twice.')
    assert "line 3" in message


def test_aliases_and_merge_keys_are_followed_within_bounds() -> None:
    text = b"base: &b {x: 1, y: 2}\nthing: {<<: *b, y: 3}\nlist: [*b, *b]\nboth: {<<: [{z: 1}, *b]}\n"
    trees, found = read_trees(SourceFile("a.yaml", text))
    assert not found
    assert trees[0].data["thing"] == {"x": 1, "y": 3}
    assert trees[0].data["list"] == [{"x": 1, "y": 2}] * 2
    assert trees[0].data["both"] == {"z": 1, "x": 1, "y": 2}
    assert trees[0].span("thing", "x") == SourceSpan("a.yaml", 1, 14)
    assert trees[0].span("list", 1, "y") == SourceSpan("a.yaml", 1, 20)


def test_every_key_and_value_has_its_place() -> None:
    text = "a:\n  - b: é x\n    c: 'q'\n  - {d: [1, 2]}\n"
    document = read_trees(SourceFile("a.yaml", text.encode()))[0][0].document()
    assert document.span("a", 0, "b") == SourceSpan("a.yaml", 2, 8)
    assert document.key_span("a", 0, "c") == SourceSpan("a.yaml", 3, 5)
    assert document.span("a", 1, "d", 1) == SourceSpan("a.yaml", 4, 13)
    assert document.span("a", 1, "nowhere", 3) == SourceSpan("a.yaml", 4, 5)


def test_a_place_inside_a_text_is_found_in_blocks_and_in_quotes() -> None:
    text = 'sql: |\n    select a\n\n      from b\none: "select x"\nplain: select y\nfold: >\n  a\n  b\n'
    document = read_trees(SourceFile("a.yaml", text.encode()))[0][0].document()
    assert document.data["sql"] == "select a\n\n  from b\n"
    assert document.text_span(("sql",), 3, 3) == SourceSpan("a.yaml", 4, 7)
    assert document.text_span(("one",), 1, 8) == SourceSpan("a.yaml", 5, 14)
    assert document.text_span(("plain",), 1, 8) == SourceSpan("a.yaml", 6, 15)
    assert document.text_span(("fold",), 1, 2) == SourceSpan("a.yaml", 7, 7)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything(content: bytes) -> None:
    read_trees(SourceFile("a.yaml", content))


yaml_bits = st.sampled_from(
    ["a", ": ", "\n", "- ", "  ", "&x ", "*x", "<<: ", "[", "]", "{", "}", ",", "|\n", ">", "'", '"', "? ",
     "!!str ", "!t ", "---\n", "...", "%YAML 1.1\n", "#c", "\t", "é", "1", "true", "~", "\\", "\0", "\u2028"]
)  # fmt: skip


@given(st.lists(yaml_bits, max_size=60).map("".join))
def test_no_text_made_of_yaml_raises_anything(text: str) -> None:
    trees, found = read_trees(SourceFile("a.yaml", text.encode()))
    assert all(d.span.line >= 1 and d.span.column >= 1 for d in found)
    assert all(tree.document().span().line >= 1 for tree in trees)
