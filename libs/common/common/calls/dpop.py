"""Proof of possession (RFC 9449): a token in the wrong hands is worth nothing without the key that it is bound to.

    DPoP: header {typ dpop+jwt, alg, jwk}  claims {jti, htm, htu, iat, ath?}   signed by the key in its own header

The proof names the method and the address of one request, and the hash of the token. Its time may differ from ours by
a minute. Each proof serves one request in this process; across processes the nonce of the signed request does that.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from common.calls.faults import Fault
from common.calls.jwk import PublicJwk, SignedToken, Unusable, b64url, public_jwk, read_token
from common.values.errors import Kind
from ledger.clock import Clock, real_time

SKEW_S: Final = 60
_MOST_PROOFS: Final = 200_000


@dataclass
class ProofCheck:
    """Checks proofs against the clock of this machine, and remembers each until it is too old to be accepted."""

    clock: Clock = real_time
    _spent: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def key_of(self, proof: str | None, *, method: str, url: str, token: str | None = None) -> str:
        """The thumbprint of the key that made `proof` for this request. Raises Fault, with a code for each fault."""
        now = self.clock()
        if not proof:
            raise _fault("DPOP_MISSING", "one proof of RFC 9449", None, now)
        signed, key = _opened(proof, now)
        claims = signed.claims
        if not signed.is_signed_by(key):
            raise _fault("DPOP_SIGNATURE_WRONG", f"alg={key.jose}", "another signature", now)
        if claims.get("htm") != method:
            raise _fault("DPOP_METHOD_WRONG", method, claims.get("htm"), now)
        if _plain(claims.get("htu")) != _plain(url):
            raise _fault("DPOP_ADDRESS_WRONG", _plain(url), claims.get("htu"), now)
        _require_time(claims, now)
        if token is not None:
            expected = b64url(hashlib.sha256(token.encode()).digest())
            if claims.get("ath") != expected:
                raise _fault("DPOP_TOKEN_WRONG", "ath of this token", claims.get("ath"), now)
        # Last, so that a proof that is refused for another reason is not spent.
        self._spend(key.thumbprint, claims.get("jti"), now)
        return key.thumbprint

    def _spend(self, thumbprint: str, jti: Any, now: datetime) -> None:
        if not isinstance(jti, str) or not 8 <= len(jti) <= 128:
            raise _fault("DPOP_ID_MISSING", "jti of 8 to 128 characters", None, now)
        at = now.timestamp()
        while self._spent and (next(iter(self._spent.values())) <= at or len(self._spent) > _MOST_PROOFS):
            self._spent.popitem(last=False)
        name = f"{thumbprint}/{jti}"
        if name in self._spent:
            raise _fault("DPOP_REPLAYED", "a jti that was never sent", jti, now)
        self._spent[name] = at + 2 * SKEW_S + 1


def _opened(proof: str, now: datetime) -> tuple[SignedToken, PublicJwk]:
    try:
        signed = read_token(proof)
    except Unusable as error:
        raise _fault("DPOP_UNREADABLE", "a compact JWS", error.why, now) from None
    if signed.header.get("typ") != "dpop+jwt":
        raise _fault("DPOP_TYPE_WRONG", "dpop+jwt", signed.header.get("typ"), now)
    jwk = signed.header.get("jwk")
    try:
        key = public_jwk(jwk if isinstance(jwk, dict) else {})
    except Unusable as error:
        raise _fault("DPOP_KEY_UNUSABLE", "a public JWK", error.why, now) from None
    if signed.header.get("alg") != key.jose:
        raise _fault("DPOP_ALGORITHM_WRONG", key.jose, signed.header.get("alg"), now)
    return signed, key


def _require_time(claims: Mapping[str, Any], now: datetime) -> None:
    issued = claims.get("iat")
    if type(issued) is not int or not abs(now.timestamp() - issued) <= SKEW_S:
        raise _fault("DPOP_TIME_WRONG", f"iat={int(now.timestamp())} +/-{SKEW_S} s", issued, now)


def _plain(url: Any) -> str:
    """The address without query and fragment, as `htu` names it."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
    except ValueError:
        return ""
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path}"


def _fault(code: str, expected: object, received: object, at: datetime) -> Fault:
    fault = Fault(
        Kind.UNAUTHENTICATED,
        code,
        header="DPoP",
        expected=expected,
        received=received,
        at=at.astimezone(UTC),
    )
    fault.headers["www-authenticate"] = 'DPoP error="invalid_dpop_proof", algs="ES256 EdDSA PS512"'
    return fault
