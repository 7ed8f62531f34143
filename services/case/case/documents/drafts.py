"""Documents on their way: looked up, rendered and stored before the change that makes them valid.

    look (rule tried, nothing written) ─▶ render ─▶ blob ─▶ change: is the case as it was? ─▶ the act

Rendering and the blob store stay outside the transaction. If the case moved on or midnight passed in
between, the act is refused and the blob is an orphan that no record names.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from case import store
from case.documents import DocumentKind, render
from case.documents.content import (
    Agency,
    Answer,
    CaptureLine,
    Collection,
    Decision,
    DeviceLine,
    Officer,
    Party,
    PriorNotice,
    Prompt,
    Remedies,
)
from case.documents.wording import document_number
from case.domain.deadlines import DEFENCE_FLOOR_WD, Terms
from case.domain.performance import payment_reference
from case.domain.procedure import Case, PartyKind, Proposal
from case.runtime import CaseRuntime
from case.store import Dossier
from common.documents.content import Content
from common.documents.figures import day, moment
from common.documents.glyphs import as_drawable
from common.door.uow import Database, change
from common.policy import Mandate
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, DocumentId
from common.values.masking import masked_name
from common.values.profile import Office, PenaltyKind, Profile

_PREFIX: Final = {DocumentKind.PROMPT: "提", DocumentKind.PRIOR_NOTICE: "告", DocumentKind.DECISION: "罚"}
_PENALTY: Final = {PenaltyKind.FINE: "罚款", PenaltyKind.WARNING: "警告"}
_TEMPLATE_VERSION: Final = 1


@dataclass(frozen=True)
class Draft:
    """A document that exists as bytes and not yet in law. `revision` is the case it was made from."""

    id: DocumentId
    kind: DocumentKind
    number: str
    sha256: str
    revision: int
    made_at: datetime
    row: dict[str, Any]

    @property
    def template(self) -> str:
        return f"{self.kind}@{_TEMPLATE_VERSION}"

    def require_current(self, case: Case, at: datetime) -> None:
        """Raises Refusal CASE_CHANGED_MEANWHILE if the document no longer says what the case says."""
        if case.revision != self.revision or legal_day(at) != legal_day(self.made_at):
            raise Refusal(Kind.CONFLICT, "CASE_CHANGED_MEANWHILE", {"case": case.id})


@dataclass(frozen=True)
class Device:
    """A device as the decision prints it."""

    code: str
    place: str
    published_on: date


async def look(db: Database, mandate: Mandate, case_id: CaseId) -> tuple[Dossier, datetime]:
    """The case before its document is made, and the hour. A repeated request is answered here already."""
    async with change(db, mandate) as tx:
        case = await store.lock(tx, case_id)
        tx.permit(store.resource(case))
        dossier = await store.get_dossier(tx, case)
        return replace(dossier, agency_name=mandate.actor.agency_name), tx.now


async def make(
    runtime: CaseRuntime, dossier: Dossier, kind: DocumentKind, content: Content, at: datetime
) -> Draft:
    """Render `content` and keep the bytes under their hash, sealed for the case."""
    case, document_id = dossier.case, DocumentId.new(at)
    pdf = await asyncio.to_thread(render, kind, content, at, salt=secrets.token_hex(16))
    sha256 = await runtime.sealed.put(pdf, of=[case.id.stream])
    number = number_of(dossier, kind, runtime.profile)
    assert case.party is not None
    row = {
        "id": document_id,
        "agency_id": case.agency_id,
        "party_id": case.party.id,
        "kind": kind,
        "number": number,
        "template": f"{kind}@{_TEMPLATE_VERSION}",
        "sha256": sha256,
        "made_at": at,
    }
    return Draft(document_id, kind, number, sha256, case.revision, at, row)


def number_of(dossier: Dossier, kind: DocumentKind, profile: Profile) -> str:
    """The document's number: the agency's prefix, the kind, the case's year and serial. A case has one of each kind."""
    prefix = profile.office(dossier.agency_name).document_prefix + _PREFIX[kind]
    return document_number(prefix, year=dossier.year, serial=dossier.serial)


def prompt_of(dossier: Dossier, profile: Profile, *, correction: str, until: datetime) -> Prompt:
    """D-02: what is suspected, and how to put it right."""
    office, item = profile.office(dossier.agency_name), profile.item(dossier.case.violation_code)
    capture, party = dossier.exhibits[-1], dossier.party
    assert party is not None
    is_person = party["kind"] == PartyKind.PERSON
    return Prompt(
        number=number_of(dossier, DocumentKind.PROMPT, profile),
        case_code=dossier.case.number,
        agency=_agency(office),
        party=masked_name(party["name"]) if is_person else party["name"],
        happened_at=capture["captured_at"],
        place=capture["place"],
        act=item.name,
        correction=correction,
        correct_by=moment(until),
        query_channel=office.portal_url,
        query_code=dossier.case.number,
        stating=f"登录{office.portal_url}提交说明，或者到{office.address}当面说明",
        plate=capture["plate"],
    )


def notice_of(dossier: Dossier, terms: Terms) -> PriorNotice:
    """D-14: the report that both officers signed, told to the party."""
    office, case = terms.profile.office(dossier.agency_name), dossier.case
    item, report = terms.profile.item(case.violation_code), dossier.report
    assert report is not None
    assert case.conclusion is not None
    return PriorNotice(
        number=number_of(dossier, DocumentKind.PRIOR_NOTICE, terms.profile),
        case_code=case.number,
        agency=_agency(office),
        party=_party(dossier),
        facts=tuple(report["facts"]),
        captures=_captures(dossier),
        reasons=(*report["reasons"], _tier_line(dossier, terms.profile)),
        violated=(item.violated.zh,),
        basis=(item.penalty.zh,),
        penalty=_PENALTY[case.conclusion.proposal.kind],
        fine_fen=case.conclusion.proposal.fine_fen,
        defence_days=max(terms.limits.defence_wd, DEFENCE_FLOOR_WD),
        defence_channel=f"登录{office.portal_url}提交，或者到{office.address}当面、书面提出",
        query_channel=office.portal_url,
        query_code=case.number,
        officers=_officers(dossier),
    )


def decision_of(
    dossier: Dossier,
    terms: Terms,
    proposal: Proposal,
    *,
    surcharge_stated: bool,
    deviation_reason: str | None,
    devices: tuple[Device, ...],
) -> Decision:
    """D-20a: the items of APL 59, what the party said and what became of it, and why the benchmark was left."""
    profile, case = terms.profile, dossier.case
    office, item, report = (
        profile.office(dossier.agency_name),
        profile.item(case.violation_code),
        dossier.report,
    )
    notice = case.notice
    assert report is not None
    assert notice is not None
    assert notice.served_at is not None
    return Decision(
        number=number_of(dossier, DocumentKind.DECISION, profile),
        case_code=case.number,
        agency=_agency(office),
        party=_party(dossier),
        facts=tuple(report["facts"]),
        evidence=tuple(
            f"电子技术监控设备记录（编号{row['evidence_id']}），经两名审核人员审核，真实、清晰、完整、准确"
            for row in dossier.exhibits
        ),
        captures=_captures(dossier),
        devices=tuple(
            DeviceLine(device.code, device.place, device.published_on, "政府网站设备公开名录")
            for device in devices
        ),
        notice_number=dossier.document(notice.document_id)["number"],
        notice_served_on=legal_day(notice.served_at),
        discretion=(
            *report["reasons"],
            _tier_line(dossier, profile),
            *([as_drawable(deviation_reason)] if deviation_reason else []),
        ),
        violated=(item.violated.zh,),
        basis=(item.penalty.zh,),
        penalty=_PENALTY[proposal.kind],
        fine_fen=proposal.fine_fen,
        collection=Collection(
            institution=office.bank_name,
            address=office.bank_address,
            reference=payment_reference(case.id),
            days=terms.limits.pay_cd,
            surcharge="到期不缴纳罚款的，每日按罚款数额的百分之三加处罚款，加处罚款的数额不超过罚款数额"
            if surcharge_stated
            else "本决定不加处罚款",
        ),
        remedies=Remedies(
            office.reconsideration_organ,
            terms.limits.reconsideration_cd,
            office.court,
            terms.limits.litigation_months,
        ),
        officers=_officers(dossier),
        served_online=True,
        answers=tuple(
            Answer(as_drawable(row["statement"]), as_drawable(row["reason"] or ""), bool(row["adopted"]))
            for row in dossier.defences
        ),
        reconsideration_url=office.reconsideration_url,
    )


def _agency(office: Office) -> Agency:
    return Agency(name=office.agency_name, address=office.address, phone=office.phone)


def _party(dossier: Dossier) -> Party:
    row = dossier.party
    assert row is not None
    return Party(row["name"], row["identity_kind"], row["identity_number"], row["address"])


def _captures(dossier: Dossier) -> tuple[CaptureLine, ...]:
    return tuple(
        CaptureLine(row["evidence_id"], row["captured_at"], row["place"], row["device_code"], row["media"][0])
        for row in dossier.exhibits
    )


def _officers(dossier: Dossier) -> tuple[Officer, Officer]:
    first, second = (Officer(row["signed_as"], row["certificate"]) for row in dossier.signatures)
    return first, second


def _tier_line(dossier: Dossier, profile: Profile) -> str:
    assert dossier.case.conclusion is not None
    item = profile.item(dossier.case.violation_code)
    tier = next(tier for tier in item.tiers if tier.code == dossier.case.conclusion.tier)
    published = day(item.benchmark_published_on) if item.benchmark_published_on else "未公布"
    return (
        f"按照{published}公布的裁量基准，属于“{tier.name}”等次，"
        f"罚款幅度为{tier.min_fen // 100}元至{tier.max_fen // 100}元"
    )
