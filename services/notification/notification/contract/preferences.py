"""How a party wishes to be told, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from common.web.wire import In, Out

Hour = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"),
    Field(description="An hour of the day in Beijing time.", examples=["21:00"]),
]


class NotificationPreferencesOrder(In):
    """What the party wishes from now on; each field that is left out goes back to what holds for everybody.

    `statutory` stays true: what the law demands is told to everybody. `campaign` is false until the party asks for it.
    `channels` are tried first, in this order. `quiet_from` and `quiet_until` come together; without them the city's
    hours hold. `language` `en`: English stands beside the Chinese, which prevails. `large_print` is for what is
    printed, `voice` says that the party would rather be called.
    """

    statutory: bool = True
    procedural: bool = True
    reminder: bool = True
    campaign: bool = False
    channels: list[Literal["SMS", "EMAIL", "FAX", "WECHAT", "POST"]] = Field(
        default_factory=list, max_length=5
    )
    quiet_from: Hour | None = None
    quiet_until: Hour | None = None
    language: Literal["zh", "en"] = "zh"
    large_print: bool = False
    voice: bool = False


class NotificationPreferencesView(Out):
    """What holds for the party. `stated_at` is null where it said nothing: then this is what holds for everybody.

    `channels` is the whole order in which the party is tried, where it has an address. The hours are those that hold.
    """

    statutory: bool
    procedural: bool
    reminder: bool
    campaign: bool
    channels: list[str]
    quiet_from: str
    quiet_until: str
    language: str
    large_print: bool
    voice: bool
    stated_at: datetime | None
