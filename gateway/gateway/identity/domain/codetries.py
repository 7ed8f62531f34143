"""How often somebody may try a query code: the code is 75 random bits, the second factor is what a neighbour may know.

of one address  120 in 15 minutes                   phones of one carrier share an address; IPv6: of one /64
of one code     5 in 15 minutes, 15 in a day        whoever tries, and whether the code names a case or not
                20 wrong ones for ever              a right try is not counted; after that the code is used up
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Final

from common.values.errors import Kind, Refusal
from common.values.law import MLPS_SIGN_IN


class Counted(StrEnum):
    """What is counted, in the order of counting: an address that tried too often reaches no code."""

    SOURCE = "SOURCE"
    CODE = "CODE"
    CODE_DAY = "CODE_DAY"
    CODE_EVER = "CODE_EVER"


@dataclass(frozen=True)
class Bound:
    """At most `most` tries within `window` of the first."""

    most: int
    window: timedelta


BOUNDS: Final[Mapping[Counted, Bound]] = {
    Counted.CODE: Bound(5, timedelta(minutes=15)),
    Counted.CODE_DAY: Bound(15, timedelta(days=1)),
    Counted.CODE_EVER: Bound(20, timedelta(days=3650)),
    Counted.SOURCE: Bound(120, timedelta(minutes=15)),
}


@dataclass(frozen=True)
class Tries:
    """The tries counted so far, this one too, and when the counting begins anew."""

    what: Counted
    count: int
    until: datetime


class CodeLocked(Refusal):
    """Too many tries: wait, or go to the agency's window or call it. It says the same of a code that does not exist."""

    def __init__(self, wait_s: int, *, is_used_up: bool = False) -> None:
        super().__init__(
            Kind.LIMITED,
            "QUERY_CODE_LOCKED",
            {} if is_used_up else {"minutes": ceil(wait_s / 60)},
            wording="used_up" if is_used_up else "",
            article=MLPS_SIGN_IN,
        )
        self.headers["retry-after"] = str(wait_s)


def require_few(tries: list[Tries], *, at: datetime) -> None:
    """Raises CodeLocked if one of `tries` passes its bound."""
    over = {each.what: each.until for each in tries if each.count > BOUNDS[each.what].most}
    if over:
        wait_s = max(1, ceil((max(over.values()) - at).total_seconds()))
        raise CodeLocked(wait_s, is_used_up=Counted.CODE_EVER in over)


def source_of(address: str | None) -> str:
    """What counts as one source: an IPv4 address, an IPv6 /64, because a phone changes its address within it."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "-"
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ip_network((parsed, 64), strict=False).network_address)
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
