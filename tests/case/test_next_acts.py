"""What may be done next in a case: every act tried by the rule that would judge it, with the reasons of a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from case.api.nextacts import TRIALS
from case.domain.people import Hand
from case.domain.procedure import State
from case.domain.trying import Look, refusal_of
from common.values.law import APL_54
from tests.case.domain import walk
from tests.case.story import Story
from tests.world import World

LEADS_ON = [
    (State.SUSPECTED, "party", walk.FIRST),
    (State.PROMPTED, "filing-application", walk.FIRST),
    (State.READY_TO_FILE, "filing", walk.HEAD),
    (State.FILED, "investigation-conclusion", walk.FIRST),
    (State.INVESTIGATING, "investigation-conclusion", walk.SECOND),  # the first has signed
    (State.INVESTIGATION_CONCLUDED, "prior-notice", walk.LEAD),
    (State.PRIOR_NOTICE_SENT, "prior-notice/service", walk.SERVER),
    (State.PRIOR_NOTICE_SERVED, "defences", walk.FIRST),
    (State.DECIDED, "decision/service", walk.SERVER),
    (State.PERFORMED, "closure-proposal", walk.FIRST),
    (State.CLOSED, "archive", walk.SERVER),
]


def look_at(state: State, hand: Hand) -> Look:
    case, at = walk.walked_to(state)
    deadlines = tuple(walk.deadlines_of(case)) if case.served_at else ()
    return Look(case, deadlines, hand, None, walk.OFFICE.agency_name, walk.TERMS, at)


@pytest.mark.law(APL_54)
@pytest.mark.parametrize(("state", "act", "hand"), LEADS_ON)
def test_the_act_that_leads_on_is_allowed_in_its_state(state: State, act: str, hand: Hand) -> None:
    assert refusal_of(TRIALS[act], look_at(state, hand)) is None


@pytest.mark.law(APL_54)
@pytest.mark.parametrize("state", [state for state, _, _ in LEADS_ON])
def test_no_trial_of_any_act_fails_otherwise_than_by_a_refusal(state: State) -> None:
    look = look_at(state, walk.FIRST)

    refused = {act: refusal_of(trial, look) for act, trial in TRIALS.items()}

    assert refused["archive"] is None or state is not State.CLOSED
    assert all(each is None or each.code for each in refused.values())
    assert sum(each is not None for each in refused.values()) > len(TRIALS) // 2


async def acts_of(world: World, story: Story, role: str) -> dict[str, dict[str, Any]]:
    answer = await world.person(role).get(f"{story.path}/next-acts")
    assert answer.status_code == 200, answer.text
    return {item["act"]: item for item in answer.json()["items"]}


@pytest.mark.slow
@pytest.mark.law(APL_54)
@pytest.mark.begins("serve decision")
async def test_an_act_is_refused_with_the_reason_that_its_route_gives(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    officer, lead = await acts_of(world, story, "CASE_OFFICER"), await acts_of(world, story, "TEAM_LEAD")
    head, archive = await acts_of(world, story, "AGENCY_HEAD"), await acts_of(world, story, "ARCHIVIST")
    party = await acts_of(world, story, "PARTY")

    for role, act, acts in (
        ("CASE_OFFICER", "closure-proposal", officer),
        ("TEAM_LEAD", "closure", lead),
        ("TEAM_LEAD", "prior-notice", lead),
        ("AGENCY_HEAD", "filing", head),
        ("ARCHIVIST", "archive", archive),
    ):
        offered = acts[act]
        done = (await story.act(role, act, {})).json()
        assert offered["standing"] == "REFUSED", act
        (reason,) = offered["refusals"]
        assert (reason["code"], reason["article"]) == (done["code"], done["article"]), act
        assert reason["detail"] == done["detail"], act
    guards = {each["code"] for each in head["decision"]["refusals"]}
    assert guards == {"CASE_TRANSITION_NOT_ALLOWED"}
    assert party["remedies"]["standing"] == "ALLOWED"
    assert (party["remedies"]["law"], party["remedies"]["address"]) == ("ARL 20", f"{story.path}/remedies")
    assert not {"filing", "decision", "closure"} & party.keys()
    assert all(each["standing"] != "UNTRIED" or not each["refusals"] for each in head.values())
    assert (await world.person("CASE_OFFICER", 1).get(f"{story.path}/next-acts")).status_code == 404
