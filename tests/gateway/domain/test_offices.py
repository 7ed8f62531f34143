"""Who may hold which office. No database, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, OfficerId, PartyId
from common.values.law import APL_42, MLPS_ACCESS
from gateway.identity.domain import agencies, clients, officers, outsiders
from gateway.identity.domain.agencies import Agency, AgencyEstablished, AgencyTexts, establish, subtree
from gateway.identity.domain.clients import Client, ClientId, ClientSecret, enrol, revoke
from gateway.identity.domain.officers import (
    ADMINISTRATORS,
    ENFORCERS,
    Officer,
    OfficerTexts,
    Role,
    appoint,
    assign,
)
from gateway.identity.domain.outsiders import Outsider, OutsiderTexts, register
from gateway.identity.domain.people import person_of_officer, person_of_outsider

NOON = datetime(2030, 3, 1, 4, 0, tzinfo=UTC)
ROOT = Agency(AgencyId.new(NOON), None, "示范市人民政府", ("310101",))
BUREAU = Agency(AgencyId.new(NOON), ROOT.id, "示范市城市管理行政执法局", ("310101",))
SQUAD = Agency(AgencyId.new(NOON), BUREAU.id, "示范市第一中队", ())
OFFICER = Officer(OfficerId.new(NOON), BUREAU.id, "赵示甲", "办案人员", 3, "示证1", date(2030, 3, 1))
BUSINESS = sorted(set(Role) - ADMINISTRATORS)


@pytest.mark.parametrize("role", list(Role))
def test_an_officer_with_no_role_may_be_given_any(role: Role) -> None:
    assert assign(OFFICER, role, at=NOON).role is role


@pytest.mark.law(MLPS_ACCESS)
@pytest.mark.parametrize("held", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("wanted", list(Role))
def test_an_administrator_holds_that_role_alone(held: Role, wanted: Role) -> None:
    with pytest.raises(Refusal) as refusal:
        assign(replace(OFFICER, roles=frozenset({held})), wanted, at=NOON)

    if wanted is held:
        assert refusal.value.code == "ROLE_ALREADY_ASSIGNED"
    else:
        assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "ROLE_CONFLICT")
        assert refusal.value.article is MLPS_ACCESS


@pytest.mark.law(MLPS_ACCESS)
@pytest.mark.parametrize("wanted", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("held", BUSINESS)
def test_an_officer_who_takes_part_in_cases_administers_nothing(held: Role, wanted: Role) -> None:
    with pytest.raises(Refusal) as refusal:
        assign(replace(OFFICER, roles=frozenset({held})), wanted, at=NOON)

    assert (refusal.value.code, refusal.value.article) == ("ROLE_CONFLICT", MLPS_ACCESS)


def test_business_roles_may_be_held_together() -> None:
    both = replace(OFFICER, roles=frozenset({Role.CASE_OFFICER}))

    assert assign(both, Role.TEAM_LEAD, at=NOON).role is Role.TEAM_LEAD


@pytest.mark.law(APL_42)
@pytest.mark.parametrize("role", sorted(ENFORCERS))
@pytest.mark.parametrize("until", [None, date(2030, 2, 28)], ids=["none", "yesterday"])
def test_enforcement_needs_a_certificate_in_force(role: Role, until: date | None) -> None:
    with pytest.raises(Refusal) as refusal:
        assign(replace(OFFICER, certificate_until=until), role, at=NOON)

    assert (refusal.value.code, refusal.value.article) == ("OFFICER_NOT_CERTIFIED", APL_42)


def test_a_certificate_is_good_to_the_end_of_its_last_day_in_beijing() -> None:
    last = datetime(2030, 3, 1, 15, 59, 59, tzinfo=UTC)

    assert assign(OFFICER, Role.CASE_OFFICER, at=last)
    with pytest.raises(Refusal):
        assign(OFFICER, Role.CASE_OFFICER, at=datetime(2030, 3, 1, 16, 0, tzinfo=UTC))


def test_an_archivist_needs_no_certificate() -> None:
    assert assign(replace(OFFICER, certificate_until=None), Role.ARCHIVIST, at=NOON)


def test_an_appointment_names_agency_level_and_last_day_and_no_name() -> None:
    fact = appoint(OFFICER, at=NOON)

    assert fact.body() == {"agency_id": BUREAU.id, "level": 3, "certificate_until": "2030-03-01"}
    assert (fact.stream, fact.subject) == (f"officer/{OFFICER.id}", f"agency/{BUREAU.id}")


def test_nobody_is_appointed_with_a_certificate_that_has_run_out() -> None:
    with pytest.raises(Refusal) as refusal:
        appoint(replace(OFFICER, certificate_until=date(2030, 2, 28)), at=NOON)

    assert refusal.value.article is APL_42


def test_an_agency_stands_under_one_that_exists() -> None:
    assert establish(ROOT, agencies={}) == AgencyEstablished(ROOT.id, None, ("310101",))
    assert establish(BUREAU, agencies={ROOT.id: ROOT}).parent_id == ROOT.id
    with pytest.raises(Refusal) as refusal:
        establish(BUREAU, agencies={})
    assert refusal.value.kind is Kind.NOT_FOUND


def test_there_is_one_root() -> None:
    with pytest.raises(Refusal) as refusal:
        establish(replace(BUREAU, parent_id=None), agencies={ROOT.id: ROOT})

    assert refusal.value.code == "AGENCY_ROOT_EXISTS"


def test_an_agency_sees_itself_and_what_is_below() -> None:
    tree = [ROOT, BUREAU, SQUAD]

    assert subtree(ROOT.id, tree) == {ROOT.id, BUREAU.id, SQUAD.id}
    assert subtree(BUREAU.id, tree) == {BUREAU.id, SQUAD.id}
    assert subtree(SQUAD.id, tree) == {SQUAD.id}


def test_facts_of_outsiders_and_clients_hold_no_name_and_no_secret() -> None:
    party = Outsider(PartyId.new(NOON), "张示民")
    client = Client(ClientId.new(NOON), f"party:{party.id}", b"h" * 32, epoch=4)

    assert (register(party).type, register(party).body()) == ("party.registered", {})
    assert enrol(client).body() == {"sub": f"party:{party.id}"}
    assert revoke(client).body() == {"epoch": 5}


def test_what_a_fact_begins_is_what_the_rule_was_asked_for() -> None:
    officer_texts = OfficerTexts(OFFICER.name, OFFICER.title, OFFICER.certificate)
    client = Client(ClientId.new(NOON), f"officer:{OFFICER.id}", b"h" * 32)
    party = Outsider(PartyId.new(NOON), "张示民")

    assert agencies.begun(establish(ROOT, agencies={}), AgencyTexts(ROOT.name)) == ROOT
    assert officers.begun(appoint(OFFICER, at=NOON), officer_texts) == OFFICER
    assert outsiders.begun(register(party), OutsiderTexts(party.name)) == party
    assert clients.begun(enrol(client), ClientSecret(client.secret_hash)) == client


def test_an_assigned_role_is_held_beside_the_others() -> None:
    officer = replace(OFFICER, roles=frozenset({Role.CASE_OFFICER}))

    officer = officers.after(officer, assign(officer, Role.TEAM_LEAD, at=NOON))

    assert officer.roles == {Role.CASE_OFFICER, Role.TEAM_LEAD}


def test_a_revoked_client_begins_a_new_epoch() -> None:
    client = Client(ClientId.new(NOON), f"officer:{OFFICER.id}", b"h" * 32, epoch=4)

    assert clients.after(client, revoke(client)) == replace(client, epoch=5)


def test_a_service_is_told_what_an_officer_sees_and_what_a_party_is() -> None:
    tree = {agency.id: agency for agency in (ROOT, BUREAU, SQUAD)}
    party = Outsider(PartyId.new(NOON), "张示民")

    officer, outsider = person_of_officer(OFFICER, tree), person_of_outsider(party)

    assert (officer.kind, officer.agency_name, officer.visible) == (
        "officer",
        BUREAU.name,
        {BUREAU.id, SQUAD.id},
    )
    assert (outsider.kind, outsider.roles, outsider.agency_id) == ("party", {"PARTY"}, None)
