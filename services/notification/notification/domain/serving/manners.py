"""Which manner of service may begin, and why (CPL 87–95).

ELECTRONIC     the party consented and signed, and the consent covers the document (APL 61(2))
DIRECT         always, also while a letter or a public notice runs: a party who comes is handed the document
LEAVING        after a direct service that was refused (CPL 89)
ENTRUSTED, POSTAL   where direct service is difficult (CPL 91)
FORWARDED      to a soldier, a prisoner, a person under compulsory education (CPL 92, 93)
PUBLIC_NOTICE  the whereabouts are unknown, or every other manner failed (CPL 95)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from common.values.calendar import DAY, end_of, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import CaseId, ConsentId, OfficerId
from common.values.law import (
    APL_61,
    APL_61_2,
    CPL_88,
    CPL_89,
    CPL_91,
    CPL_92,
    CPL_93,
    CPL_95,
    Article,
)
from common.values.manner import Manner
from notification.domain.serving.service import (
    Changing,
    Failure,
    Ground,
    ProofKind,
    Service,
    Step,
    require_not_erased,
    require_waiting,
)

GROUNDS: Final[dict[Manner, dict[Ground | None, Article]]] = {
    Manner.ELECTRONIC: {None: APL_61_2},
    Manner.DIRECT: {None: CPL_88},
    Manner.LEAVING: {Ground.REFUSED: CPL_89},
    Manner.ENTRUSTED: {Ground.DIRECT_DIFFICULT: CPL_91},
    Manner.POSTAL: {Ground.DIRECT_DIFFICULT: CPL_91},
    Manner.FORWARDED: {
        Ground.MILITARY: CPL_92,
        Ground.IMPRISONED: CPL_93,
        Ground.COMPULSORY_EDUCATION: CPL_93,
    },
    Manner.PUBLIC_NOTICE: {Ground.WHEREABOUTS_UNKNOWN: CPL_95, Ground.OTHERS_FAILED: CPL_95},
}
"""The grounds that open each manner, and the article of each."""


@dataclass(frozen=True)
class StepBegun(Changing):
    """A manner was begun: on which ground, by whom, with which consent. `texts` commits to what the officer wrote."""

    type: ClassVar[str] = "service.step_begun"

    case_id: CaseId
    n: int
    manner: Manner
    ground: Ground | None
    law: str
    begun_at: datetime
    channel: str | None = None
    consent_id: ConsentId | None = None
    consent_sha256: str | None = None
    deemed_on: date | None = None
    failed_steps: tuple[int, ...] = ()
    texts: Commitment | None = None
    by: OfficerId | None = None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        step = Step(
            n=self.n,
            manner=self.manner,
            ground=self.ground,
            begun_at=self.begun_at,
            channel=self.channel,
            consent_id=self.consent_id,
            deemed_on=self.deemed_on,
        )
        return replace(service, steps=(*service.steps, step))


@dataclass(frozen=True)
class Beginning:
    """What an officer says of a manner that begins. `at` is when it was done, sent or published."""

    manner: Manner
    ground: Ground | None
    at: datetime
    by: OfficerId
    has_reasons: bool


def begin(
    service: Service,
    beginning: Beginning,
    *,
    texts: Commitment | None,
    consent_stands: bool,
    public_notice_days: int,
    at: datetime,
) -> StepBegun:
    """Begin a manner other than the electronic one. `consent_stands`: the document could be served electronically.

    Whoever may be reached otherwise is not served by a notice that they will hardly read. So a public notice is the
    last manner, and its reasons and its course go on record (CPL 95).
    """
    require_not_erased(service)
    require_waiting(service, act="beginning a manner")
    law = _require_ground(beginning)
    if beginning.manner is not Manner.DIRECT:
        require_none_running(service)
    _require_condition(service, beginning, consent_stands=consent_stands)
    _require_time(service, beginning, at)
    deemed = None
    if beginning.manner is Manner.PUBLIC_NOTICE:
        deemed = legal_day(beginning.at) + timedelta(days=public_notice_days)
    return StepBegun(
        service.id,
        service.case_id,
        len(service.steps) + 1,
        beginning.manner,
        beginning.ground,
        law.cite,
        beginning.at,
        deemed_on=deemed,
        failed_steps=tuple(step.n for step in service.steps if step.failure is not None),
        texts=texts,
        by=beginning.by,
    )


def require_none_running(service: Service) -> None:
    """Raises Refusal NOTI_SERVICE_STEP_RUNNING while another manner runs: one document, one course."""
    if service.running:
        raise Refusal(
            Kind.CONFLICT,
            "NOTI_SERVICE_STEP_RUNNING",
            {"service": service.id, "manner": service.running[0].manner, "n": service.running[0].n},
            article=APL_61,
        )


def _require_ground(beginning: Beginning) -> Article:
    """The article of the ground. Raises Refusal NOTI_SERVICE_GROUND for a ground that does not open the manner."""
    grounds = GROUNDS[beginning.manner]
    first = next(iter(grounds.values()))
    if beginning.ground not in grounds:
        raise Refusal(
            Kind.INVALID,
            "NOTI_SERVICE_GROUND",
            {"manner": beginning.manner, "grounds": [str(ground) for ground in grounds if ground]},
            wording="" if None not in grounds else "none",
            article=first,
        )
    article = grounds[beginning.ground]
    if beginning.ground is not None and not beginning.has_reasons:
        raise Refusal(
            Kind.INVALID, "NOTI_SERVICE_REASONS_MISSING", {"manner": beginning.manner}, article=article
        )
    return article


def _require_time(service: Service, beginning: Beginning, at: datetime) -> None:
    earliest = _earliest(service, beginning, at)
    if not earliest <= beginning.at <= at:
        raise Refusal(
            Kind.INVALID,
            "NOTI_SERVICE_TIME",
            {"service": service.id, "from": earliest, "until": at},
            article=CPL_95 if beginning.manner is Manner.PUBLIC_NOTICE else APL_61,
        )


def _earliest(service: Service, beginning: Beginning, at: datetime) -> datetime:
    """Before this the manner was not open: what opens it had not ended yet.

    A public notice starts on the day on which it is registered: its conditions are looked at now, not as of a day of
    the past (CPL 95).
    """
    times = [service.ordered_at, *([service.denied_at] if service.in_doubt and service.denied_at else [])]
    if beginning.manner is Manner.PUBLIC_NOTICE:
        times.append(end_of(legal_day(at) - DAY))
    if beginning.ground is Ground.WHEREABOUTS_UNKNOWN:
        times += [min(asked)] if (asked := _inquiries(service)) else []
    elif beginning.ground in (Ground.REFUSED, Ground.OTHERS_FAILED):
        opening = (Manner.DIRECT,) if beginning.ground is Ground.REFUSED else tuple(Manner)
        times += [s.ended_at for manner in opening for s in service.failed(manner) if s.ended_at is not None]
    return max(times)


def _inquiries(service: Service) -> list[datetime]:
    return [proof.added_at for proof in service.proofs if proof.kind is ProofKind.INQUIRY]


def _require_condition(service: Service, beginning: Beginning, *, consent_stands: bool) -> None:
    match beginning.manner, beginning.ground:
        case Manner.LEAVING, _:
            missing = [] if _was_refused(service) else ["a refused direct service"]
            law = CPL_89
        case Manner.PUBLIC_NOTICE, Ground.WHEREABOUTS_UNKNOWN:
            missing = [] if service.has_proof(ProofKind.INQUIRY) else ["a proof of the inquiry"]
            law = CPL_95
        case Manner.PUBLIC_NOTICE, _:
            missing, law = _untried(service, consent_stands=consent_stands), CPL_95
        case _:
            return
    if missing:
        raise Refusal(
            Kind.CONFLICT,
            "NOTI_SERVICE_MANNER_NOT_OPEN",
            {"manner": beginning.manner, "missing": missing},
            article=law,
        )


def _was_refused(service: Service) -> bool:
    tried = service.failed(Manner.DIRECT)
    return bool(tried) and tried[-1].failure is Failure.REFUSED


def _untried(service: Service, *, consent_stands: bool) -> list[str]:
    """What has to fail before a public notice. A party who refuses is at home, and is served by leaving (CPL 89)."""
    missing = []
    if consent_stands and not service.failed(Manner.ELECTRONIC):
        missing.append("a failed electronic service")
    if not service.failed(Manner.DIRECT):
        missing.append("a failed direct service")
    if _was_refused(service) and not service.failed(Manner.LEAVING):
        missing.append("a failed leaving")
    if not (service.failed(Manner.POSTAL) or service.failed(Manner.ENTRUSTED)):
        missing.append("a failed service by post or entrusted")
    return missing
