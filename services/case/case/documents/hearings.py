"""Fills the documents of a hearing and of a discussion from the dossier of a case."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from case.contract.hearings import (
    DiscussionConclusionOrder,
    HearingOrder,
    HearingRecordOrder,
    HearingReportOrder,
)
from case.documents import DocumentKind
from case.documents.deliberation import TRIGGER, proposal_line
from case.documents.deliberationcontent import (
    DiscussionRecord,
    HeadsWords,
    HearingNotice,
    HearingRecord,
    HearingReport,
)
from case.documents.filling import agency_of, number_of, party_name
from case.domain.contents import Proposal
from case.domain.deadlines import Terms
from case.domain.deliberation import Discussion, Hearing, Opinion, Presence, Secrecy
from case.domain.lawoftime import item_of
from case.domain.triggers import discussion_triggers
from case.store.deliberationtexts import Words
from case.store.dossiers import Dossier
from common.documents.glyphs import as_drawable
from common.values.profile import Office

_OPENNESS: Final = {
    None: "听证公开举行",
    Secrecy.STATE_SECRET: "听证因涉及国家秘密不公开举行",
    Secrecy.TRADE_SECRET: "听证因涉及商业秘密不公开举行",
    Secrecy.PRIVACY: "听证因涉及个人隐私不公开举行",
}
_COURSE: Final = {
    Presence.ATTENDED: "当事人或者其代理人出席了听证，进行了申辩和质证",
    Presence.ABSENT: "当事人及其代理人无正当理由拒不出席听证，视为放弃听证权利，听证终止",
    Presence.LEFT: "当事人及其代理人未经许可中途退出听证，视为放弃听证权利，听证终止",
}
_SIGNING: Final = {
    "SIGNED": "本笔录经当事人或者其代理人核对无误，已签字或者盖章",
    "REFUSED": "当事人或者其代理人拒绝签字、盖章，听证主持人注明",
    "WAIVED": "当事人放弃听证，没有签字",
}
_OPINION: Final = {
    Opinion.AS_PROPOSED: "建议按照拟作出的处罚作出决定",
    Opinion.LIGHTER: "建议给予较轻的处罚",
    Opinion.NO_PENALTY: "建议不予行政处罚",
    Opinion.INVESTIGATE_FURTHER: "建议补充调查",
}
_WANTED: Final = "行政机关负责人认为应当集体讨论"
_NO_PENALTY: Final = "不同意给予行政处罚"


def hearing_notice_of(dossier: Dossier, office: Office, terms: Terms, order: HearingOrder) -> HearingNotice:
    """D-18a, from the order of the hearing."""
    return HearingNotice(
        number=number_of(dossier, office, DocumentKind.HEARING_NOTICE),
        case_code=dossier.case.number,
        agency=agency_of(office),
        party=party_name(dossier),
        act=_act(dossier, terms),
        opens_at=order.opens_at,
        place=order.place,
        openness=_OPENNESS[Secrecy(order.closed_for) if order.closed_for else None],
        chair=order.chair_name,
    )


def hearing_record_of(
    dossier: Dossier, office: Office, terms: Terms, order: HearingRecordOrder, at: datetime
) -> HearingRecord:
    """D-18b, as the chair records it."""
    hearing = _hearing(dossier)
    presence, note = Presence(order.presence), order.signing_note
    return HearingRecord(
        number=number_of(dossier, office, DocumentKind.HEARING_RECORD),
        case_code=dossier.case.number,
        agency=agency_of(office),
        party=party_name(dossier),
        act=_act(dossier, terms),
        began_at=order.began_at,
        ended_at=at,
        place=hearing.place or "",
        openness=_OPENNESS[hearing.closed_for],
        chair=order.signed_as,
        attendees=tuple(order.attendees),
        case_made=tuple(as_drawable(line) for line in order.case_made),
        course=_COURSE[presence],
        signing=_SIGNING[order.signing] + (f"：{as_drawable(note)}" if note else ""),
        is_heard=presence is Presence.ATTENDED,
        agents=tuple(order.agents),
        said=tuple(as_drawable(line) for line in order.party_said),
        examined=tuple(order.examined),
    )


def hearing_report_of(
    dossier: Dossier, office: Office, terms: Terms, order: HearingReportOrder, at: datetime
) -> HearingReport:
    """D-18c, from the record and the chair's opinion."""
    hearing = _hearing(dossier)
    assert hearing.held_at is not None
    assert hearing.presence is not None
    return HearingReport(
        number=number_of(dossier, office, DocumentKind.HEARING_REPORT),
        case_code=dossier.case.number,
        agency=agency_of(office),
        act=_act(dossier, terms),
        held_at=hearing.held_at,
        place=hearing.place or "",
        course=_COURSE[hearing.presence],
        findings=tuple(as_drawable(line) for line in order.findings),
        opinion=_OPINION[Opinion(order.opinion)],
        reasons=tuple(as_drawable(line) for line in order.reasons),
        chair=order.signed_as,
        reported_at=at,
    )


def discussion_of(
    dossier: Dossier,
    office: Office,
    terms: Terms,
    discussion: Discussion,
    agreed: Proposal | None,
    order: DiscussionConclusionOrder,
    words: list[Words],
    at: datetime,
) -> DiscussionRecord:
    """D-22: every opinion as its head gave it, and the conclusion. `words` are in the order of the opinions."""
    called_for = discussion_triggers(dossier.case, discussion.proposal, terms)
    return DiscussionRecord(
        number=number_of(dossier, office, DocumentKind.DISCUSSION),
        case_code=dossier.case.number,
        agency=agency_of(office),
        act=_act(dossier, terms),
        proposal=proposal_line(discussion.proposal),
        triggers=tuple(TRIGGER[trigger] for trigger in called_for) or (_WANTED,),
        convened_at=discussion.convened_at,
        concluded_at=at,
        place=order.place,
        chair=order.signed_as,
        recorder=order.recorder,
        opinions=tuple(
            HeadsWords(said.signed_as, as_drawable(said.text), opinion.agrees)
            for said, opinion in zip(words, discussion.opinions, strict=True)
        ),
        conclusion=as_drawable(order.conclusion),
        agreed=f"同意给予{proposal_line(agreed)}的处罚" if agreed else _NO_PENALTY,
        observers=tuple(order.observers),
    )


def _act(dossier: Dossier, terms: Terms) -> str:
    return item_of(dossier.case, terms).name


def _hearing(dossier: Dossier) -> Hearing:
    assert dossier.case.hearing is not None
    return dossier.case.hearing
