"""Typed, prefixed, time-ordered identifiers.

    dev_01jd8x…   =   prefix of the kind   _   26 characters of a UUIDv7 in Crockford's base 32 (TypeID)

Ids sort by their time of creation, show the kind of their object, and are stored as text. A record in the ledger has
no kind: its id is the bare UUIDv7 of `record_id`.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any, ClassVar, Final, Self
from uuid import UUID

from pydantic_core import CoreSchema, core_schema

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_BODY = r"[0-7][0-9a-hjkmnp-tv-z]{25}"


def uuid7(at: datetime) -> UUID:
    """A UUIDv7 (RFC 9562 §5.7) whose 48-bit millisecond field is `at`; 74 random bits."""
    return UUID(int=_number7(at, secrets.randbits(74)))


def _number7(at: datetime, random: int) -> int:
    millis = int(at.timestamp() * 1000) & (1 << 48) - 1
    return millis << 80 | 0x7 << 76 | random >> 62 << 64 | 0b10 << 62 | random & (1 << 62) - 1


def record_id(at: datetime) -> UUID:
    """The id of a ledger record made at `at`."""
    return uuid7(at)


def record_ids(at: datetime, count: int) -> list[UUID]:
    """The ids of `count` records made at `at`. One read of the system's random source serves all of them."""
    random = secrets.token_bytes(10 * count)
    parts = (random[10 * n : 10 * (n + 1)] for n in range(count))
    return [UUID(int=_number7(at, int.from_bytes(part, "big") >> 6)) for part in parts]


class Id(str):
    """An identifier of one kind. Subclasses name their prefix and the noun of their stream."""

    prefix: ClassVar[str]
    noun: ClassVar[str]
    _pattern: ClassVar[re.Pattern[str]]

    def __init_subclass__(cls, *, prefix: str, noun: str) -> None:
        cls.prefix = prefix
        cls.noun = noun
        cls._pattern = re.compile(rf"{prefix}_{_BODY}")

    def __new__(cls, value: str) -> Self:
        """`value` as this kind of id. Raises ValueError for anything else."""
        if not cls._pattern.fullmatch(value):
            raise ValueError(f"a {cls.noun} id is {cls.prefix}_ and 26 characters of base 32")
        return super().__new__(cls, value)

    @classmethod
    def new(cls, at: datetime) -> Self:
        """A fresh id that sorts at `at`."""
        return cls.numbered(_number7(at, secrets.randbits(74)))

    @classmethod
    def numbered(cls, number: int) -> Self:
        """The id of this 128-bit number."""
        if number >> 128:
            raise ValueError("a number of an id has at most 128 bits")
        # Two letters at a time, and unchecked: it has the right form, and an import makes thousands.
        body = "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
        return str.__new__(cls, f"{cls.prefix}_{body}")

    @property
    def stream(self) -> str:
        """The name of this object's stream of records: `device/dev_…`."""
        return f"{self.noun}/{self}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.str_schema(pattern=f"^{cls.prefix}_{_BODY}$"),
            serialization=core_schema.plain_serializer_function_ser_schema(
                str, return_schema=core_schema.str_schema()
            ),
        )


class AgencyId(Id, prefix="agy", noun="agency"): ...


NO_AGENCY: Final = AgencyId("agy_00000000000000000000000000")
"""Stands where a decision needs an agency and the object has none: no agency has this id."""


class OfficerId(Id, prefix="off", noun="officer"): ...


class PartyId(Id, prefix="pty", noun="party"): ...


class SharingId(Id, prefix="shr", noun="sharing"): ...


class PartnerId(Id, prefix="ptn", noun="partner"): ...


class DeviceId(Id, prefix="dev", noun="device"): ...


class PublicListId(Id, prefix="pbl", noun="public_list"): ...


class PlanId(Id, prefix="pln", noun="plan"): ...


class FindingId(Id, prefix="fnd", noun="finding"): ...


class CampaignId(Id, prefix="cln", noun="campaign"): ...


class CleanupReportId(Id, prefix="clr", noun="cleanup_report"): ...


class InspectionId(Id, prefix="ins", noun="inspection"): ...


class AnnualReportId(Id, prefix="anr", noun="annual_report"): ...


class AnomalyReviewId(Id, prefix="abr", noun="anomaly"): ...


class ThresholdsId(Id, prefix="thr", noun="thresholds"): ...


class AnalysisId(Id, prefix="dan", noun="analysis"): ...


class OffsiteInspectionId(Id, prefix="osi", noun="offsite_inspection"): ...


class OnsiteTaskId(Id, prefix="ost", noun="onsite_task"): ...


class EvidenceId(Id, prefix="evd", noun="evidence"): ...


class CaseId(Id, prefix="cas", noun="case"): ...


class LegalSourceId(Id, prefix="lgs", noun="legal_source"): ...


class MatterId(Id, prefix="mtr", noun="matter"): ...


class LegalSuccessionId(Id, prefix="lgx", noun="legal_succession"): ...


class DocumentId(Id, prefix="doc", noun="document"): ...


class PublicationId(Id, prefix="pub", noun="publication"): ...


class MessageId(Id, prefix="msg", noun="message"): ...


class ConsentId(Id, prefix="cns", noun="consent"): ...


class DeliveryId(Id, prefix="dlv", noun="delivery"): ...


class ServiceId(Id, prefix="sop", noun="service"): ...


class TemplateId(Id, prefix="tpl", noun="template"): ...


class MailingId(Id, prefix="mlg", noun="mailing"): ...


class HookId(Id, prefix="hok", noun="hook"): ...


class PreferenceId(Id, prefix="prf", noun="preference"): ...


class HandsetId(Id, prefix="hst", noun="handset"): ...


class SessionId(Id, prefix="ses", noun="session"): ...


class ImportId(Id, prefix="imp", noun="import"): ...


class ExchangeId(Id, prefix="exc", noun="exchange"): ...


class ComparisonId(Id, prefix="cmp", noun="comparison"): ...


class ApplicationId(Id, prefix="app", noun="application"): ...


class AgreementId(Id, prefix="agr", noun="agreement"): ...


class PurposeId(Id, prefix="pur", noun="purpose"): ...


class CatalogueItemId(Id, prefix="cat", noun="catalogue"): ...


class DataUseId(Id, prefix="use", noun="use"): ...


class DisputeId(Id, prefix="dsp", noun="dispute"): ...


class WebhookId(Id, prefix="whk", noun="webhook"): ...


class DeferralId(Id, prefix="dfr", noun="deferral"): ...


class UsageLineId(Id, prefix="usl", noun="usage"):
    """The line of usages of one identifier. Its number is a digest and no time, so it sorts by nothing."""


class OversightItemId(Id, prefix="ovi", noun="oversight"): ...
