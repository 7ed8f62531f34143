"""What was found out later about the device of a capture."""

from __future__ import annotations

from datetime import datetime

from common.web.wire import Out


class InvalidationView(Out):
    """The device of the capture was found, later, not to have been lawful then: `guard` failed in that interval.

    `source` is the record of the registry that says so.
    """

    source: str
    guard: str
    codes: list[str]
    invalid_from: datetime
    invalid_until: datetime
