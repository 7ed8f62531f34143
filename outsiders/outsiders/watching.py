"""What a monitor tells about the whole log: as JSON, as the value of a signed statement, and as figures for alarms.

    mingzheng-statement/v1 log-watch
    {"alarm":null,"at":"…","checkpoint":"…","last_time_steps":[],"origin":"…","round":{…},"size":…,"time_steps":0}

`round` is the last finished reading of every published file: when it began and ended, over how many entries and files,
and which files could not be read. `alarm` ends all reading; a time step does not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from ledger.canonical import instant
from outsiders.notebook import Notebook
from outsiders.rereading import Round

_SHOWN: Final = 20
"""So many of the newest time steps are named; the others are counted."""


def standing_of(book: Notebook, last: Round | None) -> dict[str, Any]:
    """The standing for a person who looks, with both checkpoints of an alarm."""
    alarm = book.alarm
    shown = alarm._asdict() if alarm else None
    if alarm and shown:
        shown |= {"kept": alarm.kept.decode(), "offered": alarm.offered.decode()}
    steps = [step._asdict() for step in book.time_steps[-_SHOWN:]]
    return {
        "origin": book.origin,
        "size": book.chain.size,
        "alarm": shown,
        "round": _shown(last),
        "time_steps": steps,
    }


def watched(book: Notebook, last: Round | None, *, at: datetime) -> dict[str, Any]:
    """The value of the statement."""
    alarm, steps = book.alarm, book.time_steps
    return {
        "origin": book.origin,
        "size": book.chain.size,
        "checkpoint": book.note.decode(),
        "at": instant(at),
        "alarm": {"at": alarm.at, "reason": alarm.reason} if alarm else None,
        "round": _shown(last),
        "time_steps": len(steps),
        "last_time_steps": [step._asdict() for step in steps[-_SHOWN:]],
    }


def figures(book: Notebook, last: Round | None, *, at: datetime) -> str:
    """Gauges in the text format of Prometheus."""
    gauges = {
        "alarm": int(book.alarm is not None),
        "size": book.chain.size,
        "round_age_seconds": f"{(at - last.ended).total_seconds():.0f}" if last else "+Inf",
        "unreadable_files": len(last.unreadable) if last else 0,
        "time_steps": len(book.time_steps),
    }
    lines = [f"mingzheng_monitor_{name} {value}" for name, value in gauges.items()]
    return "".join(f"# TYPE {line.split()[0]} gauge\n{line}\n" for line in lines)


def _shown(last: Round | None) -> dict[str, Any] | None:
    if last is None:
        return None
    return {
        "began": instant(last.began),
        "ended": instant(last.ended),
        "size": last.size,
        "files": last.files,
        "unreadable": list(last.unreadable),
    }
