"""A request and its answer as the library for RFC 9421 reads them: method, public address, headers.

`@authority` is that of the platform's public origin. The Host that reaches this service is the gateway's own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn, cast

import http_sf
import orjson
from starlette.types import Scope

from common.calls.jwk import unb64url
from common.web.auth import TOKEN_HEADER, target_of

LABEL: Final = "partner"


class Fields:
    """Header fields in their order, with names without case."""

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._pairs = [(name.decode("latin1").lower(), value.decode("latin1")) for name, value in pairs]

    def items(self) -> list[tuple[str, str]]:
        return self._pairs

    def get(self, name: str) -> str | None:
        return next((value for each, value in self._pairs if each == name), None)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._pairs)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name.lower()) is not None

    def __getitem__(self, name: str) -> str:
        value = self.get(name.lower())
        if value is None:
            raise KeyError(name)
        return value

    def __setitem__(self, name: str, value: str) -> None:
        self._pairs.append((name.lower(), value))

    def __delitem__(self, name: str) -> None:
        self._pairs = [pair for pair in self._pairs if pair[0] != name.lower()]

    def encoded(self) -> list[tuple[bytes, bytes]]:
        return [(name.encode("latin1"), value.encode("latin1")) for name, value in self._pairs]


@dataclass(frozen=True)
class RequestMessage:
    """A request as the partner sent it."""

    method: str
    url: str
    headers: Fields
    body: bytes

    @property
    def query(self) -> str:
        return self.url.partition("?")[2]

    @property
    def path(self) -> str:
        return "/" + self.url.partition("?")[0].split("/", 3)[3]


@dataclass(frozen=True)
class AnswerMessage:
    """An answer with the request that it belongs to."""

    status_code: int
    headers: Fields
    request: RequestMessage


def request_message(scope: Scope, body: bytes, origin: str) -> RequestMessage:
    """The request of an ASGI scope under the public `origin`."""
    return RequestMessage(
        scope["method"], origin.rstrip("/") + target_of(scope), Fields(scope["headers"]), body
    )


def digest_field(body: bytes) -> str:
    """`body` as a Content-Digest field (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def dictionary(field: str) -> dict[str, Any]:
    """A dictionary of structured fields (RFC 9651): `{key: (value, parameters)}`. Raises ValueError."""
    try:
        parsed = http_sf.parse(field.encode(), tltype="dictionary", on_duplicate_key=_refuse)
    except Exception as error:
        raise ValueError("not a structured field") from error
    return cast(dict[str, Any], parsed)


def _refuse(key: str, context: str) -> NoReturn:
    raise ValueError(f"a {context} names a key twice")


def unverified_claims(fields: Fields) -> dict[str, Any]:
    """The claims of the internal token, not yet verified. `Allow` verifies them before any act.

    They decide which signature and which agreement is looked for: a forged token only brings more checks.
    """
    token = fields.get(TOKEN_HEADER)
    parts = (token or "").split(".")
    try:
        claims = orjson.loads(unb64url(parts[1]))
    except (ValueError, IndexError):
        return {}
    return claims if isinstance(claims, dict) else {}
