"""Which record opens an oversight item. To add a type, add its record here: the follower knows no other.

A record counts only in the streams of its noun, because a service's key may sign any type in its own streams.
The record's data must name the agency that the item concerns. Where one record type stands for several types of item,
its data says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from case.domain.oversight import ItemType
from common.values.facts import Commitment
from common.values.ids import AgencyId


@dataclass(frozen=True)
class Rule:
    """A record of `record_type` in a stream of `noun` opens an item of one of `types`.

    `agency`, `type` and `consequence` are the fields of the record's data. `type` is None where `types` has one
    member, `consequence` where the record has none. Where `unless` is given, a record that fills this field opens
    nothing: somebody ordered then what a service otherwise finds by itself.
    """

    record_type: str
    noun: str
    types: tuple[ItemType, ...]
    agency: str = "agency_id"
    type: str | None = None
    consequence: str | None = None
    unless: str | None = None

    def opens(self, data: Mapping[str, Any]) -> bool:
        """Whether a record with this data opens an item. One of an older version that names no agency opens none."""
        return self.agency in data and (self.unless is None or data.get(self.unless) is None)

    def type_of(self, data: Mapping[str, Any]) -> ItemType:
        """The type of the item. Raises ValueError if the record names one that this rule does not open."""
        if self.type is None:
            return self.types[0]
        item_type = ItemType(data[self.type])
        if item_type not in self.types:
            raise ValueError(f"{self.record_type} opens no {item_type}")
        return item_type

    def agency_of(self, data: Mapping[str, Any]) -> AgencyId:
        return AgencyId(data[self.agency])

    def consequence_of(self, data: Mapping[str, Any]) -> Commitment | None:
        """The commitment to the officer's words about the serious result; the words stay with the object."""
        committed = data[self.consequence] if self.consequence else None
        return Commitment(bytes.fromhex(committed["c"])) if committed else None


RULES: Final = (
    # The yearly report of new devices is missing after 31 December (PJ §3(3)).
    Rule("annual_report.overdue", "annual_report", (ItemType.OV_8,)),
    # The supervisor visited a device, and what its agency reported does not hold (PJ §3(1)).
    Rule("inspection.unresolved", "inspection", (ItemType.OV_1,)),
    # A report of the clean-up that is missing after the deadline of the campaign (PJ §3).
    Rule("cleanup_report.overdue", "cleanup_report", (ItemType.OV_8,)),
    Rule(
        "exchange.escalated",
        "exchange",
        (ItemType.OV_2, ItemType.OV_3),
        type="item_type",
        consequence="consequence",
    ),
    # The registry took a device out of service by itself, because it was not as the law prescribes (NJ 22(1)).
    Rule("device.suspended", "device", (ItemType.OV_1,), unless="by_agency"),
    # The catalogue of government data: a change that the agency left undone, a review that the authority did (GDS 17).
    Rule("catalogue.change_overdue", "catalogue", (ItemType.OV_6,), type="item_type"),
    Rule("catalogue.review_overdue", "catalogue", (ItemType.OV_6,), type="item_type"),
    # A prompt that nobody sent by its day, the city's usual one and the last one (NJ 15).
    Rule("case.prompt.overdue", "case", (ItemType.OV_6,)),
    # Another period of the agency that passed without its act (AES 11(2)).
    Rule("case.deadline.missed", "case", (ItemType.OV_6,)),
    # An application that the agency neither corrected nor forwarded, an answer that it did not give (ARL 32, 48, 54).
    Rule("case.remedy.overdue", "case", (ItemType.OV_6,)),
    # Nobody asked the court in time to execute a penalty, so the right is lost (AEL 53; APL 72(2)).
    Rule("case.enforcement.lapsed", "case", (ItemType.OV_6,)),
    # A decision of social impact that was not published, or one that fell and is public still (APL 48).
    Rule("case.publication.overdue", "case", (ItemType.OV_6,)),
    # A capture is no evidence any more, and nobody settled what follows for its case (APL 41(1), 75(2)).
    Rule("case.invalidation.overdue", "case", (ItemType.OV_6,)),
    # An officer unmasked far more persons on one day than the work of others asks for (NJ 17).
    Rule("case.unmasking.outlier", "case", (ItemType.OV_4,)),
    Rule("evidence.unmasking.outlier", "evidence", (ItemType.OV_4,)),
    # The service recorded that data fetched for a purpose was not disposed of in time (GDS 27(1)).
    Rule("use.disposal_missed", "use", (ItemType.OV_4,)),
)

BY_RECORD: Final = {rule.record_type: rule for rule in RULES}
FOLLOWED: Final = {rule.record_type: rule.noun for rule in RULES}
"""For `relay.follow`: each record type with the noun of its streams."""
