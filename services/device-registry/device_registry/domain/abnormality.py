"""Devices whose figures are out of line (NJ 13; PJ 2.5): eight flags over one month, each a comparison to be redone.

    A1 fine outlier    0.6745 × (ln(1 + f) − median) ÷ MAD of the group, and a floor in money
    A2 volume          a multiple of the group's median, or so many a day
    A3 jump            a multiple of the device's own median of twelve months, and a floor
    A4 rate            accepted to passes: a percentile of the group, or an absolute rate
    A5 disputes        of the disputes of twelve months, how many were upheld
    A6 quality         of the captures of ninety days, how many failed for the picture or the device
    A7 concentration   share of all fines of the agency in twelve months
    A8 no deterrence   six months after activation no fall, and still among the highest

A flag says that figures are unusual and never that anybody did wrong: a person looks at the place and decides. Integers
and `Decimal` alone, in one order, so that a court's expert gets the same answer (`docs/abnormality.md`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from common.values.abnormalityrules import Thresholds
from common.values.ids import AgencyId, DeviceId
from device_registry.domain.peers import Peer, Scope, grouped

_EXACT: Final = Context(prec=34, rounding=ROUND_HALF_EVEN)
_TWELVE_PLACES: Final = Decimal("0.000000000001")
_NORMAL: Final = Decimal("0.6745")


class Flag(StrEnum):
    """What is unusual about a device."""

    FINES = "A1"
    VOLUME = "A2"
    JUMP = "A3"
    RATE = "A4"
    DISPUTES = "A5"
    QUALITY = "A6"
    CONCENTRATION = "A7"
    NO_DETERRENCE = "A8"


BREAKING: Final = frozenset({Flag.FINES, Flag.VOLUME, Flag.JUMP, Flag.RATE})
"""Two of these stop the device until a person has looked."""


@dataclass(frozen=True)
class Year:
    """Sums over the twelve months that end with the month looked at."""

    disputes: int
    upheld: int
    fine_fen: int


@dataclass(frozen=True)
class Recent:
    """Captures of the ninety days before the month's end, and those that failed for the picture or the device."""

    captures: int
    unsound: int


@dataclass(frozen=True)
class Observed:
    """A device and its month. `accepted` and `fine_fen` are those of the month, which has `days` days.

    `passes` is a flow count of the month, None without one. `before` are the accepted captures of the full months in
    service before it, at most twelve, the oldest first. `since_activation` are those of its first full months in use
    up to this one, at most one more than the months after which a fall is expected.
    """

    device_id: DeviceId
    agency_id: AgencyId
    peer: Peer
    month: date
    days: int
    accepted: int
    fine_fen: int
    passes: int | None
    before: tuple[int, ...]
    since_activation: tuple[int, ...]
    recent: Recent
    year: Year


@dataclass(frozen=True)
class Verdict:
    """The flags of one device, and the group that it was compared with."""

    device_id: DeviceId
    flags: frozenset[Flag]
    scope: Scope
    group_size: int

    @property
    def breaks(self) -> bool:
        """Whether the device is stopped until a person has looked."""
        return len(self.flags & BREAKING) >= 2


@dataclass(frozen=True)
class _Group:
    """What the devices of a group have in common, computed once."""

    size: int
    log_fine: Decimal
    log_fine_mad: Decimal
    accepted: Fraction
    high_accepted: int
    high_rate: Fraction | None


@dataclass(frozen=True)
class _Question:
    """A device, its group (None: nobody to compare with), and the fines of its agency in twelve months."""

    device: Observed
    group: _Group | None
    agency_fen: int
    limits: Thresholds


def look(devices: Sequence[Observed], limits: Thresholds) -> list[Verdict]:
    """The verdict on every device of the city for one month, in the order of `devices`."""
    groups = grouped(devices, least=limits.peers_least)
    known: Mapping[Peer, _Group | None] = {
        peer: _group_of(members, limits) if members else None for peer, (_, members) in groups.items()
    }
    fen: Counter[AgencyId] = Counter()
    for device in devices:
        fen[device.agency_id] += device.year.fine_fen
    verdicts = []
    for device in devices:
        group = known[device.peer]
        question = _Question(device, group, fen[device.agency_id], limits)
        flags = frozenset(flag for flag, is_raised in _RULES.items() if is_raised(question))
        scope = groups[device.peer][0]
        verdicts.append(Verdict(device.device_id, flags, scope, group.size if group else 0))
    return verdicts


def _fines(q: _Question) -> bool:
    if q.group is None or q.device.fine_fen < q.limits.fine_least_fen:
        return False
    off = _EXACT.multiply(_NORMAL, _EXACT.subtract(_log_of(q.device), q.group.log_fine))
    # Multiplied out: no quotient is rounded before it is compared.
    least = _EXACT.multiply(Decimal(q.limits.fine_z_milli), q.group.log_fine_mad)
    return _EXACT.multiply(off, Decimal(1000)) >= least


def _volume(q: _Question) -> bool:
    if q.device.accepted >= q.limits.volume_per_day * q.device.days:
        return True
    # Of a group that records nothing, every multiple is nothing: it says nothing about anybody.
    return (
        q.group is not None
        and q.group.accepted > 0
        and q.device.accepted >= q.limits.volume_times * q.group.accepted
    )


def _jump(q: _Question) -> bool:
    if q.device.accepted < q.limits.jump_least or len(q.device.before) < q.limits.jump_months_least:
        return False
    return q.device.accepted >= q.limits.jump_times * median(q.device.before)


def _rate(q: _Question) -> bool:
    rate = _rate_of(q.device)
    if rate is None or not rate:
        return False
    if rate >= Fraction(q.limits.rate_per_million, 1_000_000):
        return True
    return q.group is not None and q.group.high_rate is not None and rate >= q.group.high_rate


def _disputes(q: _Question) -> bool:
    year = q.device.year
    return (
        year.disputes >= q.limits.disputes_least
        and 100 * year.upheld >= q.limits.upheld_percent * year.disputes
    )


def _quality(q: _Question) -> bool:
    recent = q.device.recent
    return (
        recent.captures >= q.limits.quality_least
        and 100 * recent.unsound >= q.limits.quality_percent * recent.captures
    )


def _concentration(q: _Question) -> bool:
    return q.agency_fen > 0 and 100 * q.device.year.fine_fen >= q.limits.share_percent * q.agency_fen


def _no_deterrence(q: _Question) -> bool:
    months = q.device.since_activation
    if q.group is None or len(months) <= q.limits.deterrence_months or not months[0]:
        return False
    after = months[1 : q.limits.deterrence_months + 1]
    has_fallen = any(100 * month <= (100 - q.limits.deterrence_percent) * months[0] for month in after)
    return not has_fallen and q.device.accepted >= q.group.high_accepted


_RULES: Final[dict[Flag, Callable[[_Question], bool]]] = {
    Flag.FINES: _fines,
    Flag.VOLUME: _volume,
    Flag.JUMP: _jump,
    Flag.RATE: _rate,
    Flag.DISPUTES: _disputes,
    Flag.QUALITY: _quality,
    Flag.CONCENTRATION: _concentration,
    Flag.NO_DETERRENCE: _no_deterrence,
}


def median(values: Sequence[int]) -> Fraction:
    """The middle value, or the mean of the two in the middle, exactly. Needs a value."""
    ordered, middle = sorted(values), len(values) // 2
    if len(ordered) % 2:
        return Fraction(ordered[middle])
    return Fraction(ordered[middle - 1] + ordered[middle], 2)


def rank(size: int, percentile: int) -> int:
    """The place, from 0, of a percentile among `size` ordered values: the nearest rank, never between two values."""
    return max(-(-percentile * size // 100), 1) - 1


def _group_of(members: Sequence[Observed], limits: Thresholds) -> _Group:
    logs = sorted(_log_of(device) for device in members)
    middle = _middle(logs)
    spread = _middle(sorted(abs(_EXACT.subtract(log, middle)) for log in logs))
    accepted = sorted(device.accepted for device in members)
    rates = sorted(rate for device in members if (rate := _rate_of(device)) is not None)
    return _Group(
        size=len(members),
        log_fine=middle,
        log_fine_mad=max(spread, Decimal(limits.mad_floor_milli) / 1000),
        accepted=median(accepted),
        high_accepted=accepted[rank(len(accepted), limits.deterrence_percentile)],
        high_rate=rates[rank(len(rates), limits.rate_percentile)]
        if len(rates) >= limits.rate_peers_least
        else None,
    )


def _middle(ordered: Sequence[Decimal]) -> Decimal:
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return _EXACT.divide(_EXACT.add(ordered[middle - 1], ordered[middle]), Decimal(2))


def _log_of(device: Observed) -> Decimal:
    """ln(1 + f), f in yuan, to twelve places: every correct library gives these digits."""
    yuan = Decimal(device.fine_fen).scaleb(-2)
    return _EXACT.ln(_EXACT.add(yuan, Decimal(1))).quantize(_TWELVE_PLACES, context=_EXACT)


def _rate_of(device: Observed) -> Fraction | None:
    return Fraction(device.accepted, device.passes) if device.passes else None
