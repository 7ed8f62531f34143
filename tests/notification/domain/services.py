"""Services of process for the tests of their rules: made as the rules make them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from common.values.calendar import legal_day
from common.values.datafiles import load_calendar, load_profile
from common.values.facts import Commitment
from common.values.ids import AgencyId, CaseId, DocumentId, OfficerId, ServiceId
from common.values.manner import Manner
from common.values.profile import ServiceStrategy
from notification.domain.consent import Consent
from notification.domain.serving.effecting import Capacity, Hand, Handed, Hands, Witness, fail_step, reach
from notification.domain.serving.electronic import Rule, dispatch
from notification.domain.serving.manners import Beginning, begin
from notification.domain.serving.notice import add_proof
from notification.domain.serving.opening import Order, begun, open_service
from notification.domain.serving.service import (
    Changing,
    Failure,
    Ground,
    PartyKind,
    ProofKind,
    Service,
    after,
)
from tests.notification.domain.test_consent import PARTY, consent

NOON = datetime(2025, 3, 10, 4, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CERTIFIED_UNTIL: Final = legal_day(NOON) + timedelta(days=400)
"""The last day of both certificates."""
SERVER, SECOND, LEAD = OfficerId.new(NOON), OfficerId.new(NOON), OfficerId.new(NOON)
TEXT = Commitment(bytes(32))
ARRIVAL = Rule(ServiceStrategy.ARRIVAL, 24)
TRAFFIC = Rule(ServiceStrategy.SEND_SUCCESS_REBUTTABLE, 24)
PROFILE = load_profile("DEMO")
GROUND = {
    Manner.LEAVING: Ground.REFUSED,
    Manner.ENTRUSTED: Ground.DIRECT_DIFFICULT,
    Manner.POSTAL: Ground.DIRECT_DIFFICULT,
    Manner.FORWARDED: Ground.IMPRISONED,
    Manner.PUBLIC_NOTICE: Ground.OTHERS_FAILED,
}


def opened(*, kind: PartyKind = PartyKind.PERSON, first: Manner = Manner.DIRECT, **changes: Any) -> Service:
    """A decision to be served on PARTY, ordered at NOON."""
    order = Order(
        agency_id=AgencyId.new(NOON),
        case_id=CaseId.new(NOON),
        party_id=PARTY,
        party_kind=kind,
        document_id=DocumentId.new(NOON),
        document_kind="D-20a",
        document_sha256="ab" * 32,
        first=first,
        cause="0195a1b2-0000-7000-8000-000000000001",
        ordered_at=NOON,
        counts_from=date(2025, 3, 10),
    )
    given = {"profile": PROFILE, "calendar": load_calendar()} | changes
    return begun(open_service(ServiceId.new(NOON), order, **given))


def digest(kind: ProofKind) -> str:
    return f"{list(ProofKind).index(kind):064x}"


def with_proofs(service: Service, *kinds: ProofKind) -> Service:
    for kind in kinds or tuple(ProofKind):
        fact = add_proof(service, kind, sha256=digest(kind), size=1, by=SERVER)
        if fact is not None:
            service = after(service, fact, at=NOON)
    return service


def start(service: Service, manner: Manner, *, at: datetime = NOON, **changes: Any) -> Changing:
    """The manner begins at `at` on the usual ground."""
    given: dict[str, Any] = {"ground": GROUND.get(manner), "reasons": True, "consent_stands": False} | changes
    beginning = Beginning(manner, given["ground"], at, SERVER, has_reasons=given["reasons"])
    return begin(
        service,
        beginning,
        texts=TEXT,
        consent_stands=given["consent_stands"],
        public_notice_days=30,
        at=at,
    )


def sending(service: Service, *, at: datetime = NOON, of: Consent | None = None) -> Changing:
    """The electronic manner begins at `at`."""
    return dispatch(service, of or consent(), by=None, at=at)


def handed(service: Service, n: int, *, at: datetime = NOON, **changes: Any) -> Changing:
    """Step `n` reached the party at `at`, with every proof that was uploaded."""
    given: dict[str, Any] = {
        "signed_as": Capacity.SELF
        if service.party_kind is PartyKind.PERSON
        else Capacity.LEGAL_REPRESENTATIVE,
        "witness": Witness.GRASSROOTS_ORGANISATION,
        "proofs": tuple(proof.sha256 for proof in service.proofs),
        "second": SECOND,
        "first_until": CERTIFIED_UNTIL,
        "second_until": CERTIFIED_UNTIL,
        "second_agency": service.agency_id,
    } | changes
    what = Handed(at, given["signed_as"], given["witness"], given["proofs"])
    second = Hand(given["second"], given["second_agency"], given["second_until"]) if given["second"] else None
    hands = Hands(Hand(SERVER, service.agency_id, given["first_until"]), second)
    return reach(service, n, what, hands, texts=None, at=at)


def failing(service: Service, n: int, reason: Failure, *, at: datetime = NOON) -> Changing:
    """Step `n` failed for `reason`."""
    return fail_step(service, n, reason, failed_at=at, proofs=(), texts=TEXT, by=SERVER, at=at)


def failed(service: Service, manner: Manner, reason: Failure, *, at: datetime = NOON) -> Service:
    """The service after `manner` was tried and failed for `reason`."""
    service = after(service, start(service, manner, at=at), at=at)
    return after(service, failing(service, len(service.steps), reason, at=at), at=at)
