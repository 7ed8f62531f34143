"""Who may do what: all of it, in one Cedar text that an auditor reads (`mingzheng.cedar`).

Two questions, in this order. `Allow(action)` on a route asks `authorize`: may this actor do this act at
all? After the row is locked, `Tx.permit` asks `permitted`: may they do it to *this* object? Cedar skips
a `forbid` whose evaluation errs, so a decision counts only if it was allowed and nothing erred.

Only this package names roles.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import cedarpy

from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, PartyId
from common.values.law import APL_41_2

TEXT: Final = files(__package__).joinpath("mingzheng.cedar").read_text()
SCHEMA_TEXT: Final = files(__package__).joinpath("schema.cedarschema").read_text()
DIGEST: Final = hashlib.sha256(TEXT.encode() + SCHEMA_TEXT.encode()).hexdigest()
"""SHA-256 of the policy in force; recorded with every permit that touches level 3 or 4."""

_POLICIES = cedarpy.PolicySet.from_str(TEXT)
_SCHEMA = cedarpy.Schema.from_str(SCHEMA_TEXT)
_SEAL: Final = object()

NOBODY_AGENCY: Final = "-"


class Action(StrEnum):
    """Every act of every service, `noun.verb`."""

    DEVICE_REGISTER = "device.register"
    DEVICE_SUBMIT = "device.submit"
    DEVICE_REVIEW_LEGALLY = "device.review_legally"
    DEVICE_REVIEW_TECHNICALLY = "device.review_technically"
    DEVICE_APPROVE = "device.approve"
    DEVICE_INSTALL = "device.install"
    DEVICE_START_TRIAL = "device.start_trial"
    DEVICE_TEST_ACCEPTANCE = "device.test_acceptance"
    DEVICE_DOCUMENT = "device.document"
    DEVICE_PUBLISH = "device.publish"
    DEVICE_ACTIVATE = "device.activate"
    DEVICE_SUSPEND = "device.suspend"
    DEVICE_SUSPEND_AUTOMATICALLY = "device.suspend_automatically"
    DEVICE_RESUME = "device.resume"
    DEVICE_IMPORT = "device.import"
    DEVICE_READ = "device.read"
    DEVICE_LIST_PUBLIC = "device.list_public"
    DEVICE_READ_CAPABILITY = "device.read_capability"
    DEVICE_ISSUE_ACCOUNT = "device.issue_account"
    DEVICE_READ_ACCOUNT = "device.read_account"

    CAPTURE_CONNECT = "capture.connect"
    CAPTURE_PUSH = "capture.push"
    CAPTURE_CHECK = "capture.check"
    CAPTURE_BACK_UP = "capture.back_up"
    CAPTURE_FREEZE = "capture.freeze"
    CAPTURE_READ = "capture.read"
    CAPTURE_READ_FOR_CASE = "capture.read_for_case"
    CAPTURE_VIEW_IMAGE = "capture.view_image"
    CAPTURE_TAKE = "capture.take"
    CAPTURE_PROPOSE_ACCEPTANCE = "capture.propose_acceptance"
    CAPTURE_ACCEPT = "capture.accept"
    CAPTURE_REJECT = "capture.reject"
    CAPTURE_ALLOW_LATE = "capture.allow_late"
    CAPTURE_PROPOSE_ERASURE = "capture.propose_erasure"
    CAPTURE_APPROVE_ERASURE = "capture.approve_erasure"
    EVIDENCE_EXPORT = "evidence.export"

    LEDGER_APPEND = "ledger.append"
    LEDGER_READ = "ledger.read"

    CASE_OPEN = "case.open"
    CASE_READ = "case.read"
    CASE_READ_FOR_SERVICE = "case.read_for_service"
    CASE_IDENTIFY_PARTY = "case.identify_party"
    CASE_PROMPT = "case.prompt"
    CASE_APPLY_FILING = "case.apply_filing"
    CASE_FILE = "case.file"
    CASE_CONCLUDE_INVESTIGATION = "case.conclude_investigation"
    CASE_NOTIFY_PRIOR = "case.notify_prior"
    CASE_ORDER_SERVICE = "case.order_service"
    CASE_NOTE_SERVICE = "case.note_service"
    CASE_NOTE_BACKUP = "case.note_backup"
    CASE_DEFEND = "case.defend"
    CASE_REVIEW_DEFENCE = "case.review_defence"
    CASE_DECIDE = "case.decide"
    CASE_PAY = "case.pay"
    CASE_ENTER_PAYMENT = "case.enter_payment"
    CASE_PROPOSE_CLOSURE = "case.propose_closure"
    CASE_CLOSE = "case.close"
    CASE_ARCHIVE = "case.archive"
    CASE_PROPOSE_ERASURE = "case.propose_erasure"
    CASE_APPROVE_ERASURE = "case.approve_erasure"
    DOCUMENT_READ = "document.read"

    MESSAGE_READ = "message.read"
    MESSAGE_RECEIVE = "message.receive"
    MESSAGE_DELIVER = "message.deliver"
    MESSAGE_ERASE = "message.erase"
    CONSENT_SIGN = "consent.sign"
    CONSENT_WITHDRAW = "consent.withdraw"
    CONSENT_READ = "consent.read"

    PERSON_READ_SELF = "person.read_self"
    AGENCY_ESTABLISH = "agency.establish"
    OFFICER_APPOINT = "officer.appoint"
    ROLE_ASSIGN = "role.assign"
    CLIENT_ENROL = "client.enrol"
    TOKEN_ISSUE = "token.issue"


@dataclass(frozen=True)
class Actor:
    """Who acts, as the internal token says. `sub` is `officer:off_…`, `party:pty_…`, `device:dev_…`,
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
    address: str | None = None  # the socket's address, for /VIID alone

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
    """The Idempotency-Key of a request, who sent it, and what it asked."""

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

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("a Mandate comes from common.policy.authorize")


@dataclass(frozen=True)
class Resource:
    """What the policy needs to know of an object: whose it is, how confidential, and who is assigned."""

    id: str
    agency_id: AgencyId
    level: int = 2
    party_id: PartyId | None = None
    assigned: frozenset[str] = frozenset()


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
    actor: Actor, action: Action, *, request: RequestKey | None = None, records: list[str] | None = None
) -> Mandate:
    """`actor`'s mandate for `action`. Raises Refusal FORBIDDEN when no rule could ever permit it.

    Asked of an object as favourable as one can be: their own agency, public, theirs and assigned to them.
    """
    own = Resource(
        id="any",
        agency_id=actor.agency_id or next(iter(actor.visible), AgencyId("agy_00000000000000000000000000")),
        level=1,
        party_id=actor.party_id,
        assigned=frozenset({actor.sub}),
    )
    rule = _decide_of_service(actor, action, own) if actor.kind == "svc" else _decide(actor, action, own)
    return Mandate(actor, action, rule, _SEAL, request, records if records is not None else [])


def permitted(mandate: Mandate, resource: Resource) -> Permit:
    """The permit for `resource`. Raises Refusal FORBIDDEN, or NOT_FOUND where even existence is not theirs to know."""
    actor = mandate.actor
    theirs = (
        actor.sees_all
        or resource.agency_id in actor.visible
        or (actor.party_id is not None and actor.party_id == resource.party_id)
    )
    if not theirs:
        raise not_found(resource.id)
    return Permit(resource, _decide(actor, mandate.action, resource), _SEAL)


def not_found(id: str) -> Refusal:
    """The one answer for what does not exist and for what is another agency's (same bytes)."""
    return Refusal(Kind.NOT_FOUND, "NOT_FOUND", f"There is no {id}.")


@lru_cache(maxsize=1_024)
def _decide_of_service(actor: Actor, action: Action, resource: Resource) -> str:
    """As `_decide`. Services ask the same again and again, and the policy does not change while a process runs."""
    return _decide(actor, action, resource)


def _decide(actor: Actor, action: Action, resource: Resource) -> str:
    """The id of the rule that permits. Raises Refusal naming the rule that forbids, or that none permits."""
    request = {
        "principal": {"type": "Person", "id": actor.sub},
        "action": {"type": "Action", "id": str(action)},
        "resource": {"type": "Thing", "id": resource.id},
        "context": {"purpose": actor.purpose or "-"},
    }
    result = cedarpy.is_authorized(request, _POLICIES, _entities(actor, resource), _SCHEMA)
    diagnostics = result.diagnostics
    reasons: list[str] = sorted(diagnostics.id_annotations_by_reason.values())
    # An erring `forbid` is skipped by Cedar: an answer that erred is no answer (spec/dependencies.md §4-1).
    if result.allowed and not diagnostics.errors:
        return reasons[0]
    if "HUMAN-ACT" in reasons:
        raise Refusal(
            Kind.FORBIDDEN,
            "HUMAN_ACTION_REQUIRED",
            f"The act {action} is a person's; no service may do it.",
            article=APL_41_2,
        )
    if "PURPOSE" in reasons:
        raise Refusal(
            Kind.FORBIDDEN,
            "PURPOSE_NOT_ALLOWED",
            f"The act {action} needs X-Purpose-Of-Use: CASE_HANDLING, REVIEW, APPEAL or SUPERVISION.",
        )
    why = f"rule {', '.join(reasons)} forbids it" if reasons else "no rule permits it to these roles"
    raise Refusal(Kind.FORBIDDEN, "FORBIDDEN", f"The act {action} is not yours to do: {why}.")


def _entities(actor: Actor, resource: Resource) -> cedarpy.Entities:
    """The two entities of a decision, checked against the schema."""
    party = f"party:{resource.party_id}" if resource.party_id else "-"
    people = [_person(actor)]
    known = {actor.sub}
    for sub in sorted(resource.assigned | {party}):
        if sub not in known:
            people.append(_person(Actor(sub=sub, kind="other")))
            known.add(sub)
    thing: dict[str, Any] = {
        "uid": {"type": "Thing", "id": resource.id},
        "attrs": {
            "agency": str(resource.agency_id),
            "level": resource.level,
            "party": {"__entity": {"type": "Person", "id": party}},
            "assigned": [{"__entity": {"type": "Person", "id": sub}} for sub in sorted(resource.assigned)],
        },
        "parents": [],
    }
    roles = [
        {"uid": {"type": "Role", "id": role}, "attrs": {}, "parents": []} for role in sorted(actor.roles)
    ]
    return cedarpy.Entities.from_json_str(json.dumps([*people, *roles, thing]), _SCHEMA)


def _person(actor: Actor) -> dict[str, Any]:
    return {
        "uid": {"type": "Person", "id": actor.sub},
        "attrs": {
            "kind": actor.kind,
            "service": actor.id if actor.kind == "svc" else "-",
            "agency": str(actor.agency_id or NOBODY_AGENCY),
            "visible": sorted(actor.visible),
            "level": actor.level,
        },
        "parents": [{"type": "Role", "id": role} for role in sorted(actor.roles)],
    }
