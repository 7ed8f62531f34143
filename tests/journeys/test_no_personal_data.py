"""What the ledger and the log never hold: who the party is, what they drive, where they live, what they said."""

from __future__ import annotations

import pytest

from case.store import dossiers
from common.door.uow import view
from common.policy import Action, authorize, service_actor
from common.values.ids import CaseId
from tests.given import a_case_in_the_archive
from tests.world import World

PERSONAL = ("张示民", "示001", "沪A", "310101199001010018", "示范路1号", "搬运货物")
"""Name, plate, identity number, address and words of the story's party."""


@pytest.mark.slow
async def test_no_ledger_entry_and_no_log_line_tells_who_the_party_is(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    case_id = await a_case_in_the_archive(world)

    async with world.database("evidence") as conn:
        entries = [bytes(row["entry"]).decode() for row in await conn.fetch("SELECT entry FROM ledger.entry")]
    async with view(world.runtimes["case"].db, authorize(service_actor("case"), Action.CASE_OPEN)) as v:
        party = (await dossiers.get(v, CaseId(case_id))).party
    assert party is not None
    assert party.texts is not None
    assert party.texts.name == "张示民", "the story's party is not the one we look for"
    assert len(entries) > 100
    for word in PERSONAL:
        assert [entry for entry in entries if word in entry] == []
        assert word not in caplog.text
