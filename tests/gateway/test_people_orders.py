"""A disabled person and a changed role are felt with the next request, and each order is on record."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from common.values.errors import Refusal
from common.values.ids import OfficerId
from gateway.identity.domain.officers import Role
from gateway.identity.issuer.browsers import COOKIE
from gateway.identity.jobs import assign_role, disable_person, revoke_role
from tests.gateway.browser import Browser
from tests.gateway.test_signing_in import me, signed_in
from tests.phone import Phone
from tests.world import World


def _noticed(world: World) -> None:
    """A second later: the gateway compares its directory and the ended sessions with the database."""
    world.runtimes["gateway"].people.stale()
    world.runtimes["gateway"].ended.stale()


async def test_a_disabled_person_is_out_at_once_and_comes_in_no_more(world: World) -> None:
    officer, phone = world.person("CASE_OFFICER"), Phone(world)
    browser = await Browser.of(world, "CASE_OFFICER")
    await phone.sign_in()
    token = {"authorization": f"Bearer {await officer.token()}"}
    assert (await browser.request("GET", "/v1/me")).status_code == 200

    ended = await disable_person(world.runtimes["gateway"].db, OfficerId(officer.id))
    _noticed(world)
    after = await browser.request("GET", "/v1/me")
    page = await browser.request("GET", "/console")
    bearer = await world.http.get("/v1/me", headers=token)
    again = Browser(world)
    refused = await signed_in(again, officer.sub)

    assert ended >= 1
    assert (after.status_code, bearer.status_code) == (401, 401)
    assert page.status_code in (303, 404)
    assert (refused.status_code, COOKIE in again.cookies) == (403, False)
    recorded = await world.record_types("gateway", f"officer/{officer.id}")
    assert recorded[-1] == "officer.disabled"
    assert (await world.record_types("gateway", "session/%")).count("session.ended") == ended
    await world.settle()
    assert (await world.fsck()).clean


async def test_a_revoked_role_permits_nothing_from_the_next_request_on(world: World) -> None:
    db, officer = world.runtimes["gateway"].db, world.person("TEAM_LEAD")
    id = OfficerId(officer.id)
    browser = await Browser.of(world, "TEAM_LEAD")
    roles: list[Any] = []

    for order in (assign_role, revoke_role, assign_role):
        await order(db, id, Role.CASE_OFFICER)
        _noticed(world)
        roles.append((await me(browser))["roles"])
    await revoke_role(db, id, Role.TEAM_LEAD)
    _noticed(world)
    roles.append((await me(browser))["roles"])

    both = ["CASE_OFFICER", "TEAM_LEAD"]
    assert roles == [both, ["TEAM_LEAD"], both, ["CASE_OFFICER"]]
    recorded = await world.record_types("gateway", f"officer/{id}")
    assert recorded[-4:] == ["role.assigned", "role.revoked", "role.assigned", "role.revoked"]
    await world.settle()
    assert (await world.fsck()).clean


async def test_eight_at_once_disable_a_person_and_revoke_a_role_once(world: World) -> None:
    db, id = world.runtimes["gateway"].db, OfficerId(world.person("ARCHIVIST").id)

    revoking = await asyncio.gather(
        *(revoke_role(db, id, Role.ARCHIVIST) for _ in range(8)), return_exceptions=True
    )
    disabling = await asyncio.gather(*(disable_person(db, id) for _ in range(8)), return_exceptions=True)

    for outcomes, code in ((revoking, "ROLE_NOT_ASSIGNED"), (disabling, "OFFICER_DISABLED")):
        assert [each.code for each in outcomes if isinstance(each, Refusal)] == [code] * 7


async def test_a_role_that_somebody_held_may_become_an_administrators(world: World) -> None:
    db, id = world.runtimes["gateway"].db, OfficerId(world.person("ARCHIVIST").id)
    await revoke_role(db, id, Role.ARCHIVIST)

    officer = await assign_role(db, id, Role.AUDIT_ADMIN)

    assert officer.roles == {Role.AUDIT_ADMIN}
    with pytest.raises(Refusal, match="goes to another person"):
        await assign_role(db, id, Role.ARCHIVIST)
