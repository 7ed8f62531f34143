"""HTTP Digest as GA/T 1400 devices speak it (RFC 2617, MD5, qop=auth).

Clients split the challenge on commas, on comma and blank, or with a regular expression that wants the
parameters in this order; one cuts base64 padding. This challenge is the one that all of them accept:

    Digest realm="…", qop="auth", nonce="<hex>", opaque="v=1,qop=auth,nonce=<hex>,e=1"

Their answers are verified with the strings exactly as they were written: one client quotes nc, one leaves
a quotation mark open, one writes nc=1, one sends an absolute uri.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_FIELDS = ("username", "realm", "nonce", "uri", "response", "nc", "cnonce", "qop", "algorithm")

_OUR_OPAQUE = re.compile(r'opaque="v=1,qop=auth,nonce=[0-9a-f]*,e=1"', re.IGNORECASE)


@dataclass(frozen=True)
class Authorization:
    """A Digest answer, every value as the client wrote it, without quotation marks."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    nc: str
    cnonce: str
    qop: str
    algorithm: str


def challenge(realm: str, nonce: str) -> str:
    """The value of WWW-Authenticate. `nonce` is hex, because one client cuts everything after an equals sign."""
    return f'Digest realm="{realm}", qop="auth", nonce="{nonce}", opaque="v=1,qop=auth,nonce={nonce},e=1"'


def parse(header: str | None) -> Authorization | None:
    """The answer in an Authorization header; None for none, for another scheme, or for one that lacks a field.

    Each field is searched for by itself: a quotation mark that is never closed would otherwise swallow the fields
    after it. Our own opaque, which holds a nonce and a qop, is removed first.
    """
    if not header or header[:7].lower() != "digest ":
        return None
    rest = _OUR_OPAQUE.sub("", header)
    fields = {name: _value(rest, name) for name in _FIELDS}
    if any(fields[name] is None for name in _FIELDS if name != "algorithm"):
        return None
    return Authorization(**{name: value or "" for name, value in fields.items()})


def verifies(given: Authorization, *, ha1: str, method: str, path: str) -> bool:
    """Whether the client knows the password behind `ha1` (hex MD5 of user:realm:password) and asks for `path`.

    A uri for another path would let one answer be replayed against another resource.
    """
    if given.qop.lower() != "auth" or given.algorithm.upper() not in ("", "MD5"):
        return False
    try:
        asked = urlsplit(given.uri).path
    except ValueError:
        return False
    if asked != path:
        return False
    ha2 = _md5(f"{method}:{given.uri}")
    wanted = _md5(f"{ha1}:{given.nonce}:{given.nc}:{given.cnonce}:{given.qop}:{ha2}")
    return hmac.compare_digest(wanted.encode(), given.response.lower().encode())


def _value(header: str, name: str) -> str | None:
    match = re.search(rf'(?:^|[\s,]){name}\s*=\s*(?:"([^"]*)"?|([^,\s"]*))', header, re.IGNORECASE)
    if match is None:
        return None
    quoted, bare = match.groups()
    return bare if quoted is None else quoted


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
