"""The life of an application: one system of a partner, with keys of its own.

    SANDBOX --pass_conformance--> CONFORMANCE_PASSED --propose_go_live, go_live--> PRODUCTION
    any of these --suspend--> SUSPENDED --resume--> the state before      any but TERMINATED --terminate--> TERMINATED

Production needs a conformance report that is younger than 180 days and two people: one proposes, another approves
(GDS 35(2): the measures against data that is obtained unlawfully begin with who may connect).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, ApplicationId, PartnerId
from common.values.law import GDS_35_2
from data_exchange.domain.partners import Partner, require_admitted, require_side

REPORT_LASTS: Final = timedelta(days=180)
"""A conformance report proves the version of a system that was tested; after half a year it proves little."""


class State(StrEnum):
    SANDBOX = "SANDBOX"
    CONFORMANCE_PASSED = "CONFORMANCE_PASSED"
    PRODUCTION = "PRODUCTION"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"


CALLING: Final = (State.SANDBOX, State.CONFORMANCE_PASSED, State.PRODUCTION)
"""The states in which an application may call: in the first two it talks to a sandbox."""


@dataclass(frozen=True)
class Application:
    """One system. `networks` are the ranges (CIDR) in which the platform may call it and fetch its keys.

    `report` is the digest of its conformance report and `reported_at` the day of the test. `proposed_by` asked for
    production. `live_at` is the first go-live. `resumes_to` is the state that a suspension interrupted.
    """

    id: ApplicationId
    partner_id: PartnerId
    agency_id: AgencyId
    host_agency_id: AgencyId
    state: State
    networks: tuple[str, ...]
    jwks_uri: str | None = None
    keys_at: datetime | None = None
    report: str | None = None
    reported_at: datetime | None = None
    proposed_by: str | None = None
    live_at: datetime | None = None
    resumes_to: State | None = None
    revision: int = 0


@dataclass(frozen=True)
class ApplicationRegistered(Fact):
    type: ClassVar[str] = "application.registered"
    owner: ApplicationId
    partner_id: PartnerId
    agency_id: AgencyId
    host_agency_id: AgencyId
    networks: tuple[str, ...]

    @property
    def subject(self) -> str | None:
        return self.partner_id.stream

    def begun(self) -> Application:
        """The application that this fact begins."""
        return Application(
            self.owner, self.partner_id, self.agency_id, self.host_agency_id, State.SANDBOX, self.networks
        )


@dataclass(frozen=True)
class ApplicationFact(Fact, ABC):
    """A fact that leaves an existing application otherwise."""

    owner: ApplicationId

    @abstractmethod
    def applied(self, application: Application, *, at: datetime) -> Application:
        """`application` as this fact leaves it, but for its revision."""


@dataclass(frozen=True)
class ConformancePassed(ApplicationFact):
    """The sandbox signed that the application passed its checks. `report` is the SHA-256 of the signed note."""

    type: ClassVar[str] = "application.conformance_passed"
    report: str
    reported_at: datetime
    signer: str

    def applied(self, application: Application, *, at: datetime) -> Application:
        state = State.CONFORMANCE_PASSED if application.state is State.SANDBOX else application.state
        return replace(application, state=state, report=self.report, reported_at=self.reported_at)


@dataclass(frozen=True)
class GoLiveProposed(ApplicationFact):
    type: ClassVar[str] = "application.go_live_proposed"
    proposed_by: str

    def applied(self, application: Application, *, at: datetime) -> Application:
        return replace(application, proposed_by=self.proposed_by)


@dataclass(frozen=True)
class WentLive(ApplicationFact):
    type: ClassVar[str] = "application.went_live"
    proposed_by: str
    approved_by: str
    report: str

    def applied(self, application: Application, *, at: datetime) -> Application:
        return replace(application, state=State.PRODUCTION, live_at=application.live_at or at)


@dataclass(frozen=True)
class ApplicationSuspended(ApplicationFact):
    type: ClassVar[str] = "application.suspended"
    reason: Commitment

    def applied(self, application: Application, *, at: datetime) -> Application:
        return replace(application, state=State.SUSPENDED, resumes_to=application.state)


@dataclass(frozen=True)
class ApplicationResumed(ApplicationFact):
    type: ClassVar[str] = "application.resumed"

    def applied(self, application: Application, *, at: datetime) -> Application:
        return replace(application, state=application.resumes_to or State.SANDBOX, resumes_to=None)


@dataclass(frozen=True)
class ApplicationTerminated(ApplicationFact):
    type: ClassVar[str] = "application.terminated"
    reason: Commitment

    def applied(self, application: Application, *, at: datetime) -> Application:
        return replace(application, state=State.TERMINATED)


def register(
    application_id: ApplicationId, partner: Partner, *, agency_id: AgencyId | None, networks: tuple[str, ...]
) -> ApplicationRegistered:
    """Add a system of an admitted partner. It begins in the sandbox, with no key."""
    require_side(partner.id, agency_id, partner.agency_id)
    require_admitted(partner, act="a new application")
    return ApplicationRegistered(
        application_id, partner.id, partner.agency_id, partner.host_agency_id, networks
    )


def pass_conformance(
    application: Application, *, report: str, reported_at: datetime, signer: str, at: datetime
) -> ConformancePassed:
    """Take the signed report of the sandbox. A live application brings a newer one before the old one is too old."""
    require_state(
        application, State.SANDBOX, State.CONFORMANCE_PASSED, State.PRODUCTION, act="a conformance report"
    )
    require_young(application, reported_at, at=at)
    return ConformancePassed(application.id, report, reported_at, signer)


def propose_go_live(
    application: Application, *, agency_id: AgencyId | None, by: str, has_key: bool, at: datetime
) -> GoLiveProposed:
    """Ask for production. The report is young enough, and a key with proven possession is there."""
    require_side(application.id, agency_id, application.host_agency_id)
    require_state(application, State.CONFORMANCE_PASSED, act="the proposal of production")
    require_young(application, application.reported_at, at=at)
    if not has_key:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_KEY_PROOF_MISSING",
            {"application": application.id},
            article=GDS_35_2,
        )
    return GoLiveProposed(application.id, by)


def go_live(application: Application, *, agency_id: AgencyId | None, by: str, at: datetime) -> WentLive:
    """Approve production. The person who proposed it does not approve it, and the report is looked at again."""
    require_side(application.id, agency_id, application.host_agency_id)
    require_state(application, State.CONFORMANCE_PASSED, act="production")
    require_young(application, application.reported_at, at=at)
    if application.proposed_by is None or application.report is None:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_GO_LIVE_NOT_PROPOSED",
            {"application": application.id},
            article=GDS_35_2,
        )
    if application.proposed_by == by:
        raise Refusal(
            RefusalKind.FORBIDDEN, "DX_SAME_PERSON", {"application": application.id}, article=GDS_35_2
        )
    return WentLive(application.id, application.proposed_by, by, application.report)


def suspend(
    application: Application, *, agency_id: AgencyId | None, reason: Commitment
) -> ApplicationSuspended:
    """Refuse the calls of this application from now on."""
    require_side(application.id, agency_id, application.host_agency_id)
    require_state(
        application, State.SANDBOX, State.CONFORMANCE_PASSED, State.PRODUCTION, act="its suspension"
    )
    return ApplicationSuspended(application.id, reason)


def resume(application: Application, *, agency_id: AgencyId | None) -> ApplicationResumed:
    """Let the application go on where the suspension interrupted it."""
    require_side(application.id, agency_id, application.host_agency_id)
    require_state(application, State.SUSPENDED, act="its resumption")
    return ApplicationResumed(application.id)


def terminate(
    application: Application, *, agency_id: AgencyId | None, reason: Commitment
) -> ApplicationTerminated:
    """End the application for good."""
    require_side(application.id, agency_id, application.host_agency_id)
    alive = tuple(state for state in State if state is not State.TERMINATED)
    require_state(application, *alive, act="its termination")
    return ApplicationTerminated(application.id, reason)


def after(application: Application, fact: ApplicationFact, *, at: datetime) -> Application:
    """The application as `fact`, recorded at `at`, leaves it."""
    return replace(fact.applied(application, at=at), revision=application.revision + 1)


def require_state(application: Application, *states: State, act: str) -> None:
    """Raises Refusal DX_APPLICATION_STATE unless the application is in one of `states`."""
    if application.state not in states:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_APPLICATION_STATE",
            {"application": application.id, "state": application.state, "act": act, "wanted": list(states)},
            article=GDS_35_2,
        )


def require_young(application: Application, reported_at: datetime | None, *, at: datetime) -> None:
    """Raises Refusal DX_REPORT_TOO_OLD unless the report was made within the 180 days before `at`."""
    if reported_at is None or not at - REPORT_LASTS < reported_at <= at:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_REPORT_TOO_OLD",
            {"application": application.id, "reported_at": reported_at or "-", "days": REPORT_LASTS.days},
            article=GDS_35_2,
        )
