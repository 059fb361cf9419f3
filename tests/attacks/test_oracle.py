"""The oracle finds what can be worked out, and only that."""

from __future__ import annotations

import pytest

from tests.attacks.oracle import Cut, Figure, Population, Unit, exposed
from tests.attacks.random_expressions import Meaning, People, Unknown, expressions


def population(several: bool = False, **numbers: int) -> Population:
    """People of two columns: `a0b1=3` says how many there are of a class."""
    units = []
    for text, number in numbers.items():
        each = (text[:2], text[2:])
        rows = ((each, 10), (each, 20)) if several else ((each, 10),)
        units += [Unit(rows)] * number
    return Population(("a", "b"), (("a0", "a1"), ("b0", "b1")), tuple(units))


FEW = population(a0b0=20, a0b1=3, a1b0=30, a1b1=9)


def shown(people: Population, **values: str) -> Figure:
    """A number of rows that is told truly."""
    cut = Cut.of(**values)
    vector = people.rows(cut)
    number = float(vector @ people.truth)
    return Figure(str(cut), vector, number, number)


def hidden(people: Population, **values: str) -> Figure:
    """A number of rows that is withheld."""
    return Figure(str(Cut.of(**values)), people.rows(Cut.of(**values)))


MARGINS = [shown(FEW), shown(FEW, a="a0"), shown(FEW, b="b0"), shown(FEW, a="a1"), shown(FEW, b="b1")]


def test_a_number_that_alone_is_withheld_is_worked_out() -> None:
    told = [*MARGINS, shown(FEW, a="a0", b="b0"), hidden(FEW, a="a0", b="b1")]
    assert exposed(FEW, told, 5) == ["withheld a=a0, b=b1: 3..3, in truth 3"]


def test_margins_alone_expose_nobody() -> None:
    assert exposed(FEW, MARGINS, 5) == []


def test_a_cell_of_few_that_no_page_names_is_looked_for_too() -> None:
    told = [*MARGINS[:4], shown(FEW, a="a1", b="b1")]
    assert exposed(FEW, told, 5) == ["combination a=a0, b=b1: 3..3, in truth 3"]


def test_a_withheld_number_of_enough_people_that_is_worked_out_exposes_nobody() -> None:
    told = [shown(FEW, a="a1"), shown(FEW, a="a1", b="b0"), hidden(FEW, a="a1", b="b1")]
    assert exposed(FEW, told, 5) == []


def test_two_numbers_that_differ_by_few_tell_of_these() -> None:
    told = [shown(FEW, a="a0"), shown(FEW, a="a0", b="b0")]
    assert exposed(FEW, told, 5)[0] == "a=a0 without a=a0, b=b0: 3..3, in truth 3"


def test_a_sum_of_few_is_worked_out_from_two_sums() -> None:
    sums = []
    for values in ({"a": "a0"}, {"a": "a0", "b": "b0"}):
        vector = FEW.total(Cut.of(**values))
        number = float(vector @ FEW.truth)
        sums.append(Figure(f"sum {values}", vector, number, number, "sum"))
    assert exposed(FEW, sums, 5) == ["sum of a=a0, b=b1: 30"]


def test_rows_of_people_with_several_are_not_taken_for_people() -> None:
    people = population(several=True, a0b0=6, a1b1=6)
    assert exposed(people, [shown(people), shown(people, a="a0")], 5) == []
    few = population(several=True, a0b0=6, a0b1=2)
    assert exposed(few, [shown(few), shown(few, b="b0")], 5) != []


def test_figures_that_are_read_wrongly_are_an_error() -> None:
    wrong = Figure("wrong", FEW.rows(Cut()), 7, 7)
    with pytest.raises(AssertionError, match="read wrongly"):
        exposed(FEW, [wrong], 5)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("count(*) filter (where b = 'b0')", 50),
        ("count(*) filter (where b = 'b0') / count(*)", 50 / 62),
        ("2 * count(*) - 4", 120),
        ("count(distinct pid) / 2", 31),
        ("sum(income)", 620),
        ("avg(income) + 1", 11),
        ("sum(strpos(b, '0'))", 100),
        ("round(count(*), 0)", 62),
    ],
)
def test_an_expression_of_a_known_form_is_read_as_what_it_tells(text: str, value: float) -> None:
    for figure in Meaning(People(FEW), 5).figures(text, value, 1e-9, Cut()):
        assert figure.low - 1e-5 <= figure.vector @ FEW.truth <= figure.high + 1e-5


@pytest.mark.parametrize(
    "text",
    [
        "max(income)",
        "count(*) filter (where pid = 'ep3')",
        "sum(greatest(income, 0))",
        "cast(count(*) as varchar)",
    ],
)
def test_an_expression_of_another_form_is_not_read(text: str) -> None:
    with pytest.raises(Unknown):
        list(Meaning(People(FEW), 5).figures(text, 3, 0, Cut()))


def test_random_expressions_depend_on_their_seed_alone() -> None:
    people = People(FEW)
    assert expressions(people, 1, 20) == expressions(people, 1, 20)
    assert expressions(people, 1, 20) != expressions(people, 2, 20)
