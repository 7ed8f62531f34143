"""Whether a party can sign in: a service asks before it counts an inbox as a way to somebody (APL 41(3))."""

from __future__ import annotations

import pytest

from common.values.errors import Refusal
from common.values.ids import PartyId
from gateway.identity.contract import Identity
from gateway.identity.domain.clients import Client, ClientId
from gateway.identity.domain.people import Directory, Person
from tests.world import World

PARTY = "party:pty_00000000000000000000000009"


async def test_a_service_learns_who_has_an_account(world: World) -> None:
    party = PartyId(world.person("PARTY").id)
    notification, case = (Identity(world.runtimes[name].peers) for name in ("notification", "case"))

    assert await notification.has_account(party)
    assert await case.has_account(party)
    assert not await case.has_account(PartyId.new(world.clock()))
    with pytest.raises(Refusal, match=r"account\.read"):
        await Identity(world.runtimes["evidence"].peers).has_account(party)


async def test_no_person_learns_who_has_an_account(world: World) -> None:
    path = f"/v1/accounts/{world.person('PARTY').id}"

    answers = [await world.person(role).get(path) for role in ("PARTY", "CASE_OFFICER", "AGENCY_HEAD")]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_where_we_issue_tokens_a_client_is_needed_and_elsewhere_an_entry() -> None:
    person = Person(PARTY, "张示民", "当事人", frozenset({"PARTY"}), 1)
    id = ClientId("cli_00000000000000000000000009")
    entered, enrolled = Directory({PARTY: person}), Directory({PARTY: person}, {id: Client(id, PARTY, b"")})

    assert not entered.can_sign_in(PARTY, is_issuer=True)
    assert entered.can_sign_in(PARTY, is_issuer=False)
    assert enrolled.can_sign_in(PARTY, is_issuer=True)
    assert not Directory().can_sign_in(PARTY, is_issuer=False)
