"""Asking other services about a case before its change is opened: about captures, devices, and other agencies."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from case.contract.penalties import digest_of
from case.domain.contents import Exhibit, Measurement, OtherPenalty
from case.domain.correcting import LookBack, began_at
from case.domain.deadlines import Terms
from case.domain.filing import require_party
from case.domain.incidents import codes_of_act
from case.domain.lawoftime import ruleset_of
from case.domain.others import Reply
from case.domain.procedure import Case
from case.domain.vouching import require_vouched
from case.runtime import CaseRuntime
from case.store.dossiers import Dossier
from case.store.lookback import count_earlier
from common.door.uow import view
from common.policy import Action, authorize, service_actor
from common.values.calendar import DAY, end_of
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, DeviceId, EvidenceId, OfficerId
from common.values.law import METROLOGY_9
from common.values.profile import Office
from data_exchange.contract import OtherAgencies, PenaltyInquiryOrder
from device_registry.contract import Capability, DeviceRegistry
from evidence.contract import CaptureView, Evidence
from gateway.identity.contract import Identity

_USABLE = frozenset({"ACCEPTED", "FROZEN"})
_OTHERS_S: Final = 5.0
"""How long the other agencies may take to say whether they punished the act."""


async def ask_again(runtime: CaseRuntime, case: Case) -> tuple[Exhibit, ...]:
    """The captures of `case` as evidence and the registry know them now."""
    exhibits = []
    for exhibit in case.exhibits:
        capture = await Evidence(runtime.peers).capture(exhibit.evidence_id)
        standing = await standing_of(runtime, capture)
        lawful = standing.allows(case.violation_code)
        backed_up = exhibit.backed_up or capture.backed_up
        exhibits.append(replace(exhibit_of(capture, device_lawful=lawful), backed_up=backed_up))
    return tuple(exhibits)


async def ask_for_filing(runtime: CaseRuntime, case: Case) -> tuple[Exhibit, ...]:
    """The captures of `case` that evidence still holds, from devices that the registry knows (NJ 3)."""
    known: list[Exhibit] = []
    for exhibit in case.exhibits:
        try:
            known.append(*await ask_again(runtime, replace(case, exhibits=(exhibit,))))
        except Refusal as refusal:
            if refusal.kind is not Kind.NOT_FOUND:
                raise
    return tuple(known)


async def require_vouched_ledger(runtime: CaseRuntime) -> None:
    """Raises Refusal LEDGER_NOT_WITNESSED if a notice or decision would rest on a ledger that nobody vouches for."""
    grace_s = runtime.profile.ledger.witness_grace_s
    if grace_s is None:
        return
    try:
        age_s = (await Evidence(runtime.peers).standing()).age_s
    except Refusal:
        age_s = None  # if the ledger cannot be asked, nobody vouches for it
    require_vouched(age_s, grace_s=grace_s)


async def ask_other_agencies(runtime: CaseRuntime, dossier: Dossier, *, within: timedelta) -> Reply:
    """What the other agencies say about the act of the case (APL 29). Silence is an answer of its own."""
    case, party = dossier.case, dossier.party
    subjects = [exhibit.plate for exhibit in dossier.exhibits if exhibit.plate]
    subjects += [party.texts.identity_number] if party and party.texts else []
    times = [exhibit.captured_at for exhibit in case.exhibits]
    if not subjects:
        return Reply(is_reached=True)
    return await _ask(runtime, case, subjects, began_at=min(times) - within, ended_at=max(times) + within)


async def _ask(
    runtime: CaseRuntime, case: Case, subjects: list[str], *, began_at: datetime, ended_at: datetime
) -> Reply:
    salt = secrets.token_hex(16)
    order = PenaltyInquiryOrder(
        agency_id=case.agency_id,
        case_id=case.id,
        salt=salt,
        digests=sorted({digest_of(salt, subject) for subject in subjects}),
        began_at=began_at,
        ended_at=ended_at,
        codes=codes_of_act(runtime.profile, case.violation_code),
    )
    try:
        async with asyncio.timeout(_OTHERS_S):
            answer = await OtherAgencies(runtime.peers).penalties(order)
    except (Refusal, TimeoutError):
        return Reply(is_reached=False)
    penalties = tuple(OtherPenalty(each.agency_id, each.number) for each in answer.penalties)
    return Reply(True, tuple(answer.asked), penalties, tuple(answer.unanswered), tuple(answer.urged))


async def look_back(runtime: CaseRuntime, dossier: Dossier, terms: Terms) -> LookBack:
    """The earlier violations of the party: in the cases of this city, and at the other agencies (APL 33(1)).

    Refusal CASE_PARTY_NOT_IDENTIFIED while nobody confirmed a party.
    """
    case = dossier.case
    require_party(case)
    codes, since = codes_of_act(runtime.profile, case.violation_code), terms.lookback_from(case.act_ended_at)
    counts = terms.profile.first_offence.count_waived
    within = ruleset_of(case, terms).merge.max_gap
    async with view(runtime.db, authorize(service_actor("case"), Action.CASE_READ)) as v:
        own = await count_earlier(
            v, dossier, codes, since=end_of(since - DAY), within=within, count_waived=counts
        )
    texts = dossier.party.texts if dossier.party else None
    others = Reply(is_reached=True)
    if texts is not None:
        subjects = [texts.identity_number]
        before = began_at(case) - within
        others = await _ask(runtime, case, subjects, began_at=end_of(since - DAY), ended_at=before)
    hits = len(others.penalties)
    return LookBack(since, tuple(codes), own, hits, others.asked, others.unanswered, others.is_reached)


async def standing_of(runtime: CaseRuntime, capture: CaptureView) -> Capability:
    """The standing of the device at the second of capture, as the registry knows it today (APL 41)."""
    registry = DeviceRegistry(runtime.peers)
    return (await registry.capability(DeviceId(capture.device_id), capture.captured_at)).capability


def exhibit_of(capture: CaptureView, *, device_lawful: bool) -> Exhibit:
    """A capture as the case knows it."""
    return Exhibit(
        EvidenceId(capture.id),
        DeviceId(capture.device_id),
        capture.captured_at,
        tuple(OfficerId(officer) for officer in capture.reviewers),
        accepted=capture.state in _USABLE and not capture.is_erased,
        device_lawful=device_lawful,
        backed_up=capture.backed_up,
        media=tuple(medium.sha256 for medium in capture.media),
        measurement=_measurement(capture),
    )


def _measurement(capture: CaptureView) -> Measurement | None:
    """The figures of the violation for which the capture was accepted; None where it is no measured one.

    Refusal CONFLICT where one of them is missing.
    """
    for held in capture.measurements:
        if held.violation_code == capture.violation_code:
            if held.value is None or held.error is None or held.deducted is None:
                # A figure that is missing is not 0: no notice may print one that nobody measured.
                facts = {"capture": capture.id, "violation": held.violation_code}
                raise Refusal(Kind.CONFLICT, "CASE_MEASUREMENT_INCOMPLETE", facts, article=METROLOGY_9)
            figures = (held.value, held.limit, held.error, held.deducted)
            return Measurement(held.quantity, held.unit, *map(Decimal, figures))
    return None


async def office_of(runtime: CaseRuntime, agency_id: AgencyId) -> Office:
    """What the profile prints of this agency, for an act of a party or of a service. Refusal PROFILE_INCOMPLETE."""
    agencies = await Identity(runtime.peers).agencies()
    name = next((each.name for each in agencies if each.agency_id == agency_id), None)
    return runtime.profile.office(name)
