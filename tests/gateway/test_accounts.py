"""What services ask about people: whether a party can sign in (APL 41(3)), and whose officer an id is (APL 42)."""

from __future__ import annotations

import pytest

from common.values.errors import Refusal
from common.values.ids import OfficerId, PartyId
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


async def test_a_service_learns_whose_officer_an_id_is_and_no_person_does(world: World) -> None:
    named = world.person("CASE_OFFICER")
    notification = Identity(world.runtimes["notification"].peers)

    known = await notification.officer(OfficerId(named.id))
    nobody = await notification.officer(OfficerId.new(world.clock()))
    person = await world.person("AGENCY_HEAD").get(f"/v1/officers/{named.id}/standing")

    assert (known.agency_id, known.certificate_until_on is not None) == (named.agency_id, True)
    assert (nobody.agency_id, nobody.certificate_until_on) == (None, None)
    assert person.status_code == 403
    with pytest.raises(Refusal, match=r"officer\.read_standing"):
        await Identity(world.runtimes["evidence"].peers).officer(OfficerId(named.id))


def test_where_we_issue_tokens_a_client_is_needed_and_elsewhere_an_entry() -> None:
    person = Person(PARTY, "张示民", "当事人", frozenset({"PARTY"}), 1)
    id = ClientId("cli_00000000000000000000000009")
    entered, enrolled = Directory({PARTY: person}), Directory({PARTY: person}, {id: Client(id, PARTY, b"")})

    assert not entered.can_sign_in(PARTY, is_issuer=True)
    assert entered.can_sign_in(PARTY, is_issuer=False)
    assert enrolled.can_sign_in(PARTY, is_issuer=True)
    assert not Directory().can_sign_in(PARTY, is_issuer=False)
