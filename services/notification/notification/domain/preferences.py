"""How a party wishes to be told: what it does without, by which channels first, when not, and in which form.

    nothing said ──state──▶ stated ──state──▶ stated …        the last word counts

What the law demands is told to everybody: STATUTORY cannot be switched off (NJ 15). The inbox is no channel and shows
everything. A campaign goes to those alone who asked for it. The service of process follows the consent that the party
signed, and nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import PartyId, PreferenceId
from common.values.law import NJ_15
from common.values.notificationrules import NotificationRules
from notification.domain.channels import HINTING, Channel
from notification.domain.templates import Category, Language
from notification.domain.timing import Quiet


@dataclass(frozen=True)
class Wishes:
    """What the party said; as it stands here, what holds for a party that said nothing.

    `unwanted` are the categories that leave by no channel. `channels` are tried first, in this order; the city's others
    follow. `quiet` takes the place of the city's hours. `language` EN: English beside the Chinese. `large_print` is for
    what is printed, `voice` for the officers: the party would rather be called.
    """

    unwanted: frozenset[Category] = frozenset({Category.CAMPAIGN})
    channels: tuple[Channel, ...] = ()
    quiet: Quiet | None = None
    language: Language = Language.ZH
    large_print: bool = False
    voice: bool = False

    def wants(self, category: Category) -> bool:
        """Whether messages of `category` may leave for the party (Inv. 11)."""
        return category is Category.STATUTORY or category not in self.unwanted

    def quiet_in(self, rules: NotificationRules) -> Quiet:
        """When the party is not disturbed."""
        return self.quiet or Quiet.of_city(rules)


STANDARD: Final = Wishes()
"""Of a party that said nothing."""


@dataclass(frozen=True)
class Preferences:
    """What a party said last; `stated_at` is None where it said nothing."""

    id: PreferenceId
    party_id: PartyId
    wishes: Wishes
    stated_at: datetime | None


@dataclass(frozen=True)
class PreferencesStated(Fact):
    """The party said how it wishes to be told. On record is what it does without, because it explains why nothing left.

    Channels, hours, language and form are in no record: that somebody needs large print is nobody's business.
    """

    type: ClassVar[str] = "preference.stated"

    party_id: PartyId
    unwanted: tuple[Category, ...]

    @property
    def subject(self) -> str | None:
        return self.party_id.stream


def state(before: Preferences, wishes: Wishes, *, rules: NotificationRules) -> PreferencesStated | None:
    """The party says how it wishes to be told; None where it said so before.

    The prompt is the city's duty, so no wish ends it (NJ 15). Quiet hours leave time in which a message can arrive, and
    a channel that the city does not use is refused, because it would be a promise that nobody keeps.
    """
    if Category.STATUTORY in wishes.unwanted:
        raise Refusal(Kind.INVALID, "NOTI_STATUTORY_STAYS", article=NJ_15)
    known = [channel for channel in rules.channels if Channel(channel) not in HINTING]
    if len(set(wishes.channels)) < len(wishes.channels) or not set(wishes.channels) <= set(known):
        raise Refusal(Kind.INVALID, "NOTI_PREFERRED_CHANNELS", {"known": known})
    if wishes.quiet is not None and wishes.quiet.length > timedelta(hours=rules.most_quiet_h):
        raise Refusal(Kind.INVALID, "NOTI_QUIET_HOURS", {"most": rules.most_quiet_h})
    if before.stated_at is not None and before.wishes == wishes:
        return None
    return PreferencesStated(before.id, before.party_id, tuple(sorted(wishes.unwanted)))


def unstated(preference_id: PreferenceId, party_id: PartyId) -> Preferences:
    """The preferences of a party that said nothing."""
    return Preferences(preference_id, party_id, STANDARD, None)


def after(preferences: Preferences, wishes: Wishes, *, at: datetime) -> Preferences:
    """The preferences once the party said `wishes` at `at`."""
    return replace(preferences, wishes=wishes, stated_at=at)
