"""Expressions that look nearly alike and mean something else must never share a hash."""

from __future__ import annotations

import itertools

import pytest

from tests.compile.conftest import Analyst
from tests.compile.test_meaning import meaning

TABLE = {
    "t": (
        ("n", "integer"), ("m", "integer"), ("f", "float"), ("s", "string"), ("d", "date"),
        ("w", "timestamp"),
        ("l", "list<integer>"), ("k", "list<integer>"), ("j", "json"),
        ("r", "struct<x: integer, y: integer>"),
        ("z", "timestamptz"), ("b", "boolean"),
    )
}  # fmt: skip

FAMILIES = [
    ["l[1]", "l[2]", "l[-1]", "l[1:2]", "l[1:3]", "l[1:4:2]", "l[1:4:3]", "l[:2]", "l[2:]"],
    ["n / m", "n // m", "m / n", "n % m", "n ** m", "n & m", "n | m", "xor(n, m)", "n << m", "n >> m"],
    ["s like 'a%'", "s ilike 'a%'", "s like 'a!%' escape '!'", "s like 'a!%'", "s similar to 'a%'",
     "s glob 'a%'", "s not like 'a%'", "s ~ 'a%'", "s ~~ 'b%'", "regexp_matches(s, 'a%')",
     "regexp_matches(s, 'a%', 'i')"],
    ["trim(s)", "ltrim(s)", "rtrim(s)", "trim(s, 'x')", "trim(both 'y' from s)", "trim(leading 'x' from s)"],
    ["substring(s from 2)", "substring(s, 3)", "substring(s, 2, 3)", "left(s, 2)", "right(s, 2)", "s[2]"],
    ["regexp_replace(s, 'a', 'b')", "regexp_replace(s, 'a', 'b', 'g')", "replace(s, 'a', 'b')",
     "regexp_replace(s, 'a', 'c')", "translate(s, 'a', 'b')"],
    ["extract(year from d)", "extract(isoyear from d)", "extract(month from d)", "extract(dow from d)",
     "extract(isodow from d)", "extract(week from d)", "date_trunc('week', d)", "date_trunc('month', d)"],
    ["d + interval 1 day", "d + interval 2 day", "d + interval 1 month", "d - interval 1 day", "d + 5"],
    ["date_diff('day', d, w::date)", "date_diff('day', w::date, d)", "date_diff('month', d, w::date)",
     "date_sub('day', d, w::date)"],
    ["strftime(d, '%Y')", "strftime(d, '%y')", "strftime(d, '%m')", "d::varchar"],
    ["try_strptime(s, '%Y')", "strptime(s, '%Y')", "strptime(s, '%y')", "strptime(s, ['%Y', '%y'])",
     "strptime(s, ['%y', '%Y'])"],
    ["z at time zone 'UTC'", "z at time zone 'Europe/Paris'", "z::timestamp"],
    ["n::decimal(10,2)", "n::decimal(10,3)", "n::decimal(12,2)", "n::float", "n::double", "n::bigint",
     "n::integer", "n::smallint", "n::varchar"],
    ["round(f, 1)", "round(f, 2)", "round(f)", "floor(f)", "ceil(f)", "trunc(f)", "round_even(f, 1)"],
    ["coalesce(n, m)", "coalesce(m, n)", "nullif(n, m)", "nullif(m, n)", "greatest(n, m)", "least(n, m)",
     "if(b, n, m)", "case when b then m else n end", "case n when 1 then 2 end", "case n when 2 then 1 end"],
    ["n = m", "n <> m", "n is distinct from m", "n is not distinct from m", "n < m", "n <= m", "m < n"],
    ["b and n = 1", "b or n = 1", "not b and n = 1", "not (b and n = 1)", "b and not n = 1", "b is true",
     "b is not true", "b is null", "b = true"],
    ["n in (1, 2)", "n in (1, 3)", "n not in (1, 2)", "n between 1 and 2", "n between 2 and 1",
     "n not between 1 and 2", "n in (1, m)", "n in (m, 1)", "n in l", "list_contains(l, n)"],
    ["j->'a'", "j->>'a'", "j->'b'", "j->'$.a.b'", "j->>'$[0]'", "json_extract(j, ['a', 'b'])",
     "json_extract_string(j, ['a'])"],
    ["r.x", "r.y", "r['x']::varchar", "struct_extract(r, 'y')::varchar", "{'x': n}", "{'y': n}", "{'x': m}"],
    ["list_transform(l, lambda e: e + 1)", "list_transform(l, lambda e: e + 2)",
     "list_filter(l, lambda e: e > 1)", "list_transform(k, lambda e: e + 1)", "l || k", "k || l", "l + k",
     "k + l", "list_concat(l, k)::varchar[]", "list_sort(l)", "list_sort(l, 'DESC')"],
    ["concat(s, 'a')", "s || 'a'", "concat('a', s)", "concat_ws('a', s, s)", "s || null", "concat(s, null)"],
    ["upper(s)", "lower(s)", "strip_accents(s)", "reverse(s)", "length(s)", "strlen(s)", "md5(s)"],
    ["split_part(s, ',', 1)", "split_part(s, ',', 2)", "string_split(s, ',')", "string_split_regex(s, ',')"],
    ["1", "1.0", "1e0", "'1'", "true", "null", "-1", "date '2020-01-01'", "timestamp '2020-01-01'", "'2020'"],
    ["position('a' in s)", "strpos(s, 'b')", "contains(s, 'a')", "starts_with(s, 'a')", "suffix(s, 'a')"],
]  # fmt: skip

AGGREGATES = [
    ["sum(n)", "sum(distinct n)", "sum(n) filter (where b)", "sum(m)", "sum(f)", "avg(n)", "min(n)", "max(n)",
     "max(n, 2)", "max(n, 3)", "count(n)", "count(*)", "count(distinct n)", "count_if(b)", "any_value(n)",
     "first(n)", "last(n)", "first(n order by m)", "first(n order by m desc)", "arbitrary(n)", "mode(n)",
     "median(n)", "quantile_cont(n, 0.5)::varchar", "quantile_disc(n, 0.5)", "quantile_cont(n, 0.25)",
     "quantile_cont(n, [0.25, 0.5])", "percentile_cont(0.3) within group (order by n)",
     "percentile_cont(0.3) within group (order by n desc)", "stddev(n)", "stddev_pop(n)", "variance(n)",
     "arg_max(n, m)", "arg_min(n, m)", "arg_max(m, n)", "arg_max(n, m, 2)", "bit_and(n)", "bit_or(n)",
     "product(n)", "fsum(n)"],
    ["list(n)", "list(distinct n)", "list(n order by n)", "list(n order by n desc)", "list(n order by m)",
     "list(n order by n nulls first)", "histogram(n)", "list(n) filter (where b)"],
    ["string_agg(s, ',')", "string_agg(s, ';')", "string_agg(s, ',' order by s)",
     "string_agg(distinct s, ',')", "string_agg(s, ',' order by n)"],
    ["bool_and(b)", "bool_or(b)", "count(b)"],
    ["rank() over (order by n)", "dense_rank() over (order by n)", "row_number() over (order by n)",
     "percent_rank() over (order by n)", "cume_dist() over (order by n)", "ntile(2) over (order by n)",
     "ntile(3) over (order by n)", "rank() over (order by n desc)", "rank() over (order by n nulls first)",
     "rank() over (partition by m order by n)", "lag(n) over (order by n)", "lag(n, 2) over (order by n)",
     "lag(n, 2, 0) over (order by n)", "lead(n) over (order by n)", "first_value(n) over (order by n)",
     "first_value(n ignore nulls) over (order by n)", "last_value(n) over (order by n)",
     "nth_value(n, 2) over (order by n)", "sum(n) over (order by n)", "sum(n) over ()",
     "sum(n) over (order by n rows 1 preceding)", "sum(n) over (order by n range 1 preceding)",
     "sum(n) over (order by n groups 1 preceding)",
     "sum(n) over (order by n rows between 1 preceding and 1 following)",
     "sum(n) over (order by n rows between 1 preceding and 1 following exclude current row)",
     "sum(n) over (order by n rows between 1 preceding and 1 following exclude ties)",
     "sum(n) filter (where b) over (order by n)", "sum(distinct n) over (partition by m)"],
]  # fmt: skip


@pytest.mark.parametrize("family", [*FAMILIES, *AGGREGATES], ids=lambda family: family[0])
def test_members_of_a_family_have_hashes_of_their_own(analyst: Analyst, family: list[str]) -> None:
    found = {text: meaning(analyst(f"select {text} as v from t", TABLE)) for text in family}
    alike = [pair for pair in itertools.combinations(family, 2) if found[pair[0]] == found[pair[1]]]
    assert alike == []


NOT_FOLLOWED = ["#1 > 1", "rowid > 1", "n = columns('n')", "s ~ 'a'", "date_trunc(s, d) = d", "t is null"]


@pytest.mark.parametrize("where", NOT_FOLLOWED)
def test_what_is_not_followed_depends_on_everything(analyst: Analyst, where: str) -> None:
    found = analyst(f"select n as v from t where {where}", TABLE)
    everything = {name for name, _ in TABLE["t"]}
    assert {name for _, name in found.row_sources} == everything
    assert {name for _, name in found.columns[0].sources} == everything


def test_what_is_not_followed_still_does_not_mind_comments_and_case(analyst: Analyst) -> None:
    plain = analyst("select n as v from t where s ~ 'a'", TABLE)
    assert meaning(analyst("SELECT n AS v\nFROM t -- why\nWHERE s ~ 'a';", TABLE)) == meaning(plain)
    assert meaning(analyst("select n as v from t where s ~ 'A'", TABLE)) != meaning(plain)


def test_a_column_named_like_a_unit_of_time_is_seen_as_a_column(analyst: Analyst) -> None:
    tables = {"t": (("day", "string"), ("d", "date"), ("x", "integer"))}
    found = analyst("select date_trunc(day, d) as v from t", tables)
    assert (0, "day") in found.columns[0].sources
