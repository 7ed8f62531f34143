"""A matter of the ecological code, from its camera to its decision (ECO 1053–1057)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from common.values.catalogue import Clause, Norm, Regime
from common.values.law import ECO_1053_1057
from common.values.profile import BasisLevel
from mz.demo import orders
from tests.case.matters_given import SHIPPED
from tests.case.story import Story
from tests.case.test_law_of_time import printed
from tests.snapshots import PEOPLE
from tests.world import World

FROM = date(2026, 8, 15)
BESIDE = Norm(Clause(BasisLevel.LOCAL_REGULATION, "示范市生态环境保护条例", "第三十条"), 1000, 10_000)


@pytest.mark.slow
@pytest.mark.law(ECO_1053_1057)
@pytest.mark.begins(PEOPLE)
async def test_ECO_2_the_trace_cites_the_presumption_the_limitation_and_the_higher_norm(world: World) -> None:
    others = [i for i in world.runtimes["case"].profile.catalogue if i.code != SHIPPED.code]
    before = replace(SHIPPED, valid_until=FROM - timedelta(days=1))
    item = replace(SHIPPED, version=2, valid_from=FROM, regime=Regime.ECOLOGY, beside=(BESIDE,))
    world.adopt(catalogue=(before, item, *others))
    world.clock.to(datetime(2026, 8, 17, 1, tzinfo=UTC))
    story = await (await Story(world).opened()).walk("file")

    excused = orders.REPORT | {"fine_fen": 0, "outcome": "NO_PENALTY_NO_FAULT"}
    signer = {"signed_as": world.person("CASE_OFFICER").name}
    refused = await story.act("CASE_OFFICER", "investigation-conclusion", excused | signer)
    await story.walk("decide")

    assert (refused.status_code, refused.json()["code"]) == (409, "CASE_FAULT_PRESUMED")
    trace = [line for line in (await story.view())["law"]["of_the_act"]["trace"] if "ECO 1053" in line]
    assert [word in line for word, line in zip(("fault", "5 years", "higher fine"), trace, strict=True)] == [
        True, True, True,
    ]  # fmt: skip
    assert "《示范市生态环境保护条例》第三十条: 1000-10000 fen" in trace[2]
    for kind in ("D-14", "D-20a"):
        text = await printed(story, kind)
        assert "推定当事人有过错" in text
        assert "处罚时效为五年" in text
        assert "适用罚款数额较高的规定" in text
