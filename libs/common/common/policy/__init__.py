"""The policy: one Cedar text, which an auditor reads, says who may do what (`mingzheng.cedar`).

Two questions, in this order. `Allow(action)` on a route asks `authorize`: may this actor do this act at all? After the
row is locked, `Tx.permit` asks `permitted`: may this actor do it to *this* object? The same question has the same
answer as long as the process lives (`decisions.py`).

Only this package names roles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from common.policy.actions import Action as Action
from common.policy.decisions import DIGEST as DIGEST
from common.policy.decisions import NOBODY_AGENCY, Answer, Question, decide
from common.policy.signing import FRESH as FRESH
from common.policy.signing import SIGNING as SIGNING
from common.values.errors import Kind, Refusal
from common.values.ids import NO_AGENCY, AgencyId, CaseId, PartyId
from common.values.law import APL_41_2, NJ_17

CLIENT_LOGIN: Final = "CLIENT_SECRET"
"""The log-in of a bearer whose token does not say how it was got: by a client and its secret."""

_SEAL: Final = object()


@dataclass(frozen=True)
class Actor:
    """The acting person or service of an internal token. `sub` is `officer:off_…`, `party:pty_…`, `device:dev_…`,
    `partner:ptn_…`, `svc:<service>` or `anonymous`; `level` is the highest confidentiality (1-4) they may see.
    """

    sub: str
    kind: str
    agency_id: AgencyId | None = None
    roles: frozenset[str] = frozenset()
    level: int = 1
    purpose: str | None = None
    visible: frozenset[AgencyId] = frozenset()
    certificate: str | None = None
    certificate_until: date | None = None
    agency_name: str | None = None  # as documents print it
    address: str | None = None  # the client's address, for /VIID and /v1/party-sessions alone
    admission: str | None = None  # for /VIID alone: ASKED, or the door's word about the client
    tls_certificate: str | None = None  # for /VIID alone: SHA-256 of the client's TLS certificate, in hex
    session: str | None = None  # the log-in of one device; None where the token is no session's
    login: str = CLIENT_LOGIN  # how the bearer logged in: a code
    case_id: CaseId | None = (
        None  # the one case that a query code opened; None where nothing limits the session
    )

    @property
    def id(self) -> str:
        """The typed id behind `sub`, or the service's name."""
        return self.sub.partition(":")[2] or self.sub

    @property
    def party_id(self) -> PartyId | None:
        return PartyId(self.id) if self.kind == "party" else None

    @property
    def sees_all(self) -> bool:
        """A service at its own work, or a public page: the query alone decides what is shown."""
        return self.kind in ("svc", "anonymous")


ANONYMOUS: Final = Actor(sub="anonymous", kind="anonymous")


def service_actor(service: str) -> Actor:
    """The service itself, for its jobs. It may never do an act that the law keeps for people (APL 41(2))."""
    return Actor(sub=f"svc:{service}", kind="svc", level=4)


@dataclass(frozen=True)
class RequestKey:
    """The Idempotency-Key of a request, its sender, and the hash of its content."""

    client: str
    key: str
    request_hash: bytes
    status: int


@dataclass(frozen=True)
class Mandate:
    """Proof that `actor` may do `action` at all. Only `authorize` makes one."""

    actor: Actor
    action: Action
    rule: str
    seal: object = field(repr=False)
    request: RequestKey | None = None
    records: list[str] = field(default_factory=list, repr=False, compare=False)
    seen: str | None = None  # the version of the object that the caller saw (If-Match)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("a Mandate comes from common.policy.authorize")


@dataclass(frozen=True)
class Resource:
    """An object as the policy reads it: its agency, its confidentiality, its party, and the people assigned to it.

    `case_id` is the case to which it belongs; without it no session of a query code sees the object.
    """

    id: str
    agency_id: AgencyId
    level: int = 2
    party_id: PartyId | None = None
    assigned: frozenset[str] = frozenset()
    case_id: CaseId | None = None


@dataclass(frozen=True)
class Permit:
    """Proof that a mandate holds for one object. Only `permitted` makes one."""

    resource: Resource
    rule: str
    seal: object = field(repr=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("a Permit comes from Tx.permit")


def authorize(
    actor: Actor,
    action: Action,
    *,
    request: RequestKey | None = None,
    records: list[str] | None = None,
    seen: str | None = None,
) -> Mandate:
    """`actor`'s mandate for `action`. Raises Refusal FORBIDDEN when no rule could ever permit it.

    The policy is asked about the most favourable object: of the actor's own agency, public, concerning the actor and
    assigned to the actor.
    """
    own = Resource(
        id="any",
        agency_id=actor.agency_id or next(iter(actor.visible), NO_AGENCY),
        level=1,
        party_id=actor.party_id,
        assigned=frozenset({actor.sub}),
        case_id=actor.case_id,
    )
    rule = _rule_for(actor, action, own)
    return Mandate(actor, action, rule, _SEAL, request, records if records is not None else [], seen)


def as_anybody(mandate: Mandate) -> Mandate:
    """The mandate that a caller without a name has for the same act.

    A public list is the same for everybody: read under the mandate of an officer it would show that officer's agencies
    alone.
    """
    return authorize(ANONYMOUS, mandate.action)


def permitted(mandate: Mandate, resource: Resource) -> Permit:
    """The permit for `resource`. Raises Refusal FORBIDDEN, or NOT_FOUND where the actor may not know that it exists."""
    actor = mandate.actor
    is_visible = (
        actor.sees_all
        or resource.agency_id in actor.visible
        or (actor.party_id is not None and actor.party_id == resource.party_id)
    )
    if not is_visible or not _is_within(actor, resource):
        raise not_found(resource.id)
    return Permit(resource, _rule_for(actor, mandate.action, resource), _SEAL)


def may(actor: Actor, action: Action, resource: Resource) -> bool:
    """Whether `actor` may do `action` to `resource`. For what an answer leaves out; it never replaces a permit."""
    return decide(question_of(actor, action, resource)).is_permitted


def _is_within(actor: Actor, resource: Resource) -> bool:
    """Whether the actor's session reaches the object: that of a query code reaches the objects of its one case."""
    return actor.case_id is None or actor.case_id == resource.case_id


def not_found(id: str) -> Refusal:
    """The refusal for an object that does not exist and for another agency's object: the same bytes for both."""
    return Refusal(Kind.NOT_FOUND, "NOT_FOUND", {"id": id})


def question_of(actor: Actor, action: Action, resource: Resource) -> Question:
    """The question whether `actor` may do `action` to `resource`."""
    return Question(
        kind=actor.kind,
        service=actor.id if actor.kind == "svc" else "-",
        agency=str(actor.agency_id or NOBODY_AGENCY),
        visible=actor.visible,
        level=actor.level,
        roles=actor.roles,
        action=action.value,
        purpose=actor.purpose or "-",
        object_agency=str(resource.agency_id),
        object_level=resource.level,
        has_party=resource.party_id is not None,
        is_party=resource.party_id is not None and actor.sub == f"party:{resource.party_id}",
        is_assigned=actor.sub in resource.assigned,
        others_assigned=bool(resource.assigned - {actor.sub}),
        is_limited=actor.case_id is not None,
        is_within=_is_within(actor, resource),
    )


def _rule_for(actor: Actor, action: Action, resource: Resource) -> str:
    """The id of the rule that permits. Raises Refusal naming the rule that forbids, or that none permits."""
    answer = decide(question_of(actor, action, resource))
    if answer.is_permitted:
        return answer.rules[0]
    raise _refusal(action, answer, resource)


def _refusal(action: Action, answer: Answer, resource: Resource) -> Refusal:
    if "HUMAN-ACT" in answer.rules:
        return Refusal(Kind.FORBIDDEN, "HUMAN_ACTION_REQUIRED", {"action": action}, article=APL_41_2)
    if "PURPOSE" in answer.rules:
        return Refusal(Kind.FORBIDDEN, "PURPOSE_NOT_ALLOWED", {"action": action})
    if "CASE-PURPOSE" in answer.rules:
        return Refusal(
            Kind.FORBIDDEN, "PURPOSE_NOT_ALLOWED", {"action": action}, wording="case", article=NJ_17
        )
    if "CASE-ASSIGNMENT" in answer.rules:
        facts = {"case": resource.id}
        return Refusal(Kind.FORBIDDEN, "CASE_NOT_ASSIGNED", facts, wording="reading", article=NJ_17)
    if answer.rules:
        return Refusal(Kind.FORBIDDEN, "FORBIDDEN", {"action": action, "rules": answer.rules}, wording="rule")
    return Refusal(Kind.FORBIDDEN, "FORBIDDEN", {"action": action})
