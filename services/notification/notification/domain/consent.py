"""Consent to electronic service: a form of its own, signed by the party, withdrawn at any time for the future.

Electronic service needs a consent that covers the kind of document and stands at the moment of delivery (APL 61(2)).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import ConsentId, PartyId
from common.values.law import APL_61_2
from ledger.canonical import canonical, instant


@dataclass(frozen=True)
class Statement:
    """The text of a confirmation of electronic service (D-26), as the agency's legal office approved it."""

    version: str
    text: str
    documents: tuple[str, ...]
    channels: tuple[str, ...]


STATEMENT: Final = Statement(
    version="ES-2025.1",
    text=(
        "我同意行政执法机关以电子方式向我送达本确认书所列的法律文书。文书到达我指定的电子送达地址所在系统的日期，"
        "即为送达日期，并产生与直接送达同等的法律效力；无论我是否打开阅读。电子送达地址变更的，我应当及时告知并重新确认。"
        "我有权随时要求取得纸质文书，也有权随时撤回本同意；撤回自撤回之时起生效，不影响此前已经完成的送达。"
        "是否同意电子送达，不影响我的实体权利和处理结果。"
    ),
    documents=("D-03", "D-14", "D-18a", "D-20", "D-20a", "D-24", "D-27", "D-36", "D-36a"),
    channels=("INBOX", "EMAIL", "FAX"),
)


@dataclass(frozen=True)
class Consent:
    """A party's consent to electronic service of `documents`. `address` is the commitment to the address."""

    id: ConsentId
    party_id: PartyId
    documents: frozenset[str]
    channel: str
    address: bytes
    text_version: str
    signed_at: datetime
    withdrawn_at: datetime | None = None

    @property
    def sha256(self) -> str:
        """The digest of what was signed, in hex. A record of a service names it: nobody can exchange the consent."""
        signed = [
            self.id,
            self.party_id,
            sorted(self.documents),
            self.channel,
            self.address.hex(),
            self.text_version,
            instant(self.signed_at),
        ]
        return hashlib.sha256(canonical(signed)).hexdigest()

    def stands(self, at: datetime) -> bool:
        """Whether it was signed by `at` and not withdrawn by then."""
        return self.signed_at <= at and (self.withdrawn_at is None or at < self.withdrawn_at)

    def covers(self, document_kind: str) -> bool:
        return document_kind in self.documents


@dataclass(frozen=True)
class ConsentSigned(Fact):
    """The party signed. The address enters as a commitment; the text by its version."""

    type: ClassVar[str] = "consent.signed"

    party_id: PartyId
    documents: tuple[str, ...]
    channel: str
    address: Commitment
    text_version: str

    @property
    def subject(self) -> str | None:
        return self.party_id.stream


@dataclass(frozen=True)
class ConsentWithdrawn(Fact):
    """The party took the consent back, for the future."""

    type: ClassVar[str] = "consent.withdrawn"

    party_id: PartyId

    @property
    def subject(self) -> str | None:
        return self.party_id.stream


def sign_consent(
    consent_id: ConsentId,
    party_id: PartyId,
    *,
    documents: Sequence[str],
    channel: str,
    address: Commitment,
    text_version: str,
) -> ConsentSigned:
    """Take the party's signed confirmation (APL 61(2)).

    It must be to the text in force, because a consent to a text that nobody can show any more proves nothing. It may
    cover only documents and channels that the text names, because the party was told about no others.
    """
    if text_version != STATEMENT.version:
        raise Refusal(
            Kind.INVALID, "NOTI_STATEMENT_VERSION", {"version": STATEMENT.version}, article=APL_61_2
        )
    if not documents or not set(documents) <= set(STATEMENT.documents) or channel not in STATEMENT.channels:
        accepted = f"{', '.join(STATEMENT.documents)} by {', '.join(STATEMENT.channels)}"
        raise Refusal(Kind.INVALID, "NOTI_CONSENT_SCOPE", {"accepted": accepted}, article=APL_61_2)
    return ConsentSigned(consent_id, party_id, tuple(sorted(set(documents))), channel, address, text_version)


def withdraw_consent(consent: Consent) -> ConsentWithdrawn:
    """Take the consent back. No reason is asked for; a document that was served before stays served."""
    if consent.withdrawn_at is not None:
        raise Refusal(Kind.CONFLICT, "NOTI_CONSENT_WITHDRAWN", {"consent": consent.id}, article=APL_61_2)
    return ConsentWithdrawn(consent.id, consent.party_id)


def begun(fact: ConsentSigned, *, at: datetime) -> Consent:
    """The consent that `fact`, recorded at `at`, begins."""
    return Consent(
        ConsentId(fact.owner),
        fact.party_id,
        frozenset(fact.documents),
        fact.channel,
        fact.address.digest,
        fact.text_version,
        at,
    )


def after(consent: Consent, fact: ConsentWithdrawn, *, at: datetime) -> Consent:
    """The consent as `fact`, recorded at `at`, leaves it."""
    return replace(consent, withdrawn_at=at)


def find_consent(
    consents: Sequence[Consent], document_kind: str, *, at: datetime, channel: str | None = None
) -> Consent | None:
    """The oldest consent that stands at `at` and covers `document_kind`, by `channel` where one is named, or None."""
    standing = [
        consent
        for consent in consents
        if consent.stands(at) and consent.covers(document_kind) and channel in (None, consent.channel)
    ]
    return min(standing, key=lambda consent: consent.signed_at, default=None)


def require_consent(consents: Sequence[Consent], document_kind: str, *, at: datetime) -> Consent:
    """The consent on which `document_kind` may be served electronically at `at` (Inv. 2).

    Raises Refusal NOTI_CONSENT_REQUIRED where none stands and covers it: electronic service without a
    signed confirmation has no effect, whatever the party has read (APL 61(2)).
    """
    consent = find_consent(consents, document_kind, at=at)
    if consent is None:
        raise Refusal(
            Kind.CONFLICT, "NOTI_CONSENT_REQUIRED", {"document_kind": document_kind}, article=APL_61_2
        )
    return consent
