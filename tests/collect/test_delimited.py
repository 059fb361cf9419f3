"""CSV and TSV: encodings, dialects, shapes, and the place of what is wrong."""

from __future__ import annotations

import csv
import gzip
import io
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.diagnostics import DataMistake
from tests.collect.making import Space

TWO = [{"name": "a", "type": "string"}, {"name": "b", "type": "string"}]
TABLE = "Nom;Ville\nHélène;Orléans\n’Œuvre’ 12 €;Besançon\n"
FRENCH = (("Hélène", "Orléans"), ("’Œuvre’ 12 €", "Besançon"))


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        b"\xef\xbb\xbf" + TABLE.encode(),
        b"\xef\xbb\xbf\xef\xbb\xbf" + TABLE.encode(),
        TABLE.encode("utf-16"),
        "\ufeff".encode("utf-16-be") + TABLE.encode("utf-16-be"),
        TABLE.encode("utf-32"),
        TABLE.encode("cp1252"),
        TABLE.replace("\n", "\r\n").encode("cp1252"),
        TABLE.replace("\n", "\r").encode(),
        gzip.compress(TABLE.encode("cp1252")),
    ],
    ids=["utf-8", "bom", "two boms", "utf-16", "utf-16-be", "utf-32", "cp1252", "crlf", "cr", "gzip"],
)
def test_encodings_and_line_ends_are_found_out(content: bytes, space: Space) -> None:
    space.data("f.csv", content)
    found = space.read("f.csv")
    assert [column.name for column in found.columns] == ["Nom", "Ville"]
    assert found.rows == FRENCH


@pytest.mark.parametrize("encoding", ["cp1250", "cp1251", "mac-roman", "cp850", "latin-1", "utf-16-le"])
def test_a_declared_encoding_is_obeyed(encoding: str, space: Space) -> None:
    text = {"cp1250": "Łódź", "cp1251": "Москва"}.get(encoding, "Besançon")
    space.data("f.csv", f"a,b\n{text},1\n".encode(encoding))
    assert space.read("f.csv", TWO, encoding=encoding).rows == ((text, "1"),)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("mac-roman", "Hélène,été"),
        ("cp850", "Hélène,été"),
        ("cp1251", "Иван,Москва"),
        ("cp1250", "Łódź wieś,ćma żółw"),
    ],
)
def test_other_encodings_than_the_western_are_refused_not_guessed(
    encoding: str, text: str, space: Space
) -> None:
    space.data("f.csv", f"a,b\n1,2\n{text}\n".encode(encoding))
    refusal = space.refused("f.csv")
    assert (refusal.code, refusal.first.span.line) == ("bad-encoding", 3)


def test_an_encoding_that_is_none_gets_a_suggestion_in_the_spec(space: Space) -> None:
    space.data("f.csv", "a,b\n1,2\n")
    refusal = space.refused("f.csv", encoding="cp1253x")
    assert (refusal.code, refusal.place) == ("bad-format", ("d.yaml", 6, 13))
    assert "Did you mean" in refusal.first.detail
    assert space.refused("f.csv", encoding="zip").code == "bad-format"


def test_bytes_that_are_not_in_the_declared_encoding_are_placed(space: Space) -> None:
    space.data("f.csv", b"a,b\n1,2\nab\xe9,2\n")
    refusal = space.refused("f.csv", encoding="utf-8")
    assert (refusal.code, refusal.place) == ("bad-encoding", ("f.csv", 3, 3))


def test_a_file_that_turns_to_another_encoding_late_is_refused_there(space: Space) -> None:
    lines = ["é,1\n".encode()] * 50_000
    space.data("f.csv", b"a,b\n" + b"".join(lines) + "é,1\n".encode("cp1252"))
    refusal = space.refused("f.csv")
    assert (refusal.code, refusal.place) == ("mixed-encoding", ("f.csv", 50_002, 1))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(delimiter: str, space: Space) -> None:
    others = "".join(d for d in ",;|" if d != delimiter)
    space.data("f.csv", f'a{delimiter}b\n"x{others}"{delimiter}y {others}\n')
    assert space.read("f.csv").rows == ((f"x{others}", f"y {others}"),)


def test_declared_columns_decide_between_delimiters(space: Space) -> None:
    space.data("f.csv", "a;b,c;d\n1;2,3;4\n")
    assert space.read("f.csv", [{"name": "b,c", "type": "string"}]).rows == (("2,3",),)
    assert space.read("f.csv", [{"name": "a;b", "type": "string"}]).rows == (("1;2",),)


def test_a_tsv_is_cut_at_tabs_whatever_its_cells_hold(space: Space) -> None:
    space.data("f.tsv", "a,x\tb;y\n1,x\t3;4\n")
    assert space.read("f.tsv").rows == (("1,x", "3;4"),)


def test_a_declared_dialect_is_obeyed(space: Space) -> None:
    space.data("f.txt", "exported today\n\na~b\n'x~''y'~2\nNIL~3\n")
    found = space.read("f.txt", skip=2, delimiter="~", quote="'", nulls=["NIL"])
    assert found.rows == (("x~'y", 2), (None, 3))


def test_a_file_without_header_is_read_by_position(space: Space) -> None:
    space.data("f.csv", "1,x\n2,y\n")
    assert space.read("f.csv", header=False).words == {"column1": "integer", "column2": "string"}
    named = space.read("f.csv", [{"name": "id"}, {"name": "label"}], header=False)
    assert named.rows == ((1, "x"), (2, "y"))
    second = space.read("f.csv", [{"name": "label", "from": "column2"}], header=False)
    assert second.rows == (("x",), ("y",))


def test_an_empty_cell_is_null_quoted_or_not_and_so_is_backslash_n(space: Space) -> None:
    space.data("f.csv", 'a,b\n,1\n"",2\n\\N,3\n')
    assert space.read("f.csv").rows == ((None, 1), (None, 2), (None, 3))


def test_na_is_null_in_numbers_and_text_in_strings(space: Space) -> None:
    space.data("f.csv", "n,s\n1,NA\nNA,NULL\n")
    assert space.read("f.csv").rows == ((1, "NA"), (None, "NULL"))


def test_blank_lines_are_no_records(space: Space) -> None:
    space.data("f.csv", "\n\na,b\n\n1,2\n\n\n3,4\n\n")
    assert space.read("f.csv").rows == ((1, 2), (3, 4))


def test_columns_that_are_not_declared_are_left_out(space: Space) -> None:
    space.data("f.csv", "a,b,c\n1,2,3\n")
    found = space.read("f.csv", [{"name": "third", "from": "c", "type": "integer"}, {"name": "a"}])
    assert found.rows == ((3, 1),)
    assert found.types == (("third", "BIGINT"), ("a", "BIGINT"))


def test_all_columns_that_a_file_lacks_are_told_at_once_with_suggestions(space: Space) -> None:
    space.data("f.csv", "Départment,Statut\n1,2\n")
    columns = [{"name": "d", "from": "Département"}, {"name": "statut"}, {"name": "zzz"}]
    refusal = space.refused("f.csv", columns)
    assert [d.code for d in refusal.diagnostics] == ["missing-column"] * 3
    assert [d.detail for d in refusal.diagnostics][:2] == [
        'Did you mean "Départment"?',
        'Did you mean "Statut"?',
    ]
    assert [d.span.line for d in refusal.diagnostics] == [7, 8, 9]


def test_a_header_is_matched_whatever_its_spaces_and_composed_accents(space: Space) -> None:
    space.data("f.csv", " De\u0301partement ,b\n75,1\n")
    assert space.read("f.csv", [{"name": "d", "from": "Département", "type": "string"}]).rows == (("75",),)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a,b\n1,2\n3\n", "ragged-row", (3, 1)),
        ('a,b\n"x\ny",2\n3,4,5\n', "ragged-row", (4, 1)),
        ('a,b\n1,2\nx,"y\nz\n', "unclosed-quote", (3, 3)),
        ('a,b\n"x\ny","z\n', "unclosed-quote", (3, 4)),
        ('a,b\n1,"x"y\n', "bad-quote", (2, 6)),
        ("a,b\n1,2\n\x00,3\n", "nul-byte", (3, 1)),
        ("a,,b\n1,2,3\n", "unnamed-column", (1, 1)),
        ("a,A\n1,2\n", "duplicate-header", (1, 1)),
    ],
)
def test_a_broken_file_is_refused_at_the_broken_place(
    text: str, code: str, place: tuple[int, int], space: Space
) -> None:
    space.data("f.csv", text)
    refusal = space.refused("f.csv")
    assert (refusal.code, refusal.place) == (code, ("f.csv", *place))


def test_a_wrong_cell_is_placed_behind_multi_line_cells(space: Space) -> None:
    space.data("f.csv", 'a,n\n"one\ntwo",1\n"three\nfo""ur" ,5\n'.replace('" ,', '",') + '"x\ny",z\n')
    refusal = space.refused("f.csv", [{"name": "n", "type": "integer"}])
    assert refusal.place == ("f.csv", 7, 4)


def test_every_column_tells_its_first_wrong_cell_and_how_many_more(space: Space) -> None:
    space.data("f.csv", "a,b\n1,2\nx,2\ny,z\n1,secret\n")
    refusal = space.refused("f.csv", [{"name": "b", "type": "integer"}, {"name": "a", "type": "integer"}])
    assert [(d.span.line, d.span.column) for d in refusal.diagnostics] == [(3, 1), (4, 3)]
    assert "1 more" in refusal.first.summary
    assert "secret" not in str(refusal.diagnostics)


def test_no_message_shows_the_data_of_a_file_without_header(space: Space) -> None:
    space.data("f.csv", "Jeanne,1985\nMarie,1990\n")
    refusal = space.refused("f.csv", [{"name": "born", "type": "integer"}])
    assert "Jeanne" not in str(refusal.diagnostics)


def test_rows_keep_the_order_of_the_file_over_many_batches(space: Space) -> None:
    space.data("f.csv", "n\n" + "".join(f"{n * 7919 % 900_001}\n" for n in range(900_000)))
    found = space.read("f.csv", [{"name": "n", "type": "integer"}])
    assert [row[0] for row in found.rows] == [n * 7919 % 900_001 for n in range(900_000)]


def test_a_type_that_changes_after_the_sample_is_still_right(space: Space) -> None:
    rows = [str(n) for n in range(30_000)]
    for last, word in (("1.5", "decimal(18,1)"), ("1e300", "float"), ("x", "string"), ("007", "string")):
        space.data("f.csv", "v\n" + "\n".join([*rows, last]) + "\n")
        assert space.read("f.csv").words == {"v": word}, last


def test_comma_decimals_are_found_out_only_where_the_comma_cuts_no_cells(space: Space) -> None:
    space.data("semicolon.csv", "a;b\n1,5;x\n-2;y\n")
    assert space.read("semicolon.csv").rows == ((Decimal("1.5"), "x"), (Decimal(-2), "y"))
    columns = [{"name": "a", "type": "decimal(8,2)"}]
    assert space.read("semicolon.csv", columns).rows == ((Decimal("1.50"),), (Decimal(-2),))
    space.data("comma.csv", 'a,b\n"1,5",x\n')
    assert space.read("comma.csv").words["a"] == "string"
    assert space.refused("comma.csv", columns).code == "bad-value"
    assert space.read("comma.csv", columns, decimal=",").rows == ((Decimal("1.5"),),)


_CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff\ufdd1"), max_size=8).filter(
    lambda text: text != r"\N"
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(_CELL, _CELL), max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_python_writes_is_read_back(
    rows: list[tuple[str, str]], delimiter: str, end: str, space: Space
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b"), *rows])
    space.data("f.csv", out.getvalue().encode())
    expected: list[tuple[Any, ...]] = [tuple(cell or None for cell in row) for row in rows]
    assert list(space.read("f.csv", TWO, delimiter=delimiter).rows) == expected


@pytest.mark.parametrize(
    "content",
    [
        "a;b,c\n1;\r2,3\n" + "1;2,3\n" * 10,
        "a;b,c\n" + f"{'x' * 900};2,é\n" * 300,
        b"a;b,c\n" + f"{'x' * 900};2,y\n".encode() * 100 + "é;2,3\n".encode("cp1252"),
        "a;b,c",
    ],
    ids=["lone return", "long lines", "cp1252 beyond the head", "header only"],
)
def test_the_head_is_enough_to_find_the_columns(content: str | bytes, space: Space) -> None:
    space.data("f.csv", content)
    node = space.node("f.csv", [{"name": "a", "type": "string"}])
    assert space.collector.inspect(node).columns == space.collect(node).columns


@pytest.mark.parametrize("content", ["", "b;c\n1;2\n", b"a;b\n\xc3\xa9;1\n\xe9;2\n", 'a;"b\n1;2\n'])
def test_what_the_head_shows_is_told_before_collecting(content: str | bytes, space: Space) -> None:
    space.data("f.csv", content)
    node = space.node("f.csv", [{"name": "a", "type": "string"}])
    with pytest.raises(DataMistake) as mistake:
        space.collector.inspect(node)
    assert mistake.value.diagnostics == space.refusal(node).diagnostics


@pytest.mark.parametrize(
    "format",
    [
        {"delimiter": "\n"},
        {"quote": "\r"},
        {"delimiter": '"'},
        {"thousands": "."},
        {"thousands": ",", "decimal": ","},
    ],
)
def test_a_dialect_whose_signs_clash_is_a_mistake_in_the_spec(format: dict[str, str], space: Space) -> None:
    space.data("f.csv", "a;b\n1;2\n")
    refusal = space.refused("f.csv", **format)
    assert (refusal.code, refusal.place[0]) == ("bad-format", "d.yaml")


def test_json_in_a_cell_may_have_several_lines(space: Space) -> None:
    space.data("f.csv", 'j,n\n"{""a"":\n1}",1\n"{""a"":\n}",1\n')
    refusal = space.refused("f.csv", [{"name": "j", "type": "json"}])
    assert (refusal.code, refusal.place) == ("bad-value", ("f.csv", 4, 1))
    space.data("f.csv", 'j,n\n"{""a"":\n1}",1\n')
    assert space.read("f.csv", [{"name": "j", "type": "json"}]).rows == (('{"a":\n1}',),)
