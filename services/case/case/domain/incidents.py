"""Which captures show one act (一事不再罚; APL 29): the key, the gap, and the events that split.

    capture ── same key, small gap, no split between ── capture ── … ── capture       one act, however long the chain

A continuing act is followed along its chain: captures at 0, 2 and 4 hours with a gap of 3 hours are one act, in
whichever order they become known. A change of the calendar day splits nothing. Nothing here reads a clock or a row.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from case.domain.outcomes import Outcome, Unfiled
from case.domain.procedure import State
from common.values.ids import AgencyId, CaseId
from common.values.mergerules import KeyPart, Merge, SplitEvent
from common.values.profile import Profile

_METRES_PER_DEGREE: Final = 111_320
_READ_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "·": None, " ": None, "-": None})
"""A plate has neither O nor I, so a reader that writes one means the digit."""
SAYS_NOTHING: Final = frozenset({Unfiled.NO_FACT, Unfiled.DUPLICATE, Unfiled.PARTY_UNKNOWN})
"""The ends of a lead that say nothing about the act itself."""


def codes_of_act(profile: Profile, code: str) -> list[str]:
    """The codes of the catalogue under which one act can fall: those of the same rule set, in any of its versions."""
    rulesets = rulesets_of(profile, code)
    return sorted({item.code for item in profile.catalogue if item.ruleset in rulesets})


def rulesets_of(profile: Profile, code: str) -> frozenset[str]:
    """The rule sets that any version of the catalogue names for this code."""
    return frozenset(item.ruleset for item in profile.catalogue if item.code == code)


@dataclass(frozen=True)
class Place:
    """Where a capture was taken: the published name of the place, and WGS-84 degrees where they are known."""

    name: str
    longitude: Decimal | None = None
    latitude: Decimal | None = None

    def is_within(self, metres: int, other: Place) -> bool:
        """Whether the two lie on one road segment. Without coordinates only the same name tells."""
        if self.name == other.name:
            return True
        east = self._apart(self.longitude, other.longitude)
        north = self._apart(self.latitude, other.latitude)
        if east is None or north is None or self.latitude is None:
            return False
        east *= math.cos(math.radians(float(self.latitude)))
        return math.hypot(east, north) * _METRES_PER_DEGREE <= metres

    @staticmethod
    def _apart(ours: Decimal | None, theirs: Decimal | None) -> float | None:
        return None if ours is None or theirs is None else float(ours - theirs)


@dataclass(frozen=True)
class Sighting:
    """A capture as the key of an act sees it. `party` is the keyed digest of who was found to be the party."""

    captured_at: datetime
    code: str
    plate: str | None
    place: Place
    party: bytes | None = None


@dataclass(frozen=True)
class Incident:
    """A case as an act: its captures, and what may have split it. `same_as` is the case it is one act with.

    `window_until` is set once the prompt arrived; `fined_at` once a penalty was served. `is_untouched`: nobody was told
    or identified yet. A decision that was revoked bars nothing: it is as if it had not been made.
    """

    case_id: CaseId
    agency_id: AgencyId
    state: State
    opened_at: datetime
    sightings: tuple[Sighting, ...]
    same_as: CaseId | None = None
    ended_at: datetime | None = None
    window_until: datetime | None = None
    fined_at: datetime | None = None
    outcome: Outcome | None = None
    unfiled: Unfiled | None = None
    is_untouched: bool = False
    is_revoked: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether the act was taken for a violation and the case about it ended: by a penalty, or by a waiver.

        A penalty bars another one (APL 29), and what was waived in one case is not punished in its twin.
        """
        decided = self.outcome not in (None, Outcome.NO_VIOLATION) and not self.is_revoked
        waived = self.state is State.NOT_FILED and self.unfiled is not None
        return decided or (waived and self.unfiled not in SAYS_NOTHING)

    @property
    def stands(self) -> bool:
        """Whether the case can stand for its act: a lead or decision that found no violation does not."""
        is_denied = self.outcome is Outcome.NO_VIOLATION or self.state is State.NOT_FILED or self.is_revoked
        return self.is_settled or not is_denied

    def cuts(self, merge: Merge) -> tuple[datetime, ...]:
        """The instants after which a new act began. A capture at the instant itself still belongs to the old one."""
        reasonable = timedelta(hours=merge.after_decision_h)
        events = {
            SplitEvent.STATE_ENDED: self.ended_at,
            SplitEvent.AFTER_PROMPT_WINDOW: self.window_until,
            SplitEvent.AFTER_DECISION: self.fined_at + reasonable if self.fined_at else None,
        }
        return tuple(at for event in merge.split_on if (at := events[event]) is not None)


def plain_plate(plate: str) -> str:
    """A plate without what two readers of one plate write differently."""
    return plate.upper().translate(_READ_ALIKE)


def is_misread(one: str, other: str) -> bool:
    """Whether two plates differ in one character alone, as two readings of one plate do."""
    pairs = list(zip(plain_plate(one), plain_plate(other), strict=False))
    same_length = len(plain_plate(one)) == len(plain_plate(other))
    return same_length and sum(a != b for a, b in pairs) <= 1


def has_same_key(merge: Merge, one: Sighting, other: Sighting) -> bool:
    """Whether the two captures agree in every part of the key.

    The subject is the plate. Where one capture shows none, or shows it with another spelling, the party tells: two
    different plates of one owner are two vehicles.
    """
    is_party = one.party is not None and one.party == other.party
    if one.plate and other.plate:
        same_plate = plain_plate(one.plate) == plain_plate(other.plate)
        is_subject = same_plate or (is_party and is_misread(one.plate, other.plate))
    else:
        is_subject = is_party
    is_place = KeyPart.ROAD_SEGMENT not in merge.key or one.place.is_within(merge.segment_m, other.place)
    is_code = KeyPart.VIOLATION_CODE not in merge.key or one.code == other.code
    return is_subject and is_place and is_code


def shows_one_act(merge: Merge, one: Sighting, other: Sighting, cuts: Iterable[datetime]) -> bool:
    """Whether two captures show one act: the same key, a small gap, and no event that splits between them."""
    first, last = sorted((one.captured_at, other.captured_at))
    near = last - first <= timedelta(minutes=merge.max_gap_minutes)
    return near and has_same_key(merge, one, other) and not any(first <= cut < last for cut in cuts)


def is_about(
    merge: Merge, sightings: Sequence[Sighting], incident: Incident, cuts: Sequence[datetime]
) -> bool:
    """Whether `incident` is about the act of `sightings`, whose own cases split at `cuts`."""
    both = (*cuts, *incident.cuts(merge))
    return any(
        shows_one_act(merge, ours, theirs, both) for ours in sightings for theirs in incident.sightings
    )


def roots(incidents: Sequence[Incident]) -> dict[CaseId, CaseId]:
    """For each case the one that goes on with its act, along the links. A link that leads back to itself ends there."""
    links = {each.case_id: each.same_as for each in incidents}
    found = {}
    for case_id in links:
        seen, root = {case_id}, case_id
        while (further := links.get(root)) is not None and further not in seen:
            seen.add(further)
            root = further
        found[case_id] = root
    return found


def twins(
    merge: Merge, own: Incident, others: Sequence[Incident], *, distinct: Sequence[str]
) -> tuple[CaseId, ...]:
    """The cases that bar a penalty for the act of `own` (APL 29): settled ones, by their captures or by a link; and the
    open case that `own` is linked to, because that one goes on.

    `others` are the cases of the same codes near in time, and those that links lead to. `distinct` are the cases that
    legal review found to be about another act.
    """
    root = roots((own, *others))
    cuts = own.cuts(merge)
    ours = root[own.case_id]
    barring = (
        each
        for each in others
        if (each.is_settled and (root[each.case_id] == ours or is_about(merge, own.sightings, each, cuts)))
        or (each.case_id == ours and each.stands)
    )
    return tuple(sorted(each.case_id for each in barring if each.case_id not in distinct))


@dataclass(frozen=True)
class Placement:
    """Where an accepted capture goes.

    `joins` is the case that takes it; `linked_to` is set where the act has a case that takes no more captures, so the
    capture opens a lead beside it. `absorbed` end in `joins`, because the capture shows that they are about its act;
    `bridged` are cases that somebody worked on: they are linked, and a person merges them.
    """

    joins: CaseId | None = None
    linked_to: CaseId | None = None
    absorbed: tuple[CaseId, ...] = ()
    bridged: tuple[CaseId, ...] = ()


TAKING: Final = (State.SUSPECTED, State.PROMPTED, State.READY_TO_FILE, State.FILED)
"""The states in which a case takes another capture: nobody signed a report about its captures yet."""


def place(merge: Merge, sighting: Sighting, incidents: Sequence[Incident]) -> Placement:
    """Where a capture goes, that may be told late (C-01).

    Of several cases about its act the one goes on that is furthest: what was decided covers the act, and a party that
    was told is not told anew.
    """
    goes_to = roots(incidents)
    known = {each.case_id: each for each in incidents}
    met = {
        goes_to[each.case_id]
        for each in incidents
        if is_about(merge, (sighting,), each, known.get(goes_to[each.case_id], each).cuts(merge))
    }
    acts = [known[case_id] for case_id in met if case_id in known and known[case_id].stands]
    if not acts:
        return Placement()
    first = min(acts, key=_precedence)
    others = [each for each in acts if each is not first]
    takes = first.state in TAKING
    absorbed = tuple(sorted(each.case_id for each in others if takes and each.is_untouched))
    bridged = tuple(sorted(each.case_id for each in others if each.case_id not in absorbed))
    return Placement(
        joins=first.case_id if takes else None,
        linked_to=None if takes else first.case_id,
        absorbed=absorbed,
        bridged=bridged,
    )


def found_together(
    merge: Merge, own: Incident, others: Sequence[Incident]
) -> tuple[CaseId, tuple[CaseId, ...]] | None:
    """Of the cases about the act of `own` the one that goes on, and those that are to be linked to it.

    For an officer who found the party: another device, or another spelling of the plate, shows the same subject then.
    None where no other case is about the act, or all are linked already.
    """
    goes_to, known = roots((own, *others)), {each.case_id: each for each in (own, *others)}
    met = {
        goes_to[each.case_id]
        for each in others
        if each.stands and is_about(merge, own.sightings, each, own.cuts(merge))
    }
    acts = [known[case_id] for case_id in {goes_to[own.case_id], *met} if case_id in known]
    if len(acts) < 2:
        return None
    first = min(acts, key=_precedence)
    return first.case_id, tuple(sorted(each.case_id for each in acts if each is not first))


_ORDER: Final = {state: n for n, state in enumerate(State)}


def _precedence(incident: Incident) -> tuple[bool, int, datetime, CaseId]:
    """Settled first, then the furthest, then the oldest."""
    return (
        not incident.is_settled,
        -_ORDER[incident.state],
        incident.opened_at,
        incident.case_id,
    )
