"""The platform of a data authority for trials: it delivers synthetic rows of any listed item, three a page.

    POST /v1/deliveries  {"request": "exc_…", "item": "cat_…", "fields": ["road", …], "after": null | "3"}
    200                  {"rows": [{"road": "示范 road 1"}, …], "next": null | "3"}

An item has seven rows, always the same. Each row has one field more than was asked for: the connector must drop it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from outsiders.standalone import Options, body_of, serve, start

NOTICE: Final = "试验用数据主管部门平台,内容均为虚构 (a data authority for trials; every row is made up)"
ROWS: Final = 7
PAGE: Final = 3

_MOST: Final = 1 << 20
_JSON: Final = "application/json"


def rows_of(item: str, fields: Sequence[str]) -> list[dict[str, Any]]:
    """All rows of an item, with the fields that were asked for and one that was not."""
    return [
        {field: f"示范 {field} {n}" for field in fields} | {"not_asked": f"{item} {n}"}
        for n in range(1, ROWS + 1)
    ]


def create() -> Starlette:
    """The platform as an ASGI app."""

    async def deliver(request: Request) -> Response:
        body = await body_of(request, most=_MOST)
        if body is None:
            return Response(status_code=413)
        try:
            question = orjson.loads(body)
            item, fields = str(question["item"]), [str(field) for field in question["fields"]]
            first = int(question["after"] or 0)
        except (ValueError, KeyError, TypeError):
            return Response(f"{NOTICE}\n", 400, media_type="text/plain; charset=utf-8")
        last = first + PAGE
        page = {"rows": rows_of(item, fields)[first:last], "next": str(last) if last < ROWS else None}
        return Response(orjson.dumps(page), media_type=_JSON)

    return Starlette(routes=[Route("/v1/deliveries", deliver, methods=["POST"])])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `python -m outsiders.dataauthority`."""
    options = Options("dataauthority", port=3180, description=NOTICE).parse_args(arguments)
    print(NOTICE, flush=True)
    serve(create(), options)


if __name__ == "__main__":
    start(main)
