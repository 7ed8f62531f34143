"""The jobs of notices. A job that follows the ledger bears the name of its cursor."""

from __future__ import annotations

from common.web.app import Job
from notification.telling import clocks
from notification.telling.following import follow_triggers
from notification.telling.hints import follow_inboxes
from notification.telling.lapsing import follow_lapses
from notification.telling.mailing import send_mailings

JOBS = (
    Job("notices", follow_triggers),
    Job("lapses", follow_lapses),
    Job("hints", follow_inboxes),
    Job("days", clocks.follow_days),
    Job("mailings", send_mailings),
    Job("reminders", clocks.remind, every_s=5),
    Job("unreached", clocks.give_up, every_s=5),
)
