"""What a carrier gets to send, and what every carrier is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from notification.domain.answers import Answer
from notification.domain.channels import BARE, BARE_EN, Channel
from notification.domain.delivery import Delivery
from notification.store.deliveries import Sending


@dataclass(frozen=True)
class Letter:
    """One message for one address. `reference` is our own name of the order: the same on every repeat of it.

    `is_bare`: the channel may not carry the level of the text, so the text says only that a document waits.
    `supplement` is the text in another language. The Chinese one prevails and says everything alone.
    """

    reference: str
    address: str
    title: str
    text: str
    expires_at: datetime
    attempt: int = 1
    template: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    attachment_sha256: str | None = None
    is_bare: bool = False
    supplement: str | None = None
    large_print: bool = False

    @property
    def whole(self) -> str:
        """The Chinese text, and the other one below it where the party wishes one."""
        return f"{self.text}\n{self.supplement}" if self.supplement else self.text


class Carrier(Protocol):
    """One provider of one channel. `level` is the highest confidentiality (1 to 4) that may travel there."""

    name: str
    channel: Channel
    level: int
    weight: int

    async def send(self, letter: Letter) -> Answer:
        """Give the order once. Raises nothing that the provider or the network can cause."""

    async def ask(self, reference: str) -> Answer | None:
        """What became of the order of this name of ours, for a call that nobody saw the end of; None: it cannot tell.

        Verdict AWAY says that the provider never got it.
        """

    async def close(self) -> None:
        """Close its connections."""


def letter_of(delivery: Delivery, sending: Sending, *, level: int) -> Letter:
    """The letter of `delivery` for a channel that may carry `level`. Above it travels no word of the message."""
    is_bare = delivery.level > level
    return Letter(
        reference=delivery.id,
        address=sending.address,
        title="有一份文书待您查收" if is_bare else sending.title,
        text=BARE if is_bare else sending.text,
        expires_at=delivery.expires_at,
        attempt=delivery.attempts,
        template=None if is_bare else sending.template,
        values={} if is_bare else dict(sending.values),
        attachment_sha256=None if is_bare else sending.attachment_sha256,
        is_bare=is_bare,
        supplement=BARE_EN if is_bare and sending.supplement else sending.supplement,
        large_print=sending.large_print,
    )
