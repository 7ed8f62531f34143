"""The checklists of the two reviews of an application (APL 41(1); NJ 8, 9).

An item does not apply (NA) only for a reason, and fails only for a reason: each has its note. Some items apply to every
device, because without them nothing would be reviewed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from common.values.errors import InputError, Kind, Refusal
from common.values.law import APL_41_1

LEGAL_ITEMS: Final = ("L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8")
TECHNICAL_ITEMS: Final = ("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9")
ALWAYS_APPLY: Final = frozenset({"L1", "L2", "L3", "L5", "T1", "T4", "T8"})
"""The basis, the agency's power, the law in force, the place; the standard, the clock, the siting."""


class ItemResult(StrEnum):
    PASS = "PASS"
    FAIL = "FAIL"
    NA = "NA"


@dataclass(frozen=True)
class Checklist:
    """A filled checklist: the result of each item, and the note of each item that failed or does not apply."""

    results: Mapping[str, ItemResult]
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """What a complete checklist says."""

    failed: tuple[str, ...]
    absent: tuple[str, ...]


def judged(checklist: Checklist, items: Collection[str]) -> Judged:
    """The failed and the not applicable items. Refusal DEV_CHECKLIST_INCOMPLETE names each item that is amiss."""
    results, notes = checklist.results, checklist.notes
    faults = [
        *(InputError(f"/checklist/{item}", "CHECKLIST_ITEM") for item in items if item not in results),
        *(InputError(f"/checklist/{item}", "CHECKLIST_ITEM") for item in results if item not in items),
        *(
            InputError(f"/checklist/{item}", "CHECKLIST_ITEM_APPLIES")
            for item, result in results.items()
            if result is ItemResult.NA and item in ALWAYS_APPLY
        ),
        *(
            InputError(f"/notes/{item}", "CHECKLIST_NOTE")
            for item, result in results.items()
            if item in items and result is not ItemResult.PASS and not notes.get(item, "").strip()
        ),
        *(InputError(f"/notes/{item}", "CHECKLIST_ITEM") for item in notes if item not in items),
    ]
    if faults:
        raise Refusal(
            Kind.INVALID,
            "DEV_CHECKLIST_INCOMPLETE",
            {"items": tuple(items), "always": sorted(ALWAYS_APPLY & set(items))},
            article=APL_41_1,
            errors=tuple(faults),
        )
    return Judged(
        tuple(item for item in items if results[item] is ItemResult.FAIL),
        tuple(item for item in items if results[item] is ItemResult.NA),
    )
