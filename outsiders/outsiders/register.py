"""A register of vehicles and shops for trials: every person in it is made up, and says so.

    POST /lookups  {"kind": "PLATE_OWNER", "subjects": ["苏A10001", …]}     200  {"rows": [[{…}], …]}

The same subject always gets the same answer. Six endings are for trials of one's own program (`MAGIC`):

    …0001  one row        …0002  no row        …0003  answers after three seconds
    …0004  the register fails (500)            …0005  it refuses (403)
    …0006  two rows, so that the owner is ambiguous

It holds no real data and cannot: names are 示范 and a number, identity numbers carry a check character that no real
one has.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any, Final

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from outsiders.standalone import Options, body_of, serve, start

NOTICE: Final = "试验用登记库,内容均为虚构 (a register for trials; everything in it is made up)"
SLOW_S: Final = 3.0

MAGIC: Final[dict[str, dict[str, str]]] = {
    "plate": {
        "match": "苏A10001",
        "no_match": "苏A10002",
        "slow": "苏A10003",
        "failing": "苏A10004",
        "refusing": "苏A10005",
        "ambiguous": "苏A10006",
    },
    "person": {
        "match": "990018190001010001",
        "no_match": "990007190001010002",
        "slow": "990004190001010003",
        "failing": "990001190001010004",
        "refusing": "990009190001010005",
        "ambiguous": "990006190001010006",
    },
    "shop": {
        "match": "91990000MA00190001",
        "no_match": "91990000MA00080002",
        "slow": "91990000MA00260003",
        "failing": "91990000MA00150004",
        "refusing": "91990000MA00040005",
        "ambiguous": "91990000MA00220006",
    },
}
"""One subject for each ending. Their check characters are right, and their region 99 does not exist."""

_MOST: Final = 1 << 20
_JSON: Final = "application/json"
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"


def rows_about(subject: str) -> list[dict[str, Any]]:
    """The rows about a plate, a person or a shop: none for an ending of 0002, two for 0006, else one."""
    if subject.endswith("0002"):
        return []
    if subject.endswith("0006"):
        return [_row(subject), _row(f"{subject}#2")]
    return [_row(subject)]


def _row(subject: str) -> dict[str, Any]:
    number = int.from_bytes(hashlib.sha256(subject.encode()).digest()[:4], "big")
    return {
        "owner": {
            "name": f"示范{number % 10_000:04}",
            "id": _identity_number(number),
            "phone": f"100{number % 10**8:08}",
        },
        "vehicle": {"colour": "蓝绿黄白"[number % 4], "weight": 900 + number % 1_600},
        "licence": {"number": f"SF{number % 10**10:010}", "state": "VALID"},
        "district": "示范区",
    }


def _identity_number(number: int) -> str:
    """Eighteen characters whose last is never the one that GB 11643 computes."""
    body = f"000000{1950 + number % 60}0101{number % 1_000:03}"
    right = _CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]
    return body + _CHECKS[(_CHECKS.index(right) + 1) % 11]


def create() -> Starlette:
    """The register as an ASGI app."""

    async def look_up(request: Request) -> Response:
        body = await body_of(request, most=_MOST)
        if body is None:
            return Response(status_code=413)
        try:
            subjects = [str(subject) for subject in orjson.loads(body)["subjects"]]
        except (ValueError, KeyError, TypeError):
            return Response(f"{NOTICE}\n", 400, media_type="text/plain; charset=utf-8")
        endings = {subject[-4:] for subject in subjects}
        if "0003" in endings:
            await asyncio.sleep(SLOW_S)
        if "0004" in endings:
            return Response(status_code=500)
        if "0005" in endings:
            return Response(status_code=403)
        return Response(
            orjson.dumps({"rows": [rows_about(subject) for subject in subjects]}), media_type=_JSON
        )

    return Starlette(routes=[Route("/lookups", look_up, methods=["POST"])])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `python -m outsiders.register`."""
    options = Options("register", port=3170, description=NOTICE).parse_args(arguments)
    print(NOTICE, flush=True)
    serve(create(), options)


if __name__ == "__main__":
    start(main)
