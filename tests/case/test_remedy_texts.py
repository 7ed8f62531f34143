"""Every document that is adverse to the party names its remedies, or is not made (ARR 25; ARL 22, 23)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx
import pytest

from case.documents import DocumentKind, render
from case.documents.adverse import ADVERSE, NOT_ADVERSE
from case.documents.content import Remedies
from case.documents.summarycontent import REMEDY_ORDER
from common.values.errors import Refusal
from common.values.law import APL_52, ARL_22_2, ARL_23_1_1, ARR_25
from tests.case.samples import AT, every_sample, printed_lines
from tests.case.samples.summary import ON_THE_SPOT
from tests.case.story import Story
from tests.case.test_amending import propose, review, revoke
from tests.case.test_corrections import order as order_correction
from tests.case.test_ending import end, kinds_seen, printed
from tests.case.test_invalidating import find_fault
from tests.world import World

SAMPLES = every_sample()
AGAINST = sorted(name for name, (kind, _) in SAMPLES.items() if kind in ADVERSE)


def with_office(world: World, **changes: str) -> None:
    """The case service goes on under a profile whose offices print other words."""
    offices = tuple(replace(office, **changes) for office in world.runtimes["case"].profile.offices)
    world.adopt(offices=offices)


def errors(answer: httpx.Response) -> list[str]:
    return [each["pointer"] for each in answer.json()["errors"]]


def test_every_kind_of_document_is_adverse_or_not_and_says_why() -> None:
    assert not ADVERSE.keys() & NOT_ADVERSE.keys()
    assert {*ADVERSE, *NOT_ADVERSE} == set(DocumentKind)


@pytest.mark.law(ARR_25)
@pytest.mark.parametrize("name", AGAINST)
def test_an_adverse_document_prints_organ_court_and_periods_and_is_refused_without(name: str) -> None:
    kind, content = SAMPLES[name]
    remedies: Remedies = content.remedies  # type: ignore[attr-defined]
    printed = "".join(printed_lines(kind, content).split())

    for told in (remedies.reconsideration_organ, remedies.court, f"{remedies.reconsideration_days}日内"):
        assert told in printed
    assert "申请行政复议" in printed
    for lacking in (
        replace(content, remedies=replace(remedies, reconsideration_days=0)),  # type: ignore[call-arg]
        SAMPLES["D-05"][1],  # the content of a kind that names none
    ):
        with pytest.raises(Refusal) as refusal:
            render(kind, lacking, AT)
        assert (refusal.value.code, refusal.value.article) == ("CASE_REMEDY_TEXT_MISSING", ARR_25)


@pytest.mark.law(ARR_25, ARL_22_2)
@pytest.mark.begins("review")
async def test_ARR_3_NAT_9_no_decision_goes_out_without_remedy_organ_period_and_internet_channel(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("review")
    offices = world.runtimes["case"].profile.offices

    with_office(world, reconsideration_organ="")
    organless = await story.decide()
    world.adopt(offices=offices)
    with_office(world, court=" ")
    courtless = await story.decide()
    world.adopt(offices=offices)
    with_office(world, reconsideration_url="")
    offline = await story.decide()
    world.adopt(offices=offices)
    undecided = (await story.view())["state"]
    decided = await story.decide()

    assert [each.status_code for each in (organless, courtless, offline)] == [422] * 3
    assert errors(organless) == ["/reconsideration_organ"]
    assert errors(courtless) == ["/court"]
    with pytest.raises(ValueError, match="reconsideration_cd is at least 60"):
        replace(world.runtimes["case"].profile.limits, reconsideration_cd=59)
    assert (errors(offline), offline.json()["article"]) == (["/reconsideration_url"], "ARL 22(2)")
    assert (undecided, decided.status_code) == ("DEFENCE_REVIEW", 201)
    # Nothing here enters anybody in a credit list, which would be adverse too (ARR 9(1)).
    paths = (await world.http.get("/openapi.json")).json()["paths"]
    assert not [path for path in paths if "credit" in path]


Act = Callable[[Story], Awaitable[httpx.Response]]
Arranges = Callable[[Story], Awaitable[None]]


async def unlawful_device(story: Story) -> None:
    await find_fault(story.world)


async def without_penalty(story: Story) -> httpx.Response:
    return await end(story, "NO_VIOLATION", reasons=["作为证据的记录因设备不合法失效,违法事实不能成立。"])


async def amendment_reviewed(story: Story) -> None:
    for act in (propose, review):
        assert (await act(story)).status_code == 201


@pytest.mark.law(ARR_25)
@pytest.mark.parametrize(
    ("kind", "arrange", "act"),
    [
        pytest.param("D-03", None, order_correction, marks=pytest.mark.begins("prompt")),
        pytest.param("D-20", unlawful_device, without_penalty, marks=pytest.mark.begins("review")),
        pytest.param("D-36", amendment_reviewed, revoke, marks=pytest.mark.begins("serve decision")),
    ],
)
async def test_ARR_3_no_adverse_document_is_made_without_organ_court_and_period(
    world: World, kind: str, arrange: Arranges | None, act: Act
) -> None:
    """The decision of a penalty is tried by itself; these are the other ways to harm the party."""
    story = await Story(world).opened()
    if arrange is not None:
        await arrange(story)
    offices = world.runtimes["case"].profile.offices

    lacking = {}
    for name in ("reconsideration_organ", "court"):
        with_office(world, **{name: " "})
        lacking[name] = await act(story)
        world.adopt(offices=offices)
    unmade = await kinds_seen(story, "CASE_OFFICER")
    made = await act(story)

    for name, answer in lacking.items():
        assert (answer.status_code, errors(answer)) == (422, [f"/{name}"]), answer.text
    assert kind not in unmade
    assert made.status_code == 201, made.text
    text = await printed(story, kind)
    office = offices[0]
    for told in (office.reconsideration_organ, office.court, "60日内", "申请行政复议", "行政诉讼"):
        assert told in text


@pytest.mark.law(APL_52, ARL_23_1_1)
@pytest.mark.begins("review")
async def test_NAT_11_a_penalty_on_the_spot_says_that_reconsideration_comes_first(world: World) -> None:
    story = await (await Story(world).opened()).walk("review")
    printed = "".join(printed_lines(DocumentKind.ON_THE_SPOT, ON_THE_SPOT).split())

    route = await story.act("CASE_OFFICER", "on-the-spot-decision", {})

    assert "".join(REMEDY_ORDER.split()) in printed
    assert "应当先向行政复议机关申请行政复议" in printed
    for instead in ("", "对本决定不服的，可以提起行政诉讼"):
        with pytest.raises(Refusal) as refusal:
            replace(ON_THE_SPOT, remedy_order=instead)
        assert refusal.value.code == "DOC_FIELD_MISSING"
    # The procedure itself is open in no city, and not built.
    assert route.status_code == 501
    assert not world.app.apps["case"].state.runtime.profile.summary_for_offsite
