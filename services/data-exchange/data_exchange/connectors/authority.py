"""The platform of the data authority: rows of a listed item, for a request that was agreed to (GDS 22(2), 32).

    POST <url>/deliveries  {"request": "exc_…", "item": "cat_…", "fields": ["road", …], "after": null | "…"}
    200                    {"rows": [{"road": …}, …], "next": null | "…"}       `next` is the `after` of the next page

Request and fields stand in the body, because an address is logged on the way. No redirect is followed. An answer of
another form, more than 10,000 rows or more than 8 MiB a page count as none: half of the data is worse than none.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from common.calls.wire import Wire
from data_exchange.domain.datarequests import DataRequest
from data_exchange.domain.fetching import DataRow
from data_exchange.runtime import DataExchangeRuntime

log = logging.getLogger(__name__)

NAME: Final = "data-authority"
"""The name of its connection among those of the runtime."""

_TIMEOUT_S: Final = 10.0
_MOST_ROWS: Final = 10_000
_LONGEST: Final = 8 << 20


class _Page(BaseModel):
    """One page of rows. What else the platform says is ignored: its next version may say more."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    rows: list[dict[str, Any]]
    next: str | None


async def fetch_rows(runtime: DataExchangeRuntime, request: DataRequest) -> list[DataRow] | None:
    """All rows for `request`; None if no platform is connected, or it did not answer in time or in the agreed form."""
    rows: list[DataRow] = []
    after: str | None = None
    while True:
        page = await _page(runtime, request, after)
        if page is None:
            return None
        rows += page.rows
        if page.next is None:
            return rows
        # A platform that repeats a cursor would be asked for ever.
        if page.next == after or len(rows) > _MOST_ROWS:
            log.warning("couldn't fetch from the data authority: its pages do not end")
            return None
        after = page.next


async def _page(runtime: DataExchangeRuntime, request: DataRequest, after: str | None) -> _Page | None:
    question = {"request": request.id, "item": request.item_id, "fields": request.fields, "after": after}
    body = await _answer(runtime, orjson.dumps(question))
    if body is None:
        return None
    try:
        return _Page.model_validate_json(body)
    except ValidationError:
        log.warning("couldn't read the answer of the data authority")
        return None


async def _answer(runtime: DataExchangeRuntime, content: bytes) -> bytes | None:
    url = runtime.settings.data_authority_url
    if url is None:
        return None
    transport = runtime.outside.setdefault(NAME, Wire(total_s=_TIMEOUT_S))
    headers = {"content-type": "application/json", "accept": "application/json"}
    sent = httpx.Request("POST", f"{url}/deliveries", content=content, headers=headers)
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            answer = await transport.handle_async_request(sent)
            try:
                return await _body(answer)
            finally:
                await answer.aclose()
    except (httpx.TransportError, TimeoutError) as error:
        log.warning("couldn't reach the data authority: %s", type(error).__name__)
        return None


async def _body(answer: httpx.Response) -> bytes | None:
    if answer.status_code != httpx.codes.OK:
        log.warning("the data authority answered %d", answer.status_code)
        return None
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > _LONGEST:
            return None
    return bytes(body)
