"""What a notice needs to know, asked of case and identity before a change begins: a slow answer may hold no row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, TypeAlias

from case.contract import Case, NoticeContextView
from common.documents.figures import day
from common.door.blobs import sha256_hex
from common.policy import not_found
from common.values.clock import BEIJING
from common.values.ids import AgencyId, CaseId, DocumentId, PartyId
from gateway.identity.contract import Identity
from notification.domain.channels import Channel
from notification.domain.templates import Language
from notification.runtime import NotificationRuntime
from notification.store import documents

Says: TypeAlias = Mapping[Language, Mapping[str, str]]
"""Variables that follow from what asks for the notice, in each language."""


@dataclass(frozen=True)
class Paper:
    """The document that comes with a notice, as the record that asks for it names it."""

    document_id: DocumentId
    kind: str
    sha256: str


@dataclass(frozen=True)
class Asked:
    """A notice that something asks for. `cause` names what asks, so that it is made once.

    `agency_id` is the agency that asks, where one does: it tells in cases of its own alone. With `party_id` nobody else
    is told.
    """

    code: str
    case_id: CaseId
    cause: str
    paper: Paper | None = None
    says: Says = field(default_factory=dict)
    agency_id: AgencyId | None = None
    party_id: PartyId | None = None


@dataclass(frozen=True)
class Context:
    """What case and identity said. `intact`: the document is the one that the record names, or there is none."""

    of_case: NoticeContextView
    party_id: PartyId
    has_account: bool
    intact: bool

    @property
    def addresses(self) -> dict[Channel, str]:
        """Where the party can be reached, by channel; nothing that is not known."""
        known = {Channel.SMS: self.of_case.phone, Channel.EMAIL: self.of_case.email}
        return {channel: address for channel, address in known.items() if address}


async def find(runtime: NotificationRuntime, asked: Asked) -> Context | None:
    """The context of `asked`; None where the case has no party that could be told. Refusal NOT_FOUND for a case of
    another agency than the one that asks."""
    of_case = await Case(runtime.peers).notice_context(asked.case_id)
    if asked.agency_id is not None and of_case.agency_id != asked.agency_id:
        raise not_found(asked.case_id)
    if of_case.party_id is None or asked.party_id not in (None, of_case.party_id):
        return None
    has_account = await Identity(runtime.peers).has_account(of_case.party_id)
    return Context(of_case, of_case.party_id, has_account, await _keep(runtime, asked))


async def _keep(runtime: NotificationRuntime, asked: Asked) -> bool:
    """Keep the document's bytes; False if they are not those that the record names (Inv. 4)."""
    if asked.paper is None:
        return True
    content = await Case(runtime.peers).document(asked.paper.document_id)
    if sha256_hex(content) != asked.paper.sha256:
        return False
    await documents.put(runtime.sealed, content, asked.case_id)
    return True


_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_VEHICLE: Final = {Language.ZH: "的车辆{}", Language.EN: " (vehicle {})"}


def values_of(context: Context, says: Says, language: Language) -> dict[str, str | None]:
    """The variables of a text in `language`. The name is masked; the plate is whole: the contact is the party's."""
    of_case = context.of_case
    instant, a_day = (minute, day) if language is Language.ZH else (english_minute, english_day)
    return {
        "agency": of_case.agency_name,
        "phone": of_case.agency_phone,
        "address": of_case.agency_address,
        "portal": of_case.portal_url,
        "party": of_case.party_name,
        "vehicle": _VEHICLE[language].format(of_case.plate) if of_case.plate else "",
        "time": instant(of_case.happened_at),
        "place": of_case.place,
        "act": of_case.act,
        "correction": of_case.correction,
        "deadline": instant(of_case.correct_until) if of_case.correct_until else None,
        "query_code": of_case.query_code,
        "pay_by": a_day(of_case.pay_by) if of_case.pay_by else None,
        **says.get(language, {}),
    }


def minute(at: datetime) -> str:
    """`2025年3月3日9时05分`, Beijing time."""
    local = at.astimezone(BEIJING)
    return f"{day(local)}{local.hour}时{local.minute:02}分"


def english_day(on: date) -> str:
    """`3 March 2025`."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def english_minute(at: datetime) -> str:
    """`3 March 2025, 09:05 Beijing time`."""
    local = at.astimezone(BEIJING)
    return f"{english_day(local)}, {local:%H:%M} Beijing time"
