"""A page whose key is known is not computed again: equal keys mean equal pages, also under protection."""

from __future__ import annotations

import itertools
from pathlib import Path

from engine.addresses import Address
from engine.core.pages.release import PageModel
from engine.usecases.page_doors import dashboard_of
from engine.usecases.page_key import page_key
from engine.usecases.page_releases import Releases
from engine.usecases.pages import page_model
from tests.pages.harness import NOW, publish
from tests.pages.spaces import dashboard

PAGE = "datasets: {d: doctors}\nrows: [[{kpi: count(*), from: d, title: All}]]\n"
BUT_ONE = "datasets: {d: {dataset: doctors, where: \"oa <> 'ORL'\"}}\nrows: [[{kpi: count(*), from: d}]]\n"
"""With the number of all, this tells how many ORL has: three, too few to be told."""
OTHERS = (PAGE, PAGE.replace("title: All", "title: Rows"), BUT_ONE)


def keyed(folder: Path, other: str) -> tuple[str, PageModel]:
    """The key and the model of page `zz`, in a space whose page `page` is `other`."""
    many = [(oa, i) for oa in ("AFU", "CFAR") for i in range(20)] + [("ORL", i) for i in range(3)]
    data = "\n".join(
        ["id,oa,dep,month,age,active", *(f"{oa}{i},{oa},75,2024-01-01,40,true" for oa, i in many)]
    )
    files = dashboard(other, "page", data) | dashboard(BUT_ONE, "zz", data)
    files["projects/p/datasets/doctors.yaml"] += "protect: {unit: id, min_cell: 5}\n"
    bench, published = publish(folder, files)
    address = Address("dashboard", "p", "zz")
    key = page_key(Releases(bench, published), dashboard_of(published.space, address), NOW)
    return key, page_model(Releases(bench, published), address, NOW)


def test_a_page_whose_key_is_the_same_is_the_same(tmp_path: Path) -> None:
    found = [keyed(tmp_path / str(i), other) for i, other in enumerate(OTHERS)]
    assert all(key for key, _ in found)
    assert found[0][0] == found[1][0], "what another page is called is none of a page's numbers"
    pairs = list(itertools.combinations(found, 2))
    assert all(one[1] == two[1] for one, two in pairs if one[0] == two[0])
    assert any(one[1] != two[1] for one, two in pairs), "no other page changed what this one may show"
