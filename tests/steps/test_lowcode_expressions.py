"""What authors write in low-code expressions means the same once the engine has written it out."""

from __future__ import annotations

import duckdb
import pytest

from engine.core.binding_rules import parse_expression

TABLE = """
create table t as select * from (values
  (1, 'ab/c', 2.5::double, date '2024-01-31', timestamp '2024-01-31 10:20:30', [3, 1, 2],
   '{"a": {"b": 1}}'::json, true, 1.50::decimal(10,2), {'a': 1, 'b': 'x'}, null::integer),
  (-7, 'É  ', 0.0, date '2023-12-01', timestamp '2020-02-29 00:00:00', [], '[1, 2]'::json, false, -2.25,
   {'a': 2, 'b': null}, null)
) as v(n, s, x, d, ts, l, j, ok, p, st, nn)
"""

EXPRESSIONS = """
n / 2; n // 2; n % 3; n ** 2; n ^ 2; -n; n & 3; xor(n, 3); ~n; n::decimal(10,2); round(x, 1); trunc(x)
ln(abs(n)); log(abs(n)); log2(abs(n)); greatest(n, 2); coalesce(nn, n); ifnull(nn, 1); if(ok, 1, 2)
nullif(n, 1); case when n > 0 then 'p' else 'm' end; case n when 1 then 'one' end; n between 0 and 2
n not in (1); not nn is null; n is distinct from nn; ok and n > 0 or not ok; ok is true; s || 'x'
concat(s, n, nn); concat_ws('-', s, nn, n); length(s); strlen(s); substr(s, 2); s[1:2]; left(s, 2)
lpad(s, 6, '*'); instr(s, 'b'); position('b' in s); starts_with(s, 'a'); s like 'a%'; s ilike 'A%'
s ~ 'a.*'; s similar to 'a.*'; regexp_matches(s, 'b'); regexp_extract(s, '([a-z])/', 1)
regexp_replace(s, '[a-z]', 'x'); regexp_replace(s, '[a-z]', 'x', 'g'); split_part(s, '/', 1)
string_split(s, '/'); strip_accents(s); md5(s); printf('%05d', n); format('{}-{}', n, s)
extract(year from d); quarter(d); week(d); dayofweek(d); isodow(d); date_part('month', d)
date_trunc('month', d); date_diff('day', d, date '2024-03-01'); date_sub('month', d, date '2024-03-01')
d + interval 3 month; d + 3; d - date '2024-01-01'; ts + interval '2 hours'; strftime(d, '%d/%m/%Y')
strptime('31/01/2024', '%d/%m/%Y'); last_day(d); make_date(2024, 1, 2); epoch(ts); monthname(d); ts::date
try_cast(s as integer); age(ts, ts); l[1]; l[-1]; l[2:3]; len(l); list_sum(l); list_sort(l)
list_contains(l, 3); list_transform(l, lambda y: y + 1); list_filter(l, lambda y: y > 1)
[y * 2 for y in l if y > 1]; array_to_string(l, ','); range(3); st.a; st['b']
struct_pack(a := n, b := s); {'a': n}; map {'a': n}; j->'a'; j->>'$.a.b'; json_extract_string(j, '$.a.b')
p * 2; p / 2; p + x; 1e3; 1_000; 'it''s'; $$x$$; timestamp '2024-01-01 00:00:00'; count(*)
count(distinct s); count(n) filter (where ok); sum(n) / count(*); median(n); quantile_cont(x, 0.5)
stddev(x); mode(ok); bool_and(ok); max(n, 2); arg_max(s, n); string_agg(s, ',' order by n)
list(n order by n desc); (ts at time zone 'UTC')::varchar
"""


@pytest.mark.parametrize(
    "text", [t.strip() for line in EXPRESSIONS.strip().split("\n") for t in line.split("; ")]
)
def test_an_expression_means_the_same_written_out(text: str) -> None:
    with duckdb.connect() as engine:
        engine.execute(TABLE)
        written = parse_expression(text).sql("duckdb")
        as_meant = engine.execute(f"select ({text}) as r, typeof({text}) from t").fetchall()
        assert repr(engine.execute(f"select ({written}) as r, typeof({written}) from t").fetchall()) == repr(
            as_meant
        )
