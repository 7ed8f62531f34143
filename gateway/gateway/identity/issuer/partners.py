"""Access tokens for the systems of partners: client credentials with a signed assertion (RFC 7523 §2.2, RFC 9068).

    client_assertion {iss = sub = app_…, aud = the issuer, exp ≤ 5 min, jti once} ─┐
    DPoP proof by a key of the caller's choice ─────────────────────────────────────┼─▶ at+jwt, ≤ 300 s, cnf.jkt
    authorization_details [{type, agreement_id, purpose_id, case_no?}] (RFC 9396) ──┘

Every mode has it: a city's own provider issues tokens to people, not to the systems of partners.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from common.calls.dpop import ProofCheck
from common.calls.faults import Fault, harmless
from common.calls.jwk import SignedToken, Unusable, read_token
from common.calls.tokens import ACCESS_LIFETIME_S, AccessVerifier, KeyRing, TokenKey, mint
from common.door.uow import Database
from common.values.ids import ApplicationId
from gateway.identity.issuer.requests import OAuthError
from gateway.identity.issuer.systems import PartnerSystem, PartnerSystems
from gateway.identity.store import assertions
from ledger.clock import real_time

AUDIENCE: Final = "mingzheng"
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DETAILS: Final = "mingzheng_exchange"
ASSERTION_LASTS_S: Final = 300
SKEW_S: Final = 60
_BEHALF: Final = re.compile(r"[A-Za-z0-9:_-]{1,80}")
_DETAIL: Final = frozenset({"type", "agreement_id", "purpose_id", "case_no", "on_behalf_of"})


class PartnerTokens:
    """Issues and checks the tokens of partners' systems. `origin` is the issuer's identifier and public address."""

    def __init__(self, key: TokenKey, origin: str, systems: PartnerSystems, db: Database) -> None:
        self._key = key
        self.origin = origin
        self.systems = systems
        self.proofs = ProofCheck()
        self._db = db
        now = int(real_time().timestamp())
        ring = KeyRing([key.entry(self.origin, nbf=now - 60, naf=now + 10 * 365 * 86_400)])
        self.verifier = AccessVerifier(ring, self.origin)

    @property
    def endpoint(self) -> str:
        return f"{self.origin}/oauth2/token"

    def mint(self, claims: Mapping[str, Any]) -> str:
        """An access token of this issuer (RFC 9068)."""
        return mint(self._key, "at+jwt", claims)

    def metadata(self) -> dict[str, Any]:
        """The metadata of RFC 8414."""
        return {
            "issuer": self.origin,
            "token_endpoint": self.endpoint,
            "jwks_uri": f"{self.origin}/.well-known/jwks.json",
            "grant_types_supported": ["client_credentials", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["EdDSA", "ES256", "PS512"],
            "dpop_signing_alg_values_supported": ["EdDSA", "ES256", "PS512"],
            "authorization_details_types_supported": [DETAILS],
            "response_types_supported": [],
        }

    def jwks(self) -> dict[str, Any]:
        """The public key as a set of RFC 7517."""
        key = {"kty": "EC", "crv": "P-256", "x": self._key.x, "y": self._key.y}
        return {"keys": [key | {"kid": self._key.kid, "use": "sig", "alg": "ES256"}]}

    async def token(self, form: Mapping[str, str], proof: str | None) -> dict[str, Any]:
        """The answer of RFC 6749 §5.1. Raises OAuthError, with a code, what was expected and what came."""
        now = real_time()
        if form.get("grant_type") != "client_credentials":
            raise _faulty(
                "unsupported_grant_type", "GRANT_TYPE_WRONG", "client_credentials", form.get("grant_type")
            )
        system = await self._authenticated(form, now)
        details = self._granted(system, form.get("authorization_details"))
        try:
            jkt = self.proofs.key_of(proof, method="POST", url=self.endpoint)
        except Fault as fault:
            facts = fault.facts
            raise _faulty("invalid_dpop_proof", fault.code, facts["expected"], facts["received"]) from None
        claims: dict[str, Any] = {
            "iss": self.origin,
            "aud": AUDIENCE,
            "sub": f"partner:{system.id}",
            "client_id": str(system.id),
            "cnf": {"jkt": jkt},
            "iat": int(now.timestamp()),
            "exp": int(now.timestamp()) + ACCESS_LIFETIME_S,
            "jti": secrets.token_urlsafe(16),
        }
        if details is not None:
            claims["authorization_details"] = [details]
        answer: dict[str, Any] = {
            "access_token": self.mint(claims),
            "token_type": "DPoP",
            "expires_in": ACCESS_LIFETIME_S,
        }
        return answer | ({"authorization_details": [details]} if details is not None else {})

    async def _authenticated(self, form: Mapping[str, str], now: datetime) -> PartnerSystem:
        if form.get("client_assertion_type") != ASSERTION:
            raise _faulty(
                "invalid_client", "ASSERTION_TYPE_WRONG", ASSERTION, form.get("client_assertion_type")
            )
        assertion = _read(form.get("client_assertion", ""))
        claims = assertion.claims
        application_id = _application_id(claims)
        if form.get("client_id") not in (None, application_id):
            raise _faulty("invalid_client", "ASSERTION_CLIENT_WRONG", application_id, form.get("client_id"))
        self._require_audience(claims)
        _require_times(claims, now)
        system = await self.systems.get(application_id)
        if system is None:
            raise _faulty("invalid_client", "APPLICATION_UNKNOWN", "a registered application", application_id)
        if not system.is_live:
            raise _faulty(
                "invalid_client", "APPLICATION_SUSPENDED", "an application that may call", application_id
            )
        _require_signature(system, assertion)
        await self._spend(application_id, claims, now)
        return system

    def _require_audience(self, claims: Mapping[str, Any]) -> None:
        audience = claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        if not {self.origin, self.endpoint} & {each for each in named if isinstance(each, str)}:
            raise _faulty("invalid_client", "ASSERTION_AUDIENCE_WRONG", self.origin, audience)

    async def _spend(self, application_id: ApplicationId, claims: Mapping[str, Any], now: datetime) -> None:
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 8 <= len(jti) <= 128:
            raise _faulty("invalid_client", "ASSERTION_ID_MISSING", "jti of 8 to 128 characters", None)
        until = datetime.fromtimestamp(claims["exp"] + SKEW_S, UTC)
        if not await assertions.spend(self._db, application_id, jti, until=until, now=now):
            raise _faulty("invalid_client", "ASSERTION_REPLAYED", "a jti that was never sent", jti)

    def _granted(self, system: PartnerSystem, text: str | None) -> dict[str, str] | None:
        """The one authorization detail, if the application asks for one. It names what is in force now."""
        if text is None:
            return None
        try:
            listed = json.loads(text)
        except ValueError:
            listed = None
        if not (isinstance(listed, list) and len(listed) == 1 and _is_detail(listed[0])):
            raise _faulty(
                "invalid_authorization_details",
                "DETAILS_UNREADABLE",
                f"one object of type {DETAILS} with agreement_id and purpose_id",
                None,
            )
        detail: dict[str, str] = listed[0]
        if system.grant(detail["agreement_id"], detail["purpose_id"]) is None:
            raise _faulty(
                "invalid_authorization_details",
                "DETAILS_NOT_GRANTED",
                "an agreement and a purpose in force",
                f"{detail['agreement_id']} {detail['purpose_id']}",
            )
        return detail


def _is_detail(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("type") == DETAILS
        and {"type", "agreement_id", "purpose_id"} <= value.keys() <= _DETAIL
        and all(isinstance(text, str) and 0 < len(text) <= 80 for text in value.values())
        and _BEHALF.fullmatch(value.get("on_behalf_of", "-")) is not None
    )


def _read(text: str) -> SignedToken:
    try:
        return read_token(text)
    except Unusable as error:
        raise _faulty("invalid_client", "ASSERTION_UNREADABLE", "a compact JWS", error.why) from None


def _application_id(claims: Mapping[str, Any]) -> ApplicationId:
    issuer, subject = claims.get("iss"), claims.get("sub")
    try:
        application_id = ApplicationId(subject if isinstance(subject, str) else "")
    except ValueError:
        raise _faulty(
            "invalid_client", "ASSERTION_SUBJECT_WRONG", "the id of an application", subject
        ) from None
    if issuer != subject:
        raise _faulty("invalid_client", "ASSERTION_ISSUER_WRONG", subject, issuer)
    return application_id


def _require_times(claims: Mapping[str, Any], now: datetime) -> None:
    at, until = int(now.timestamp()), claims.get("exp")
    if type(until) is not int:
        raise _faulty("invalid_client", "ASSERTION_EXPIRY_MISSING", "exp in seconds", None)
    if until + SKEW_S <= at:
        raise _faulty("invalid_client", "ASSERTION_EXPIRED", f"exp after {at}", until)
    if until > at + ASSERTION_LASTS_S + SKEW_S:
        raise _faulty("invalid_client", "ASSERTION_TOO_LONG", f"exp at most {at + ASSERTION_LASTS_S}", until)


def _require_signature(system: PartnerSystem, assertion: SignedToken) -> None:
    key = system.key(assertion.header.get("kid"))
    if key is None:
        usable = " ".join(each.kid for each in system.keys)
        raise _faulty("invalid_client", "ASSERTION_KEY_UNKNOWN", usable, assertion.header.get("kid"))
    if assertion.header.get("alg") != key.jose:
        raise _faulty("invalid_client", "ASSERTION_ALGORITHM_WRONG", key.jose, assertion.header.get("alg"))
    if not assertion.is_signed_by(key):
        raise _faulty("invalid_client", "ASSERTION_SIGNATURE_WRONG", f"a signature by {key.kid}", "another")


def _faulty(error: str, code: str, expected: object, received: object) -> OAuthError:
    return OAuthError(
        error,
        f"{code}: expected {harmless(expected)}, received {harmless(received)}.",
        code=code,
        expected=harmless(expected),
        received=harmless(received),
    )
