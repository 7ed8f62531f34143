"""Tokens that are bound to a key, and the systems of partners: a call proves the key of its token (RFC 9449).

The exchange verifies the signature of the call and the purpose again; the gateway passes on what the token names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from common.calls.faults import Fault
from common.calls.tokens import AuthError, TokenAudience, TokenExpired
from common.values.errors import Kind
from common.values.ids import ApplicationId
from gateway.identity.domain.people import Person
from gateway.identity.issuer.partners import PartnerTokens
from gateway.identity.issuer.systems import PartnerSystem
from ledger.clock import real_time

_LEVEL: Final = 2
_SAID: Final = {
    "TOKEN_EXPIRED": "The access token has expired.",
    "TOKEN_REVOKED": "The access token was revoked.",
    "TOKEN_AUDIENCE": "The token is for another audience.",
    "TOKEN_NOT_PROVEN": "The token is bound to a key: send it as DPoP with a proof.",
}
_CLAIM: Final = {"agreement_id": "agr", "purpose_id": "prp", "case_no": "cse", "on_behalf_of": "obo"}


def proven(
    partners: PartnerTokens, token: str, proof: bytes | None, *, method: str, path: str
) -> Mapping[str, Any]:
    """The claims of a bound token whose key this call proves. Raises Fault, with a code for each fault."""
    claims = _claims(partners, token)
    url = partners.origin + path
    shown = proof.decode("latin1") if proof is not None else None
    thumbprint = partners.proofs.key_of(shown, method=method, url=url, token=token)
    if thumbprint != claims["cnf"]["jkt"]:
        raise fault("DPOP_KEY_WRONG", claims["cnf"]["jkt"], thumbprint, header="DPoP")
    return claims


async def system_of(partners: PartnerTokens, claims: Mapping[str, Any]) -> Person:
    """The system that calls, as the services know it. Raises Fault for one that may not call any more."""
    application_id = ApplicationId(claims["client_id"])
    system = await partners.systems.get(application_id)
    if system is None or not system.is_live:
        raise fault("APPLICATION_SUSPENDED", "an application that may call", application_id)
    return _person(system, claims)


def bearer_of_bound_token(partners: PartnerTokens) -> Fault:
    """The refusal of a bound token that came as if it belonged to its bearer."""
    return fault("TOKEN_NOT_PROVEN", "DPoP <token> and the header DPoP", "Bearer")


def _claims(partners: PartnerTokens, token: str) -> Mapping[str, Any]:
    try:
        claims = partners.verifier.verify(token)
    except TokenExpired:
        raise fault("TOKEN_EXPIRED", "a token of at most 300 s", "one that has expired") from None
    except TokenAudience:
        raise fault("TOKEN_AUDIENCE", "mingzheng", "another audience") from None
    except AuthError:
        raise fault("TOKEN_UNKNOWN", f"iss={partners.origin}", "another token") from None
    if "cnf" not in claims:
        raise fault("TOKEN_NOT_BOUND", "a token with cnf.jkt", "one that is bound to no key")
    return claims


def _person(system: PartnerSystem, claims: Mapping[str, Any]) -> Person:
    details = claims.get("authorization_details", [{}])[0]
    grant = system.grant(details.get("agreement_id"), details.get("purpose_id"))
    return Person(
        f"partner:{system.id}",
        "",
        "",
        frozenset({"PARTNER"}),
        min(system.level, grant.level) if grant else _LEVEL,
        agency_id=system.agency_id,
        visible=frozenset({system.agency_id}),
        bound={_CLAIM[name]: text for name, text in details.items() if name in _CLAIM},
    )


def fault(code: str, expected: object, received: object, *, header: str = "Authorization") -> Fault:
    """A refusal of a bound token, with the challenge of RFC 9449 §7.1."""
    refusal = Fault(
        Kind.UNAUTHENTICATED, code, header=header, expected=expected, received=received, at=real_time()
    )
    said = _SAID.get(code, "The token is not valid here.")
    challenge = f'DPoP error="invalid_token", error_description="{said}", algs="ES256 EdDSA PS512"'
    refusal.headers["www-authenticate"] = challenge
    return refusal
