"""The hashes of today: whoever changes how logic is hashed says so, or every space would be rebuilt."""

from __future__ import annotations

from engine.core.compiled import ALGORITHM
from engine.core.fingerprint import digest
from tests.compile.conftest import Analyst
from tests.compile.test_meaning import meaning

HASHES = {
    "e9662f93c397f31317a5a5cac3929661": (
        "select id, lower(email) as e from users where age > 1 and id in (1, 2)"
    ),
    "8c3af5e19aa32e2fbd00d96682639e81": (
        "with a as (select user_id, sum(amount) as total from orders group by 1) select u"
        ".id, a.total from users u left join a on a.user_id = u.id order by 2 desc, 1 limit 3"
    ),
    "31c5abfac3ece16a9175f7591950f83b": (
        "select id, row_number() over (partition by username order by age) as n from users"
    ),
    "bec07554ecd4fd85995f2de88f4d469b": "select id from users union all select user_id from orders",
    "22e951b13407f77bee9b5c58b7d68518": "select columns('id|age') from users",
}
"""Hash of all that a query means, and the query: as of the algorithm below."""
OF_ALGORITHM = 1


def test_hashes_change_only_together_with_the_algorithms_number(analyst: Analyst) -> None:
    found = {digest(meaning(analyst(query))): query for query in HASHES.values()}
    assert ALGORITHM == OF_ALGORITHM, "write down the new hashes"
    assert found == HASHES, "count ALGORITHM in engine/core/compiled.py up, then write down the new hashes"
