"""What fault tests work with: the case service's records, signed and stored as it does, and who carries them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from common.door.uow import Database, change
from common.policy import Action, Resource, authorize, service_actor
from common.values.facts import Fact
from common.values.ids import AgencyId, CaseId
from common.web.settings import RECORD_KEY, record_key_name
from ledger.keyfiles import RecordSigner
from tests.faults.services import Home
from tests.ledger.given import START, Stream

AGENCY = AgencyId.new(START)


@dataclass(frozen=True)
class BackedUp(Fact):
    """A fact of the case service that nobody follows, without rows: outbox, relay and ledger look at no more."""

    type: ClassVar[str] = "case.backup_noted"


def notes(home: Home, count: int = 3) -> list[bytes]:
    """Records of a new case, signed by the case service's key, in nobody's outbox."""
    d = home.installation.d
    signer = RecordSigner.load(record_key_name("case", d.city_domain), d.keys / "case" / RECORD_KEY)
    return Stream(CaseId.new(START).stream, signer).take(count)


async def record(db: Database, count: int) -> list[str]:
    """`count` facts in the outbox of the case service, one change each, two to a case; their record ids."""
    made: list[str] = []
    case_id = CaseId.new(db.clock())
    for number in range(count):
        if number % 2 == 0:
            case_id = CaseId.new(db.clock())
        mandate = authorize(service_actor("case"), Action.CASE_OPEN)
        async with change(db, mandate) as tx:
            tx.record(tx.permit(Resource(case_id, AGENCY)), BackedUp(case_id))
        made += mandate.records
    return made
