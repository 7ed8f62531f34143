"""What time does: it reminds, and it ends the wait for a party that nobody reached."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

from case.contract import Case
from common.door.feed import LedgerEntry, follow
from common.door.uow import change, operational, view
from common.values.ids import CaseId
from notification.domain.message import Failure, fail
from notification.domain.reminding import Due, cause_of, is_wanted, to_correct, to_pay
from notification.domain.telling import is_given_up
from notification.runtime import NotificationRuntime
from notification.store import deliveries, messages, reminders
from notification.store.parties import resource_of
from notification.store.reminders import Reminder
from notification.telling.context import Asked
from notification.telling.making import mandate, tell

_TOLD: Final = "case.prompt.delivered"
_OWED: Final = "case.performance_due"
_REDATED: Final = "case.deadline_redated"
_DATED: Final = dict.fromkeys((_TOLD, _OWED, _REDATED), "case")


async def follow_days(runtime: NotificationRuntime) -> None:
    """Note the days that each new record brings with it."""

    async def handle(entry: LedgerEntry) -> None:
        case_id = CaseId(entry.record["stream"].partition("/")[2])
        days = _days(runtime, entry.record["type"], entry.record["data"])
        noted = [Reminder(cause_of(case_id, due), case_id, due.code, due.due_at) for due in days]
        if noted:
            async with operational(runtime.db) as conn:
                await reminders.put(conn, noted)

    while await follow(runtime.db, runtime.feed, "days", _DATED, handle):
        continue


async def remind(runtime: NotificationRuntime) -> None:
    """Make each notice whose day has come, where there is still a reason for it."""
    async with view(runtime.db, mandate()) as v:
        due, now = await reminders.list_due(v), v.now
    for each in due:
        if not runtime.db.secrets.is_erased(each.case_id.stream) and await _is_wanted(runtime, each, now):
            await tell(runtime, Asked(each.code, each.case_id, str(each.cause)))
        # After the message, never before it: if we crash here, the notice is asked for again and is made already.
        async with operational(runtime.db) as conn:
            await reminders.forget(conn, each)


async def give_up(runtime: NotificationRuntime) -> None:
    """Record of every notice that nobody was reached, once nothing is under way and no officer told the party."""
    wait = timedelta(hours=runtime.profile.notification.next_channel_h)
    async with view(runtime.db, mandate()) as v:
        waiting = await messages.list_unreached(v, until=v.now - wait)
    for message_id in waiting:
        async with change(runtime.db, mandate()) as tx:
            message = await messages.lock_made(tx, message_id)
            permit = tx.permit(resource_of(message.id, message.agency_id, message.party_id, message.case_id))
            # Asked under the lock: an officer may have told the party meanwhile.
            if is_given_up(message, at=tx.now, wait=wait) and not await deliveries.may_still_tell(
                tx, message.id
            ):
                await messages.save(tx, permit, message, fail(message, Failure.NOBODY_REACHED))


async def _is_wanted(runtime: NotificationRuntime, reminder: Reminder, now: datetime) -> bool:
    of_case = await Case(runtime.peers).notice_context(reminder.case_id)
    return is_wanted(
        reminder.code,
        state=of_case.state,
        correct_until=of_case.correct_until,
        pay_by=of_case.pay_by,
        is_paid=of_case.is_paid,
        due_at=reminder.due_at,
        at=now,
        rules=runtime.profile.notification,
    )


def _days(runtime: NotificationRuntime, record_type: str, data: dict[str, Any]) -> tuple[Due, ...]:
    rules = runtime.profile.notification
    if record_type == _TOLD:
        told_at, until = (datetime.fromisoformat(data[name]) for name in ("delivered_at", "correction_until"))
        due = to_correct(told_at=told_at, until=until, rules=rules)
        return (due,) if due else ()
    deadline = data["pay_by"] if record_type == _OWED else data["deadline"]
    return to_pay(date.fromisoformat(deadline["due_on"]), rules) if deadline["rule"] == "pay" else ()
