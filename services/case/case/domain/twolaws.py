"""Two laws weighed against each other: that of the day of the act, and that of the day of the decision (APL 37).

    the same version       the law of the act
    today's is lighter     today's
    no violation today     none: there is nothing to punish any more
    otherwise              the law of the act

Lighter is what the law allows at the most for the same circumstances, by the kind of the penalty, then by the highest
fine, then by the lowest: the amount that somebody would have proposed under it says nothing of the law.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from case.domain.discretion import assess, circumstances_of
from common.values.catalogue import CatalogueItem, PenaltyKind, Regime
from common.values.errors import Kind, Refusal
from common.values.law import APL_29, APL_34, APL_37, ECO_1053_1057
from common.values.profile import Profile

_RANK = {kind: rank for rank, kind in enumerate(PenaltyKind)}


class Law(StrEnum):
    """Which of the two is applied; NONE where the act is no violation any more."""

    OF_THE_ACT = "OF_THE_ACT"
    OF_TODAY = "OF_TODAY"
    NONE = "NONE"


@dataclass(frozen=True)
class Side:
    """What one version of the catalogue item allows for the circumstances, in fen, and the trace of its benchmark."""

    version: int
    valid_from: date
    kind: PenaltyKind
    tier: str
    min_fen: int
    max_fen: int
    trace: tuple[str, ...]

    @property
    def weight(self) -> tuple[int, int, int]:
        return (_RANK[self.kind], self.max_fen, self.min_fen)


@dataclass(frozen=True)
class Weighed:
    """Both laws on one day, and the one that is applied. `of_today` is None where nothing is violated any more."""

    acted_on: date
    weighed_on: date
    of_the_act: Side
    of_today: Side | None
    law: Law
    circumstances: tuple[tuple[str, str], ...]

    @property
    def applied(self) -> Side:
        """The side that is applied; where none is, that of the act, for what is printed of it."""
        return self.of_today if self.law is Law.OF_TODAY and self.of_today else self.of_the_act

    @property
    def has_changed(self) -> bool:
        """Whether the law is another one than at the act."""
        return self.of_today is None or self.of_today.version != self.of_the_act.version

    def agrees(self, other: Weighed) -> bool:
        """Whether `other` found the same, on whatever day."""
        return replace(self, weighed_on=other.weighed_on) == other


def weigh(
    profile: Profile, code: str, circumstances: Mapping[str, str], *, acted_on: date, on: date
) -> Weighed:
    """Weigh the law of the day `acted_on` against that of the day `on`.

    Refusal CASE_LAW_UNSTATED where nobody stated what holds on that day; CASE_BENCHMARK_UNPUBLISHED,
    CASE_CIRCUMSTANCES_INCOMPLETE and CASE_NO_TIER as `assess`.
    """
    then = profile.item(code, on=acted_on)
    now = _in_force(profile, then, on)
    _require_known(circumstances, [then, *([now] if now else [])])
    of_the_act = _side(then, circumstances, on)
    of_today = of_the_act if now == then else _side(now, circumstances, on) if now else None
    if of_today is None:
        law = Law.NONE
    else:
        law = Law.OF_TODAY if of_today.weight < of_the_act.weight else Law.OF_THE_ACT
    stated = tuple(sorted(circumstances.items()))
    return Weighed(acted_on, on, of_the_act, of_today, law, stated)


def _in_force(profile: Profile, then: CatalogueItem, on: date) -> CatalogueItem | None:
    now = profile.find_item(then.code, on=on)
    if now is not None:
        return now
    ended = [i for i in profile.catalogue if i.code == then.code and (i.valid_until or date.max) < on]
    if ended and max(ended, key=lambda item: item.version).no_violation_after:
        return None
    # That a version ended does not say that the act is lawful: a repeal and a renumbering look alike here.
    raise Refusal(Kind.CONFLICT, "CASE_LAW_UNSTATED", {"item": then.code, "day": on}, article=APL_37)


def _require_known(circumstances: Mapping[str, str], items: list[CatalogueItem]) -> None:
    """Each circumstance belongs to one of the two laws: a word that neither knows was meant for something else."""
    known = {code: values for item in items for code, values in circumstances_of(item).items()}
    if set(circumstances) - set(known):
        accepted = "; ".join(f"{code}: {', '.join(sorted(values))}" for code, values in known.items())
        raise Refusal(Kind.INVALID, "CASE_CIRCUMSTANCES_INCOMPLETE", {"accepted": accepted}, article=APL_34)


def _overlay(item: CatalogueItem) -> tuple[str, ...]:
    """What the trace says of the ecological code, and of the other norms that the act violates (APL 29)."""
    is_ecological = item.regime is Regime.ECOLOGY
    beside = "; ".join(f"{n.clause.zh}: {n.min_fen}-{n.max_fen} fen" for n in item.beside) or "none"
    law = ECO_1053_1057 if is_ecological else APL_29
    compared = (
        f"{law}: {item.penalty.zh}: {item.min_fen}-{item.max_fen} fen is the higher fine; beside it {beside}"
    )
    if not is_ecological:
        return (compared,) if item.beside else ()
    return (
        f"{ECO_1053_1057}: fault is presumed, and the party proves that it had none",
        f"{ECO_1053_1057}: limitation of 5 years where the act did harm",
        compared,
    )


def _side(item: CatalogueItem, circumstances: Mapping[str, str], on: date) -> Side:
    asked = circumstances_of(item)
    own = {code: value for code, value in circumstances.items() if code in asked}
    found = assess(item, own, on=on)
    tier = found.tier
    return Side(
        item.version,
        item.valid_from,
        item.kind,
        tier.code,
        tier.min_fen,
        tier.max_fen,
        (*found.trace, *_overlay(item)),
    )
