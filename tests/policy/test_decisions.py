"""A decision that is remembered is the one that Cedar gives, with the real ids of person, object and party."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.policy import Action, Actor, Resource, question_of
from common.policy.decisions import TEXT, ask_cedar, decide, decide_afresh
from common.policy.matrix import people
from common.values.ids import AgencyId, CaseId, PartyId
from mz.services import NAMED

PEOPLE = people(NAMED)
PARTY = PEOPLE["PARTY"].party_id
OWN, OTHER = AgencyId("agy_00000000000000000000000001"), AgencyId("agy_00000000000000000000000002")
OTHER_CASE = CaseId("cas_00000000000000000000000009")
STRANGER = PartyId("pty_00000000000000000000000009")
ACTORS = list(PEOPLE.values())

resources = st.builds(
    Resource,
    id=st.sampled_from(["cas_1", "any", "asker", "other", "object"]),
    agency_id=st.sampled_from([OWN, OTHER]),
    level=st.integers(1, 4),
    party_id=st.sampled_from([None, PARTY, STRANGER]),
    assigned=st.frozensets(st.sampled_from([actor.sub for actor in ACTORS])),
    case_id=st.sampled_from([None, PEOPLE["PARTY-ONE-CASE"].case_id, OTHER_CASE]),
)
purposes = st.sampled_from([None, "REVIEW", "CASE_HANDLING", "CURIOSITY"])
actors = st.builds(replace, st.sampled_from(ACTORS), purpose=purposes, level=st.integers(1, 4))


def agree(actor: Actor, action: Action, resource: Resource) -> bool:
    question = question_of(actor, action, resource)
    party = f"party:{resource.party_id}" if resource.party_id else "-"
    real = ask_cedar(
        question, asker=actor.sub, object_id=resource.id, party=party, assigned=sorted(resource.assigned)
    )
    return decide(question) == decide_afresh(question) == real


@settings(max_examples=1_000, deadline=None)
@given(actors, st.sampled_from(list(Action)), resources)
def test_a_remembered_decision_is_the_one_of_the_real_ids(
    actor: Actor, action: Action, resource: Resource
) -> None:
    assert agree(actor, action, resource)


@pytest.mark.slow
def test_it_is_so_for_every_row_of_the_golden_matrix() -> None:
    for actor, action in product(ACTORS, Action):
        assert agree(actor, action, Resource("dev_any", OWN, actor.level, actor.party_id))


def test_the_policy_names_no_person_and_no_object_by_id() -> None:
    """A question leaves the ids out, so a rule about one of them would be asked of nobody."""
    assert re.findall(r'\b(?:Person|Thing)::"', TEXT) == []


def test_the_officers_of_one_role_in_one_agency_share_their_answers() -> None:
    first, second = PEOPLE["CASE_OFFICER"], replace(PEOPLE["CASE_OFFICER"], sub=PEOPLE["PARTNER"].sub)
    resource = Resource("cas_1", OWN, 3)

    assert question_of(first, Action.CASE_READ, resource) == question_of(
        second, Action.CASE_READ, replace(resource, id="cas_2")
    )
