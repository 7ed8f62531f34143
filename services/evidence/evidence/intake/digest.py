"""HTTP Digest as GA/T 1400 devices speak it (RFC 7616 with MD5 and qop=auth; RFC 2617; RFC 2069 without qop).

Clients split the challenge on commas, on comma and blank, or with a regular expression that wants the first
parameters in this order; one cuts base64 padding, several read the first challenge alone. So there is one challenge,
the one that all of them accept:

    Digest realm="…", qop="auth", nonce="<hex>", algorithm=MD5, opaque="v=1,qop=auth,nonce=<hex>,e=1"[, stale=true]

Their answers are verified with the strings exactly as they were written: one client quotes nc, one leaves
a quotation mark open, one writes nc=1, one sends an absolute uri.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_FIELDS = ("username", "realm", "nonce", "uri", "response", "nc", "cnonce", "qop", "algorithm")
_ALWAYS = ("username", "realm", "nonce", "uri", "response")

_OUR_OPAQUE = re.compile(r'opaque="v=1,qop=auth,nonce=[0-9a-f]*,e=1"', re.IGNORECASE)
_COUNT = re.compile(r"[0-9a-fA-F]{1,8}")

WINDOW: Final = 62
"""How many counts below the highest one may still arrive: a client with several connections answers out of order."""

_ALL: Final = (1 << WINDOW) - 1
_WHOLE: Final = 1 << 32  # above every count of eight hex digits: nothing of the nonce is left


@dataclass(frozen=True)
class Authorization:
    """A Digest answer, every value as the client wrote it, without quotation marks; "" for one that is absent."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    nc: str
    cnonce: str
    qop: str
    algorithm: str


def challenge(realm: str, nonce: str, *, stale: bool = False) -> str:
    """The value of WWW-Authenticate. `nonce` is hex, because one client cuts everything after an equals sign.

    `stale` says that the answer was right and its nonce was not: the client answers again without asking anybody.
    """
    value = (
        f'Digest realm="{realm}", qop="auth", nonce="{nonce}", algorithm=MD5,'
        f' opaque="v=1,qop=auth,nonce={nonce},e=1"'
    )
    return value + ", stale=true" if stale else value


def parse(header: str | None) -> Authorization | None:
    """The answer in an Authorization header; None for none, for another scheme, or for one that lacks a field.

    Each field is searched for by itself: a quotation mark that is never closed would otherwise swallow the fields
    after it. Our own opaque, which holds a nonce and a qop, is removed first. An answer without qop has no count.
    """
    if not header or header[:7].lower() != "digest ":
        return None
    rest = _OUR_OPAQUE.sub("", header)
    fields = {name: _value(rest, name) for name in _FIELDS}
    needed = _ALWAYS if not fields["qop"] else (*_ALWAYS, "nc", "cnonce")
    if any(fields[name] is None for name in needed):
        return None
    return Authorization(**{name: value or "" for name, value in fields.items()})


def verifies(given: Authorization, *, ha1: str, method: str, path: str) -> bool:
    """Whether the client knows the password behind `ha1` (hex MD5 of user:realm:password) and asks for `path`.

    A uri for another path would let one answer be replayed against another resource.
    """
    if given.qop.lower() not in ("", "auth") or given.algorithm.upper() not in ("", "MD5"):
        return False
    try:
        asked = urlsplit(given.uri).path
    except ValueError:
        return False
    if asked != path:
        return False
    ha2 = _md5(f"{method}:{given.uri}")
    middle = f"{given.nc}:{given.cnonce}:{given.qop}:" if given.qop else ""
    wanted = _md5(f"{ha1}:{given.nonce}:{middle}{ha2}")
    return hmac.compare_digest(wanted.encode(), given.response.lower().encode())


def count_of(given: Authorization) -> int | None:
    """How often the client says it has answered this nonce (1 the first time); 0 without qop; None if unreadable."""
    if not given.qop:
        return 0
    return int(given.nc, 16) if _COUNT.fullmatch(given.nc) else None


def counted(highest: int, below: int, count: int) -> tuple[int, int] | None:
    """The counts of a nonce after one more, as (highest, bits below it); None for a count that was answered before.

    Bit i stands for the count `highest - 1 - i`. An answer without a count uses the whole nonce, because the next one
    would look exactly like a replay of it.
    """
    if count == 0:
        return (_WHOLE, _ALL) if highest == 0 else None
    if count > highest:
        shift = count - highest
        bits = (below << shift) | (1 << (shift - 1)) if highest and shift <= WINDOW else 0
        return count, bits & _ALL
    bit = 1 << (highest - 1 - count) if 0 < highest - count <= WINDOW else 0
    return (highest, below | bit) if bit and not below & bit else None


def _value(header: str, name: str) -> str | None:
    match = re.search(rf'(?:^|[\s,]){name}\s*=\s*(?:"([^"]*)"?|([^,\s"]*))', header, re.IGNORECASE)
    if match is None:
        return None
    quoted, bare = match.groups()
    return bare if quoted is None else quoted


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
