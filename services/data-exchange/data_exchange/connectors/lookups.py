"""A register that answers over HTTP.

    POST <url>  {"kind": "PLATE_OWNER", "subjects": ["苏A12345", …]}
    200         {"rows": [[{…}, …], …]}         the rows about each subject, in the order of asking

The subjects stand in the body, because an address is logged on the way. No redirect is followed: the agreement names
one address. An answer of another form, or longer than 8 MiB, counts as none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

import httpx
import orjson
from pydantic import TypeAdapter, ValidationError

from common.calls.wire import Wire
from data_exchange.connectors.findings import RowsOfEach
from data_exchange.domain.comparison import ComparisonKind
from data_exchange.domain.registers import Register
from data_exchange.domain.subjects import Subject
from data_exchange.runtime import DataExchangeRuntime

log = logging.getLogger(__name__)

_LONGEST: Final = 8 << 20
_ROWS: Final = TypeAdapter(tuple[tuple[dict[str, Any], ...], ...])


async def ask(
    runtime: DataExchangeRuntime, register: Register, kind: ComparisonKind, subjects: Sequence[Subject]
) -> RowsOfEach | None:
    """The rows about each subject; None if the register did not answer in time or in the agreed form."""
    question = {"kind": kind, "subjects": [subject.value for subject in subjects]}
    body = await _answer(runtime, register, orjson.dumps(question))
    if body is None:
        return None
    try:
        rows = _ROWS.validate_python(orjson.loads(body)["rows"])
    except (ValueError, KeyError, TypeError, ValidationError):
        rows = ()
    if len(rows) != len(subjects):
        log.warning("couldn't read the answer of register %s", register.name)
        return None
    return rows


async def _answer(runtime: DataExchangeRuntime, register: Register, content: bytes) -> bytes | None:
    assert register.url is not None
    transport = runtime.outside.setdefault(register.name, Wire(total_s=register.timeout_s))
    headers = {"content-type": "application/json", "accept": "application/json"}
    request = httpx.Request("POST", register.url, content=content, headers=headers)
    try:
        async with asyncio.timeout(register.timeout_s):
            # The transport itself follows no redirect.
            answer = await transport.handle_async_request(request)
            try:
                return await _body(register, answer)
            finally:
                await answer.aclose()
    except (httpx.TransportError, TimeoutError) as error:
        log.warning("couldn't reach register %s: %s", register.name, type(error).__name__)
        return None


async def _body(register: Register, answer: httpx.Response) -> bytes | None:
    if answer.status_code != httpx.codes.OK:
        log.warning("register %s answered %d", register.name, answer.status_code)
        return None
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > _LONGEST:
            return None
    return bytes(body)
