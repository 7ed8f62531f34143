"""Each guard of a decision refuses it alone, over HTTP (APL 57), and where its cause is gone the decision is made.

Four guards stand behind acts that refuse the same thing earlier, so no story brings a case to them: there the row is
altered in the database, as somebody with access to nothing else could do. One more never fails alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest

from common.values.calendar import legal_day
from common.values.catalogue import Regime
from common.values.law import (
    APL_17,
    APL_30,
    APL_33,
    APL_36,
    APL_40,
    APL_41,
    APL_42,
    APL_43,
    APL_44,
    APL_45,
    APL_57,
    APL_57_2,
    APL_58,
    APL_59,
    APL_60,
    APL_63,
    APL_65,
)
from mz.demo import orders
from tests.case import deliberating as do
from tests.case.deliberating import failed
from tests.case.matters_given import SHIPPED, a_version, published
from tests.case.story import OPENED, Story
from tests.case.test_ending import confirm
from tests.case.test_invalidating import find_fault
from tests.snapshots import PEOPLE
from tests.world import World

Breaks = Callable[[Story], Awaitable[Any]]
ECOLOGICAL_FROM: Final = date(2026, 8, 15)
OTHER_CLAUSE: Final = {"level": "LOCAL_REGULATION", "name": "示范市停车管理条例", "article": "第四十条"}


@dataclass(frozen=True)
class Row:
    """One guard: what makes it fail, the article that it cites, and the decision that is made once that is gone.

    `mended` are the changes of that order; None where nothing makes this penalty lawful soon. `order` are those of the
    refused one. `beside` are guards that fail with this one whenever it fails.
    """

    code: str
    law: str
    breaks: Breaks
    mended: dict[str, Any] | None = None
    begins: str = "review"
    order: dict[str, Any] = field(default_factory=dict)
    beside: tuple[str, ...] = ()


def figures(name: str, **changes: Any) -> Breaks:
    """The city goes on under a profile whose `name` says `changes`."""

    async def adopt(story: Story) -> None:
        await story.walk("review")
        profile = story.world.runtimes["case"].profile
        story.world.adopt(**{name: replace(getattr(profile, name), **changes)})

    return adopt


async def not_listed(story: Story) -> None:
    others = (i for i in story.world.runtimes["case"].profile.catalogue if i.code != SHIPPED.code)
    story.world.adopt(catalogue=(replace(SHIPPED, in_offsite_list=False), *others))


async def no_office(story: Story) -> None:
    story.world.adopt(offices=())


async def fault(story: Story) -> None:
    await find_fault(story.world)


async def young(story: Story) -> None:
    party = orders.party(story.world.person("PARTY").id)
    party |= {"age_group": "FROM_14_TO_17", "identity_number": "310101201001010015"}
    assert (await story.act("CASE_OFFICER", "party", party)).status_code == 201
    story.done = 1
    await story.walk("review")


async def put_right(story: Story) -> None:
    assert (await confirm(story)).status_code == 201


async def other_clause(story: Story) -> None:
    """A milder law comes before the decision, and gives the penalty in another clause."""
    tomorrow = legal_day(story.world.clock()) + timedelta(days=1)
    await published(story.world, a_version(tomorrow, share=0.5, penalty=OTHER_CLAUSE))
    story.world.clock.advance(days=1)


async def adopted(story: Story) -> None:
    await story.walk("defend")
    answer = {"number": 1, "adopted": True, "reason": "危害较小,予以采纳。", "effect": "AMOUNT"}
    reviewed = await story.act("TEAM_LEAD", "defence-review", {"answers": [answer]})
    assert reviewed.status_code == 201, reviewed.text


async def hearing_ordered(story: Story) -> None:
    """The head orders a hearing that nobody asked for; it was not held yet."""
    ordered = await do.order(story)
    assert ordered.status_code == 201, ordered.text


async def discussed_without_hearing(story: Story) -> None:
    """The city lowers the figure after the notice; the heads discuss, and nobody told the party of a hearing."""
    await figures("thresholds", hearing_fine_person=orders.REPORT["fine_fen"])(story)
    acts = [
        await do.convene(story),
        *[await do.speak(story, nth) for nth in range(3)],
        await do.conclude(story),
    ]
    assert [answer.status_code for answer in acts] == [201] * 5, acts[0].text


async def speaks_again(story: Story) -> None:
    """After the review, in the days that it has, the party says that it has more to say."""
    said = await story.act("PARTY", "defences", orders.DEFENCE | {"final": False})
    assert said.status_code == 201, said.text


async def ninety_days(story: Story) -> None:
    story.world.clock.advance(days=95)


async def harmless_after_all(story: Story) -> None:
    """Filed in the third year under the ecological code, whose five years are those of harm (ECO 1053–1057)."""
    world = story.world
    others = [i for i in world.runtimes["case"].profile.catalogue if i.code != SHIPPED.code]
    before = replace(SHIPPED, valid_until=ECOLOGICAL_FROM - timedelta(days=1))
    item = replace(SHIPPED, version=2, valid_from=ECOLOGICAL_FROM, regime=Regime.ECOLOGY)
    world.adopt(catalogue=(before, item, *others))
    world.clock.to(datetime(2026, 8, 17, 1, tzinfo=UTC))
    await (await story.opened()).walk("prompt")
    world.clock.advance(days=800)
    await story.walk("file")
    for nth in (0, 1):
        report = orders.REPORT | {"findings": orders.FINDINGS | {"harmless": True}}
        report |= {"signed_as": world.person("CASE_OFFICER", nth=nth).name}
        signed = await story.act("CASE_OFFICER", "investigation-conclusion", report, nth=nth)
        assert signed.status_code == 201, signed.text
    story.done += 2
    await story.walk("review")


def altered(table: str, change: str, *, past: str = "DISABLE TRIGGER ALL") -> Breaks:
    """Somebody alters the rows of this case in the database, past every trigger."""

    async def alter(story: Story) -> None:
        async with story.world.database("case") as db:
            await db.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL, {past}")
            await db.execute(f"{change} WHERE case_id = $1", story.case_id)

    return alter


ALONE: Final[dict[str, Row]] = {
    "qualified": Row(
        "CASE_OFFICER_UNQUALIFIED",
        "APL 42",
        altered("signatures", "UPDATE signatures SET certificate_until = '2025-01-01'"),
    ),
    "no_conflict": Row(
        "CASE_RECUSAL_PENDING",
        "APL 43",
        altered(
            "signatures",
            "UPDATE signatures SET no_conflict = false",
            past="DROP CONSTRAINT signatures_no_conflict_check",
        ),
    ),
    "party_identified": Row("CASE_PARTY_NOT_IDENTIFIED", "APL 40", altered("parties", "DELETE FROM parties")),
    "of_age": Row(
        "CASE_MINOR_UNDER_14", "APL 30", altered("parties", "UPDATE parties SET age_group = 'UNDER_14'")
    ),
    "minor_mitigated": Row("CASE_MITIGATION_REQUIRED", "APL 30", young, {"fine_fen": 9_000}, OPENED),
    "competent": Row("CASE_NO_JURISDICTION", "APL 17", not_listed, {}),
    "device_lawful": Row("CASE_DEVICE_INVALID", "APL 41", fault),
    "settled": Row("CASE_FIRST_OFFENCE_UNCHECKED", "APL 33", put_right),
    "notice_unchanged": Row("CASE_NOTICE_CHANGED", "APL 44", other_clause, order={"fine_fen": 6_000}),
    "answered_in_time": Row(
        "CASE_DEFENCE_PERIOD_RUNNING", "APL 45", speaks_again, beside=("CASE_DEFENCE_NOT_REVIEWED",)
    ),
    "mitigated_as_adopted": Row(
        "CASE_ADOPTED_DEFENCE_IGNORED", "APL 45", adopted, {"fine_fen": 9_000}, "serve notice"
    ),
    "figures_set": Row("PROFILE_INCOMPLETE", "APL 63", figures("thresholds", collective_fine=None), {}),
    "hearing_offered": Row("CASE_HEARING_NOT_OFFERED", "APL 63", discussed_without_hearing, {}),
    "heard": Row("CASE_HEARING_PENDING", "APL 65", hearing_ordered),
    "legally_reviewed": Row("CASE_LEGAL_REVIEW_REQUIRED", "APL 58", figures("review", legal_fine=10_000), {}),
    "discussed": Row(
        "CASE_COLLECTIVE_DISCUSSION_REQUIRED", "APL 57(2)", figures("thresholds", collective_fine=10_000), {}
    ),
    "not_time_barred": Row("CASE_TIME_BARRED", "APL 36", harmless_after_all, begins=PEOPLE),
    "in_time": Row("CASE_DECISION_OVERDUE", "APL 60", ninety_days),
    "remedies_named": Row("CASE_REMEDY_TEXT_MISSING", "APL 59", no_office, {}),
}


@pytest.mark.slow
@pytest.mark.law(
    APL_17, APL_30, APL_33, APL_36, APL_40, APL_41, APL_42, APL_43, APL_44, APL_45, APL_57, APL_57_2, APL_58, APL_59,
    APL_60, APL_63, APL_65,
)  # fmt: skip
@pytest.mark.parametrize(
    ("row", "code"),
    [
        pytest.param(
            row,
            row.code,
            id=name,
            marks=pytest.mark.begins(row.begins),
        )
        for name, row in ALONE.items()
    ],
)
async def test_each_guard_refuses_the_decision_alone_and_says_by_which_article(
    world: World, row: Row, code: str
) -> None:
    story = Story(world) if row.begins == PEOPLE else await Story(world).opened()
    profile = world.runtimes["case"].profile
    await row.breaks(story)

    refused = await story.decide(**row.order)
    world.adopt(**{name: getattr(profile, name) for name in ("catalogue", "offices", "thresholds", "review")})
    decided = await story.decide(**row.mended) if row.mended is not None else None

    assert failed(refused) == (409, "CASE_GUARD_FAILED"), refused.text
    told = {each["code"]: each for each in refused.json()["violations"]}
    assert set(told) == {code, *row.beside}
    assert (told[code]["law"], bool(told[code]["detail"])) == (row.law, True)
    assert decided is None or decided.status_code == 201, decided.text


@pytest.mark.law(APL_40, APL_42, APL_43)
@pytest.mark.begins(OPENED)
async def test_the_acts_before_the_decision_refuse_what_three_of_its_guards_would(world: World) -> None:
    """No prompt without a party, and no signature of one who is bound or whose certificate ended.

    That nobody prompts a child: `test_a_lead_against_a_child_ends_with_its_guardian_told_and_is_erasable`.
    """
    story = await Story(world).opened()
    unknown = await story.act("CASE_OFFICER", "prompt", orders.PROMPT)
    await story.walk("file")
    report = orders.REPORT | {"signed_as": world.person("CASE_OFFICER").name}
    bound = await story.act("CASE_OFFICER", "investigation-conclusion", report | {"no_conflict": False})
    world.clock.advance(days=6 * 366)
    expired = await story.act("CASE_OFFICER", "investigation-conclusion", report)

    refused = {each.json()["code"]: each.json()["article"] for each in (unknown, bound, expired)}
    assert refused == {
        "CASE_PARTY_NOT_IDENTIFIED": "APL 40",
        "CASE_RECUSAL_PENDING": "APL 43",
        "CASE_OFFICER_UNQUALIFIED": "APL 42",
    }
    assert (await story.view())["signed_by"] == []
