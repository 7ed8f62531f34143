"""What an officer has to do now with a service, as codes that the console shows."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from common.values.calendar import legal_day
from common.values.manner import Manner
from notification.domain.serving.service import ProofKind, Service, State, Step


class Task(StrEnum):
    CHOOSE_MANNER = "CHOOSE_MANNER"
    REPORT_OUTCOME = "REPORT_OUTCOME"
    SNAPSHOT_START = "SNAPSHOT_START"
    SNAPSHOT_MIDDLE = "SNAPSHOT_MIDDLE"
    SNAPSHOT_END = "SNAPSHOT_END"
    DECIDE_DOUBT = "DECIDE_DOUBT"
    JUDGE_REBUTTAL = "JUDGE_REBUTTAL"
    GIVE_PAPER = "GIVE_PAPER"


_BY_RULE: Final = (Manner.ELECTRONIC, Manner.PUBLIC_NOTICE)


def tasks_of(service: Service, *, at: datetime) -> tuple[Task, ...]:
    """The tasks of `service` at `at`, the nearest first."""
    tasks: list[Task] = []
    if service.in_doubt:
        tasks.append(Task.DECIDE_DOUBT)
    if service.state is State.OPEN or (service.in_doubt and not service.running):
        tasks.append(Task.CHOOSE_MANNER)
    if any(step.manner not in _BY_RULE for step in service.running):
        tasks.append(Task.REPORT_OUTCOME)
    for step in service.running:
        if step.manner is Manner.PUBLIC_NOTICE:
            tasks += _snapshots(service, step, at)
    if any(rebuttal.accepted is None for rebuttal in service.rebuttals):
        tasks.append(Task.JUDGE_REBUTTAL)
    if service.paper_asked_at is not None and service.paper_given_at is None:
        tasks.append(Task.GIVE_PAPER)
    return tuple(tasks)


def _snapshots(service: Service, step: Step, at: datetime) -> list[Task]:
    """The snapshots that are due: the page at the start, from the middle on, and on the last day."""
    assert step.deemed_on is not None
    today, start = legal_day(at), legal_day(step.begun_at)
    due = {
        ProofKind.SNAPSHOT_START: start,
        ProofKind.SNAPSHOT_MIDDLE: start + (step.deemed_on - start) / 2,
        ProofKind.SNAPSHOT_END: step.deemed_on,
    }
    return [Task(kind.value) for kind, day in due.items() if today >= day and not service.has_proof(kind)]
