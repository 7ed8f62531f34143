"""Whether a case is open, for the service that asks before it lets anybody ask for the sake of that case."""

from __future__ import annotations

import pytest

from case.contract import Case
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId
from tests.case.story import OPENED, Story
from tests.given import ARCHIVED, a_case_in_the_archive
from tests.world import World


@pytest.mark.begins(OPENED)
async def test_an_open_case_says_whose_it_is(world: World) -> None:
    story = await Story(world).opened()

    standing = await Case(world.runtimes["data-exchange"].peers).standing(CaseId(story.case_id))

    own = await story.view()
    assert (standing.agency_id, standing.number, standing.state) == (
        own["agency_id"],
        own["number"],
        own["state"],
    )
    assert (standing.is_open, standing.closed_at, standing.evidence_ids) == (True, None, [story.evidence_id])


@pytest.mark.begins(ARCHIVED)
async def test_a_closed_case_says_since_when(world: World) -> None:
    case_id = await a_case_in_the_archive(world)

    standing = await Case(world.runtimes["data-exchange"].peers).standing(CaseId(case_id))

    assert (standing.state, standing.is_open) == ("ARCHIVED", False)
    assert standing.closed_at is not None


@pytest.mark.begins(OPENED)
async def test_only_the_exchange_may_ask(world: World) -> None:
    story = await Story(world).opened()

    person = await world.person("CASE_OFFICER").get(f"{story.path}/standing")
    with pytest.raises(Refusal) as another:
        await Case(world.runtimes["notification"].peers).standing(CaseId(story.case_id))
    with pytest.raises(Refusal) as nothing:
        await Case(world.runtimes["data-exchange"].peers).standing(CaseId.new(world.clock()))

    assert person.status_code == 403
    assert another.value.kind is Kind.FORBIDDEN
    assert nothing.value.kind is Kind.NOT_FOUND
