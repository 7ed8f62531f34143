"""docs/EXCHANGE.md names every public address of the exchange, and the ones that a partner's system may call."""

from __future__ import annotations

import re

from common.web.openapi import policy_of
from data_exchange.api import ROUTERS
from data_exchange.wire.operations import operations_of
from mz import ROOT

_ROW = re.compile(
    r"^\| `(?P<address>[A-Z]+ /[^`]+)` \| (?P<mark>●?) ?\| (?P<purpose>[^|]+) \|$", re.MULTILINE
)
ROUTES = [route for router in ROUTERS for route in router.routes]


def rows() -> list[re.Match[str]]:
    """The rows of the tables with a column for partners' systems."""
    return list(_ROW.finditer((ROOT / "docs/EXCHANGE.md").read_text()))


def test_the_page_names_each_address_of_the_exchange_once() -> None:
    named = [row["address"] for row in rows()]

    served = {f"{method} {route.path}" for route in ROUTES if policy_of(route) for method in route.methods}
    assert len(served) > 100
    assert sorted(named) == sorted(served)


def test_the_page_marks_each_address_that_the_policy_opens_to_a_partners_system() -> None:
    marked = {row["address"] for row in rows() if row["mark"]}

    assert marked == {f"{method} {path}" for method, path, _, _ in operations_of(ROUTES)}
