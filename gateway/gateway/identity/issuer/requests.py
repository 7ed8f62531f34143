"""Reads a token request: form and client credentials of RFC 6749."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

FORM: Final = "application/x-www-form-urlencoded"


class OAuthError(Exception):
    """A refusal in the words of RFC 6749, 5.2. `basic` tells that the client used the Authorization header.

    `code`, `expected` and `received` say more to the system of a partner.
    """

    def __init__(
        self,
        error: str,
        description: str,
        basic: bool = False,
        *,
        code: str | None = None,
        expected: str = "-",
        received: str = "-",
    ) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.basic = basic
        self.code = code
        self.expected = expected
        self.received = received


@dataclass(frozen=True)
class TokenRequest:
    """A token request: media type, Authorization header or "", body."""

    media_type: str
    authorization: str
    body: bytes


def form_of(request: TokenRequest) -> dict[str, str]:
    """The parameters of `request`. Raises OAuthError unless the body is a form that gives each of them once."""
    if request.media_type.partition(";")[0].strip().lower() != FORM:
        raise OAuthError("invalid_request", f"The body is {FORM}.")
    try:
        pairs = parse_qsl(
            request.body.decode(),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=16,
        )
    except ValueError:
        raise OAuthError("invalid_request", f"The body is {FORM}.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("invalid_request", "Each parameter is given once.")
    return form


def credentials_of(request: TokenRequest, form: dict[str, str]) -> tuple[str, str, bool]:
    """Client id, secret, and whether they came in the header (RFC 6749, 2.3.1).

    Raises OAuthError if a client uses both ways at once.
    """
    if not request.authorization:
        if not form.get("client_id") or not form.get("client_secret"):
            raise OAuthError("invalid_client", "Send the client's id and secret.")
        return form["client_id"], form["client_secret"], False
    if "client_secret" in form:
        raise OAuthError("invalid_request", "Send the secret in one place only.", True)
    scheme, _, encoded = request.authorization.partition(" ")
    try:
        plain = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        plain = ""
    client_id, colon, secret = plain.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client", "Send the client's id and secret.", True)
    return unquote_plus(client_id), unquote_plus(secret), True
