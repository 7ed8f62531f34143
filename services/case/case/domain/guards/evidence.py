"""The captures of a case, as evidence and the registry know them at the decision."""

from __future__ import annotations

from case.domain.contents import Exhibit
from case.domain.guards.question import Question, violation
from case.domain.invalidating import open_tasks
from common.values.errors import Kind, Refusal, Violation
from common.values.law import APL_41, NJ_14, NJ_17


def evidence_accepted(q: Question) -> Violation | None:
    """Nothing unreviewed or rejected is evidence (NJ 14)."""
    unaccepted = [exhibit.evidence_id for exhibit in q.exhibits if not exhibit.accepted]
    if q.exhibits and not unaccepted:
        return None
    return violation(
        "CASE_EVIDENCE_NOT_ACCEPTED", NJ_14, {"captures": ", ".join(unaccepted) or "no capture at all"}
    )


def require_accepted(exhibits: tuple[Exhibit, ...]) -> None:
    """Raises Refusal CASE_EVIDENCE_NOT_ACCEPTED: a notice rests on reviewed evidence as a decision does (NJ 14)."""
    unaccepted = [exhibit.evidence_id for exhibit in exhibits if not exhibit.accepted]
    if unaccepted or not exhibits:
        captures = ", ".join(unaccepted) or "no capture at all"
        raise Refusal(Kind.CONFLICT, "CASE_EVIDENCE_NOT_ACCEPTED", {"captures": captures}, article=NJ_14)


def device_lawful(q: Question) -> Violation | None:
    """The device was lawful at the second of capture, asked again today, and no finding waits (APL 41(1))."""
    unlawful = [exhibit.device_id for exhibit in q.exhibits if not exhibit.device_lawful]
    shaken = {evidence_id for task in open_tasks(q.case) for evidence_id in task.evidence_ids}
    unlawful += [each.device_id for each in q.case.exhibits if each.evidence_id in shaken]
    unlawful = sorted(set(unlawful))
    if not unlawful:
        return None
    return violation("CASE_DEVICE_INVALID", APL_41, {"devices": unlawful}, wording="decision")


def backed_up(q: Question) -> Violation | None:
    """Every capture used is completely backed up, read back and compared (NJ 17)."""
    missing = [exhibit.evidence_id for exhibit in q.exhibits if not exhibit.backed_up]
    if not missing:
        return None
    return violation("CASE_BACKUP_INCOMPLETE", NJ_17, {"missing": missing})
