"""The carriers that the operator configured, by channel, with what this process knows of each."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from py_vapid import Vapid02

from common.calls.fetch import Guard
from common.calls.providers import Lines
from notification.channels.breakers import Breaker, chosen
from notification.channels.configs import Provider, read_secret
from notification.channels.http import HttpCarrier
from notification.channels.letters import Carrier
from notification.channels.postfile import PostFileCarrier
from notification.channels.smtp import Attachments, SmtpCarrier
from notification.channels.webpush import WebPushCarrier
from notification.domain.answers import Verdict
from notification.domain.channels import Channel


@dataclass
class Roster:
    """`providers` are the configurations by name. `speeds` are median seconds to arrival, as measured last."""

    carriers: dict[str, Carrier]
    providers: dict[str, Provider]
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    speeds: dict[str, float] = field(default_factory=dict)
    _breakers: dict[str, Breaker] = field(default_factory=dict)

    def pick(self, channel: Channel, address: str) -> Carrier | None:
        """The carrier for the next order by `channel` to `address`; None without one that works just now."""
        now = monotonic()
        weights = {
            name: carrier.weight
            for name, carrier in self.carriers.items()
            if carrier.channel is channel and self._reaches(name, address) and self._breaker(name).admits(now)
        }
        if not weights:
            return None
        name = (
            next(iter(weights)) if len(weights) == 1 else chosen(weights, self.speeds, drawn=random.random())
        )
        self._breaker(name).begin(now)
        return self.carriers[name]

    def has(self, channel: Channel, address: str | None = None) -> bool:
        """Whether some provider is configured for `address` on `channel`, or for any address there."""
        return any(
            carrier.channel is channel and (address is None or self._reaches(name, address))
            for name, carrier in self.carriers.items()
        )

    def is_bare(self, provider: str | None, level: int) -> bool:
        """Whether `provider` may say of a message of `level` no more than that a document waits."""
        carrier = self.carriers.get(provider or "")
        return carrier is None or carrier.level < level

    def note(self, name: str, verdict: Verdict) -> None:
        """What came of an order that was given to `name`."""
        self._breaker(name).note(verdict, monotonic())

    def standing(self) -> Mapping[str, bool]:
        """Whether each provider is given orders, by name."""
        now = monotonic()
        return {name: self._breaker(name).admits(now) for name in self.carriers}

    async def close(self) -> None:
        await asyncio.gather(*(carrier.close() for carrier in self.carriers.values()))

    def _reaches(self, name: str, address: str) -> bool:
        provider = self.providers.get(name)
        return provider is None or provider.smtp is None or provider.smtp.reaches(address)

    def _breaker(self, name: str) -> Breaker:
        return self._breakers.setdefault(name, Breaker())


def roster_of(
    providers: Sequence[Provider], *, folder: Path, guard: Guard, attachments: Attachments
) -> Roster:
    """The carriers of `providers`. Secrets lie in files below `folder`. Raises OSError or ValueError for one that
    lacks."""
    roster = Roster({}, {provider.name: provider for provider in providers})
    for provider in providers:
        lines = Lines(guard, tuple(provider.networks))
        if provider.http is not None:
            secret = read_secret(folder, provider.http.auth.secret)
            roster.carriers[provider.name] = HttpCarrier(provider, lines, secret=secret)
        elif provider.smtp is not None:
            secret = read_secret(folder, provider.smtp.secret)
            carrier = SmtpCarrier(provider, guard, secret=secret, attachments=attachments)
            roster.carriers[provider.name] = carrier
        elif provider.webpush is not None:
            key = Vapid02.from_pem((folder / provider.webpush.key).read_bytes())
            roster.carriers[provider.name] = WebPushCarrier(provider, lines, key=key)
        else:
            roster.carriers[provider.name] = PostFileCarrier(provider, attachments=attachments)
        if provider.reports is not None:
            roster.secrets[provider.name] = read_secret(folder, provider.reports.secret)
    return roster
