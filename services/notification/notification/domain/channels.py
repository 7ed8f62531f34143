"""The channels by which a message travels, and what a delivery of each may say.

A delivery either carries the message or hints at it. A hint (a push to a phone) says that something waits in the inbox;
nobody is told by a hint alone, and another channel does not replace it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from common.values.notificationrules import NotificationRules


class Channel(StrEnum):
    """A way out of this system. The inbox is no way out: it is reached by committing."""

    SMS = "SMS"
    EMAIL = "EMAIL"
    FAX = "FAX"
    WECHAT = "WECHAT"
    PUSH = "PUSH"  # through the vendor of the phone
    WEBPUSH = "WEBPUSH"  # RFC 8030
    POST = "POST"  # a print house prints and posts it


class Role(StrEnum):
    """Whether a delivery brings the message, or only says that it waits in the inbox."""

    CARRIES = "CARRIES"
    HINTS = "HINTS"


HINTING: Final = frozenset({Channel.PUSH, Channel.WEBPUSH})
"""These channels never carry: what they show stands on a locked screen for everybody to read."""

BARE: Final = "有一份文书待您查收，请登录收件箱查阅。"
"""All that a channel may say of a message whose level is above the channel's."""

BARE_EN: Final = "A document waits for you; please read it in your inbox."
"""The same beside it, for a party that wishes English."""


@dataclass(frozen=True)
class Address:
    """An address of a party on one channel: a number, a mailbox, the JSON of a push subscription."""

    channel: Channel
    value: str


def channels_in_order(rules: NotificationRules, *, first: Sequence[Channel] = ()) -> tuple[Channel, ...]:
    """The channels that the profile lists, in its order, but those that the party wishes `first` before all others."""
    order = [Channel(channel) for channel in rules.channels]
    wished = [channel for channel in first if channel in order]
    return (*wished, *(channel for channel in order if channel not in wished))


def in_order(
    addresses: Mapping[Channel, str], rules: NotificationRules, *, first: Sequence[Channel] = ()
) -> tuple[Address, ...]:
    """The addresses in the order of their channels. A channel that the profile does not list is not used."""
    order = channels_in_order(rules, first=first)
    return tuple(Address(channel, addresses[channel]) for channel in order if addresses.get(channel))
