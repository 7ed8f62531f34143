"""Partners and their applications on the wire."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from common.values.ids import AgencyId, AgreementId, ApplicationId, PartnerId, PurposeId
from common.web.wire import Code, In, Instant, Out, Text


def _network(text: str) -> str:
    return str(ip_network(text))


Network = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-fA-F:.]{2,45}/[0-9]{1,3}$"),
    AfterValidator(_network),
    Field(examples=["10.20.0.0/16"]),
]
"""A range of addresses, CIDR."""

Division = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$"), Field(examples=["310101"])]
"""A code of GB/T 2260."""

Kid = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._:-]{0,63}$")]
"""The id of a key, as the partner chose it."""

Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{2,1024}$")]
"""base64url without padding."""


class PartnerOrder(In):
    """The caller's agency shall become a partner. `credit_code` is its unified social credit code (GB 32100-2015)."""

    credit_code: Annotated[
        str, StringConstraints(pattern=r"^[0-9A-Z]{18}$"), Field(examples=["91350100M000100Y43"])
    ]
    region: Division
    level: int = Field(ge=1, le=3)


class EmptyOrder(In):
    """The body of this act is empty: the object says everything."""


class ReasonOrder(In):
    """Why, in words. The record holds a commitment to them."""

    reason: Text


class PartnerView(Out):
    """One partner. `host_agency_id` is the agency that reviews it."""

    partner_id: PartnerId
    agency_id: AgencyId
    host_agency_id: AgencyId
    credit_code: str
    region: str
    level: int
    state: str


class ApplicationOrder(In):
    """One system of the partner. `networks` are the ranges in which the platform may call it."""

    networks: list[Network] = Field(default=[], max_length=16)


class KeySetOrder(In):
    """The whole set of the application's public keys (RFC 7517), in `keys` or at `jwks_uri`.

    A key that stands no longer in the set is revoked.
    """

    keys: list[dict[str, Any]] = Field(default=[], max_length=8)
    jwks_uri: (
        Annotated[
            str,
            StringConstraints(pattern=r"^https?://[^\s]{1,500}$"),
            Field(examples=["https://partner.example/jwks.json"]),
        ]
        | None
    ) = None


class KeyView(Out):
    """One key. It can be used once `proven_at` is there and until `revoked_at` is."""

    kid: str
    algorithm: str
    thumbprint: str
    added_at: datetime
    proven_at: datetime | None
    revoked_at: datetime | None


class ApplicationView(Out):
    """One application with its keys."""

    application_id: ApplicationId
    partner_id: PartnerId
    agency_id: AgencyId
    state: str
    networks: list[str]
    jwks_uri: str | None
    report_sha256: str | None
    reported_at: datetime | None
    proposed_by: str | None
    live_at: datetime | None
    keys: list[KeyView]


class ChallengeView(Out):
    """Write the id of the key for `<kid>` in `message` and sign that with the private key, once until `expires_at`."""

    nonce: str
    message: str
    expires_at: datetime


class KeyProofOrder(In):
    """`signature` is base64url over the bytes of `mingzheng-key-proof/v1`, the application, the key and the nonce, one
    a line, each line ended.
    """

    nonce: Token
    signature: Token


class KeyRevocationOrder(In):
    """Why the key ends."""

    reason: Literal["REPLACED", "COMPROMISED"]


class ReportOrder(In):
    """A signed note (C2SP signed-note) of the kind `mingzheng-statement/v1 conformance-report`."""

    note: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class CredentialPurpose(Out):
    """An agreement and a purpose under which the application may ask for a token now."""

    agreement_id: AgreementId
    purpose_id: PurposeId
    level: int


class CredentialsView(Out):
    """What the issuer and the gateway need to know an application by: keys that can be used, and what is granted."""

    application_id: ApplicationId
    agency_id: AgencyId
    level: int
    is_live: bool
    keys: list[CredentialKey]
    grants: list[CredentialPurpose]


class CredentialKey(Out):
    """One usable key; `jwk` is its public members as JSON."""

    kid: str
    jwk: str


class AnswerKeyView(Out):
    """One Ed25519 key as a JWK."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    use: Literal["sig"] = "sig"
    kid: str
    x: str


class AnswerKeysView(Out):
    """A key set of RFC 7517."""

    keys: list[AnswerKeyView]


class ReportFacts(In):
    """The second line of a conformance report's text is this as JSON: the list of checks, and when each was passed."""

    application_id: ApplicationId
    passed: Literal[True]
    tested_at: Instant
    list: Code
    version: int = Field(ge=1)
    checks: int = Field(ge=1)
    results: dict[Code, Instant] = Field(max_length=100)


CredentialsView.model_rebuild()
