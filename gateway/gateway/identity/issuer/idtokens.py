"""What an OpenID provider signs, checked: ID tokens (OpenID Connect Core 1.0 §3.1.3.7) and logout tokens
(Back-Channel Logout 1.0 §2.6). Pure: keys, names and the time are arguments.

    RSA ≥ 2048   RS256, PS256         EC P-256   ES256         Ed25519   EdDSA

The algorithm must belong to the key, and a header that points to a key of its own (jku, jwk, x5u) points nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from common.calls.jwk import SignedToken, Unusable, b64url, read_token, unb64url

SKEW: Final = timedelta(seconds=60)
"""How far the clocks of the provider and of this machine may differ."""

LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
_Public = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


class Unsound(Exception):
    """A token that cannot be trusted. `why` is a short code for the operator's log, never a part of the token."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class ProviderKey:
    """One public key of a provider, and the algorithms with which it may have signed."""

    kid: str | None
    algorithms: frozenset[str]
    public: _Public

    def verifies(self, token: SignedToken) -> bool:
        """Whether this key signed `token`, with an algorithm of its own."""
        algorithm, data, signature = token.header.get("alg"), token.signed, token.signature
        if not isinstance(algorithm, str) or algorithm not in self.algorithms:
            return False
        try:
            match self.public:
                case rsa.RSAPublicKey():
                    scheme = padding.PKCS1v15() if algorithm == "RS256" else _PSS
                    self.public.verify(signature, data, scheme, hashes.SHA256())
                case ec.EllipticCurvePublicKey():
                    if len(signature) != 64:
                        return False
                    halves = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
                    self.public.verify(encode_dss_signature(*halves), data, ec.ECDSA(hashes.SHA256()))
                case ed25519.Ed25519PublicKey():
                    self.public.verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Asserted:
    """Who signed in at the provider: `at` is when they showed who they are, `sid` its session, where it says so."""

    sub: str
    at: datetime | None
    sid: str | None


@dataclass(frozen=True)
class LoggedOut:
    """Whose sessions end: of the person `sub`, of the provider's session `sid`, or both. `jti` counts once."""

    sub: str | None
    sid: str | None
    jti: str
    until: datetime


def keys_of(document: Any) -> list[ProviderKey]:
    """The usable keys of a JWK set (RFC 7517); those that we do not know are passed over, as §5 says."""
    listed = document.get("keys") if isinstance(document, dict) else None
    return [key for each in listed or () if isinstance(each, dict) and (key := _key(each)) is not None]


def check_id_token(
    token: str,
    keys: Sequence[ProviderKey],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    now: datetime,
    max_age: timedelta | None = None,
) -> Asserted:
    """Whom the ID token names. Raises Unsound, and UnknownKey where none of `keys` has the token's id."""
    read = _signed(token, keys)
    claims = read.claims
    _require_names(claims, issuer=issuer, client_id=client_id)
    _require_times(claims, now)
    if not _same(claims.get("nonce"), nonce):
        raise Unsound("NONCE")
    at_hash = claims.get("at_hash")
    if at_hash is not None and not _same(at_hash, left_half(str(read.header.get("alg")), access_token)):
        raise Unsound("AT_HASH")
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= 255:
        raise Unsound("SUB")
    at = _instant(claims.get("auth_time")) if "auth_time" in claims else None
    if at is not None and at > now + SKEW:
        raise Unsound("AUTH_TIME")
    # A provider that was asked for a fresh sign-in says when it was (OpenID Connect Core 1.0 §3.1.2.1).
    if max_age is not None and (at is None or now - at > max_age + SKEW):
        raise Unsound("AUTH_TIME")
    return Asserted(sub, at, _sid(claims))


def check_logout_token(
    token: str, keys: Sequence[ProviderKey], *, issuer: str, client_id: str, now: datetime
) -> LoggedOut:
    """Whose sessions end. Raises Unsound and UnknownKey. That its `jti` comes once is for the caller to see."""
    read = _signed(token, keys)
    claims = read.claims
    # An ID token must not end a session, and an access token neither: only a logout token names the event.
    if str(read.header.get("typ", "logout+jwt")).lower() not in ("logout+jwt", "jwt"):
        raise Unsound("TYP")
    _require_names(claims, issuer=issuer, client_id=client_id)
    _require_times(claims, now)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise Unsound("EVENTS")
    if "nonce" in claims:
        raise Unsound("NONCE")
    sub, jti = claims.get("sub"), claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 255:
        raise Unsound("JTI")
    if sub is not None and not isinstance(sub, str):
        raise Unsound("SUB")
    sid = _sid(claims)
    if sub is None and sid is None:
        raise Unsound("SUB")
    return LoggedOut(sub, sid, jti, _instant(claims["exp"]) + SKEW)


class UnknownKey(Unsound):
    """The provider signs with a key that we have not read yet."""


def _signed(token: str, keys: Sequence[ProviderKey]) -> SignedToken:
    try:
        read = read_token(token)
    except Unusable as error:
        raise Unsound(error.why) from None
    if "crit" in read.header:
        raise Unsound("CRIT")
    kid = read.header.get("kid")
    fitting = [key for key in keys if kid is None or key.kid == kid]
    if not fitting:
        raise UnknownKey("KID")
    if not any(key.verifies(read) for key in fitting):
        raise Unsound("SIGNATURE")
    return read


def _require_names(claims: Mapping[str, Any], *, issuer: str, client_id: str) -> None:
    if claims.get("iss") != issuer:
        raise Unsound("ISS")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if client_id not in named:
        raise Unsound("AUD")
    party = claims.get("azp", client_id if len(named) == 1 else None)
    if party != client_id:
        raise Unsound("AZP")


def _require_times(claims: Mapping[str, Any], now: datetime) -> None:
    if _instant(claims.get("exp")) <= now - SKEW:
        raise Unsound("EXP")
    if _instant(claims.get("iat")) > now + SKEW:
        raise Unsound("IAT")
    if "nbf" in claims and _instant(claims["nbf"]) > now + SKEW:
        raise Unsound("NBF")


def _instant(seconds: Any) -> datetime:
    if type(seconds) not in (int, float) or not 0 <= seconds < 1 << 33:
        raise Unsound("TIME")
    return datetime.fromtimestamp(seconds, UTC)


def _sid(claims: Mapping[str, Any]) -> str | None:
    sid = claims.get("sid")
    if sid is not None and (not isinstance(sid, str) or not 0 < len(sid) <= 255):
        raise Unsound("SID")
    return sid


def _same(given: Any, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())


def left_half(algorithm: str, text: str) -> str:
    """What `at_hash` says of an access token (OpenID Connect Core 1.0 §3.1.3.6)."""
    digest = hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256
    whole = digest(text.encode()).digest()
    return b64url(whole[: len(whole) // 2])


def _key(members: Mapping[str, Any]) -> ProviderKey | None:
    try:
        public, fitting = _public(members)
    except (KeyError, TypeError, ValueError):
        return None
    named = members.get("alg")
    algorithms = fitting & {named} if named is not None else fitting
    kid = members.get("kid")
    if members.get("use", "sig") != "sig" or not algorithms or not isinstance(kid, str | None):
        return None
    return ProviderKey(kid, algorithms, public)


def _public(members: Mapping[str, Any]) -> tuple[_Public, frozenset[str]]:
    match members["kty"], members.get("crv"):
        case "RSA", _:
            e, n = (int.from_bytes(unb64url(members[name]), "big") for name in ("e", "n"))
            if not 2048 <= n.bit_length() <= 4096:
                raise ValueError("size")
            return rsa.RSAPublicNumbers(e, n).public_key(), frozenset({"RS256", "PS256"})
        case "EC", "P-256":
            point = b"\x04" + b"".join(unb64url(members[name]) for name in ("x", "y"))
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point), frozenset({"ES256"})
        case "OKP", "Ed25519":
            return ed25519.Ed25519PublicKey.from_public_bytes(unb64url(members["x"])), frozenset({"EdDSA"})
    raise ValueError("kind")
