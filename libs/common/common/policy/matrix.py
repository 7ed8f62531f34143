"""The policy as a table that a lawyer can read: who may do what, and up to which confidentiality level.

It comes from evaluating the policy, never from reading its text, so it cannot disagree with the decisions.
`tests/policy/matrix.txt` is the golden copy; a legal reviewer signs its difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from common.policy import (
    ANONYMOUS,
    DIGEST,
    Action,
    Actor,
    Mandate,
    Resource,
    authorize,
    permitted,
    service_actor,
)
from common.values.errors import Refusal
from common.values.ids import AgencyId, ApplicationId, CaseId, OfficerId, PartyId

_THEN: Final = datetime(2025, 1, 1, tzinfo=UTC)
_OWN: Final = AgencyId("agy_00000000000000000000000001")
_OTHER: Final = AgencyId("agy_00000000000000000000000002")

ROLES: Final = (
    "DEVICE_ADMIN", "DEVICE_LEGAL_REVIEWER", "DEVICE_TECH_REVIEWER", "DEVICE_OPERATOR", "EVIDENCE_REVIEWER",
    "CASE_OFFICER", "TEAM_LEAD", "CASE_LEGAL_REVIEWER", "HEARING_CHAIR", "AGENCY_HEAD", "SERVICE_OFFICER",
    "FINANCE_CLERK", "ARCHIVIST", "EXCHANGE_OFFICER", "DATA_SHARING_OFFICER", "DOMAIN_RULE_ADMIN", "SUPERVISOR",
)  # fmt: skip


_PURPOSES: Final = {"SERVICE_OFFICER": "SERVICE", "FINANCE_CLERK": "FINANCE", "ARCHIVIST": "ARCHIVING"}


def _purpose(role: str) -> str:
    """What an officer with this role reads cases for."""
    return _PURPOSES.get(role, "CASE_HANDLING")


def people(services: Iterable[str]) -> dict[str, Actor]:
    """One actor for each row of the matrix, the accounts of `services` last."""
    officer = f"officer:{OfficerId.new(_THEN)}"
    rows = {
        role: Actor(officer, "officer", _OWN, frozenset({role}), 3, _purpose(role), frozenset({_OWN}))
        for role in ROLES
    }
    rows["PARTY"] = Actor(f"party:{PartyId.new(_THEN)}", "party", None, frozenset({"PARTY"}), 3)
    rows["PARTY-ONE-CASE"] = replace(rows["PARTY"], case_id=CaseId.new(_THEN))
    application = f"partner:{ApplicationId.new(_THEN)}"
    rows["PARTNER"] = Actor(
        application, "partner", _OWN, frozenset({"PARTNER"}), 3, visible=frozenset({_OWN})
    )
    rows["device"] = Actor(
        "device:dev_00000000000000000000000001", "device", _OWN, level=3, visible=frozenset({_OWN})
    )
    rows["anonymous"] = ANONYMOUS
    return rows | {f"svc:{name}": service_actor(name) for name in services}


def matrix(services: Iterable[str]) -> str:
    """One line per actor and act that is permitted: `own` and `other` agency, with the highest level; `theirs` alone
    where only the person concerned may.
    """
    lines = [
        "# Who may do what, by evaluation. Columns: actor, act, own agency's objects up to level, another's up to",
        "# level, one's own as a party, rule; `-` is refused. ./mz golden rewrites it.",
        f"# policy {DIGEST}",
    ]
    for name, actor in people(services).items():
        for action in Action:
            lines += _line(name, actor, action)
    return "\n".join(lines) + "\n"


def _line(name: str, actor: Actor, action: Action) -> list[str]:
    try:
        mandate = authorize(actor, action)
    except Refusal:
        return []
    own, rule = _highest(mandate, _OWN, None)
    other, other_rule = _highest(mandate, _OTHER, None)
    party, party_rule = _highest(mandate, _OTHER, actor.party_id) if actor.party_id else ("-", "")
    if own == other == party == "-":
        return []
    return [
        f"{name:22} {action:32} own {own} other {other} theirs {party}  {rule or other_rule or party_rule}"
    ]


def _resource(mandate: Mandate, agency: AgencyId, level: int, party: PartyId | None) -> Resource:
    """Of the case of a session that is limited to one; of no case elsewhere."""
    return Resource("dev_any", agency, level, party, case_id=mandate.actor.case_id)


def _highest(mandate: Mandate, agency: AgencyId, party: PartyId | None) -> tuple[str, str]:
    for level in (4, 3, 2, 1):
        try:
            return str(level), permitted(mandate, _resource(mandate, agency, level, party)).rule
        except Refusal:
            continue
    return "-", ""
