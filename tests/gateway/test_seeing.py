"""What an operator sees of the running system, on the inner port alone; how long its log is kept (NAT-16, CSL-1)."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import httpx
import pytest

from common.values.law import CSL_23_3
from common.values.refusals import catalogue
from common.values.repealed import repealed_in
from common.web.inner import Inner
from common.web.settings import Settings
from ledger.clock import real_time
from mz import ROOT
from mz.build.golden import writers
from mz.build.watching import metrics_in, watched
from mz.operate.environment import variables
from tests.world import World


@asynccontextmanager
async def inner(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The inner port of the whole process."""
    transport = httpx.ASGITransport(Inner(world.app), client=("127.0.0.1", 40_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://inner.internal") as http:
        yield http


async def test_the_figures_are_on_the_inner_port_and_not_on_the_public_one(world: World) -> None:
    async with inner(world) as operator:
        shown = await operator.get("/metrics")
        assert (shown.status_code, (await operator.get("/readyz")).status_code) == (200, 200)
        assert (await operator.get("/v1/me")).status_code == 404

    for path in ("/metrics", "/metrics/"):
        assert (await world.anonymous.get(path)).status_code in (400, 404)
    for app in world.app.apps.values():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as service:
            assert (await service.get("/metrics")).status_code == 404
    assert 'mingzheng_build_info{python="3' in shown.text


async def test_a_request_is_counted_by_the_template_of_its_route_and_names_nobody(world: World) -> None:
    officer = world.person("CASE_OFFICER")
    await officer.get("/v1/cases/cas_01jd5t9n3mze7b2k4q6r8s0tvw")

    async with inner(world) as operator:
        text = (await operator.get("/metrics")).text

    asked = 'mingzheng_requests_total{method="GET",route="/v1/cases/{case_id}",service="%s",status="'
    assert [service for service in ("edge", "case") if asked % service in text] == ["edge", "case"]
    assert "cas_01jd5" not in text
    assert officer.id not in text
    assert 'mingzheng_pool_connections{service="case",state="most"}' in text
    assert 'mingzheng_disk_free_bytes{place="blobs",service="evidence"}' in text
    ends = re.search(
        r'certificate_expires_timestamp_seconds\{kind="token key",name="urn:mingzheng:svc:case",service="case"\} (\S+)',
        text,
    )
    assert ends is not None
    assert float(ends[1]) > real_time().timestamp() + 300 * 86_400


async def test_every_metric_of_an_alarm_or_a_panel_is_there(world: World) -> None:
    async with inner(world) as operator:
        text = (await operator.get("/metrics")).text
    families = {
        re.sub(r"(_bucket|_total|_sum|_count)$", "", name) for name in re.findall(r"# TYPE (\S+)", text)
    }

    for one in [*watched(ROOT / "ops")["alert"], *watched(ROOT / "ops")["panel"]]:
        for name in metrics_in(one["expr"]):
            assert re.sub(r"(_bucket|_total|_sum|_count)$", "", name) in families, one


def test_every_alarm_stands_in_the_operations_with_what_to_do() -> None:
    text = (ROOT / "docs" / "OPERATIONS.md").read_text()
    rows = dict(re.findall(r"^\| `([A-Z][A-Za-z]+)` \| (.+) \|$", text, re.M))

    assert rows.keys() == {alert["name"] for alert in watched(ROOT / "ops")["alert"]}
    assert all(len(what) > 40 for what in rows.values())


def _again(service: str, settings: Settings, days: int) -> Settings:
    """The settings of a running service, read anew from an environment that keeps the log for `days`."""
    given = {name: value for name, value in settings.model_dump().items() if value is not None}
    told = {**given, "peers": "evidence=http://x", "log_retention_days": days}
    return type(settings).read(variables(service, told), service)


@pytest.mark.law(CSL_23_3)
async def test_NAT_16_the_log_of_every_service_is_kept_for_183_days_at_least_and_for_three_years_by_itself(
    world: World,
) -> None:
    for service, runtime in world.runtimes.items():
        assert runtime.settings.log_retention_days == 3 * 365
        assert _again(service, runtime.settings, 183).log_retention_days == 183
        with pytest.raises(SystemExit, match=r"183 天.*第二十三条第\(三\)项"):
            _again(service, runtime.settings, 182)

    async with inner(world) as operator:
        text = (await operator.get("/metrics")).text
    for service in world.runtimes:
        assert f'mingzheng_log_retention_days{{service="{service}"}} 1095.0' in text


@pytest.mark.law(CSL_23_3)
async def test_CSL_1_no_generated_page_cites_a_repealed_number_today(world: World) -> None:
    today = real_time().date()
    pages = {str(path.relative_to(ROOT)): path.read_text() for path in writers() if path.exists()}
    for path in ("/", "/openapi.json", "/v1/public/devices", "/v1/public/agencies", "/docs"):
        pages[path] = (await world.anonymous.get(path)).text
    pages["the words of refusals"] = json.dumps(
        {code: str(one) for code, one in catalogue().items()}, ensure_ascii=False
    )
    for path in [
        *ROOT.glob("libs/common/common/documents/**/*.typ"),
        *ROOT.glob("services/*/*/documents/**/*.typ"),
    ]:
        pages[str(path.relative_to(ROOT))] = path.read_text()

    assert {name: found for name, text in pages.items() if (found := repealed_in(text, today))} == {}
    assert len(pages) > 30


@pytest.mark.parametrize(
    "text, first",
    [
        ("《中华人民共和国网络安全法》第二十一条第(三)项", date(2026, 1, 1)),
        ("CSL 21(3)", date(2026, 1, 1)),
        ("依据《中华人民共和国大气污染防治法》第五十三条", date(2026, 8, 15)),
        ("噪声污染防治法第6条", date(2026, 8, 15)),
    ],
)
def test_a_repealed_number_is_found_from_the_day_on_which_it_lost_its_force(text: str, first: date) -> None:
    assert repealed_in(text, first) != []
    assert repealed_in(text, date.fromordinal(first.toordinal() - 1)) == []
    assert repealed_in("《中华人民共和国网络安全法》第二十三条第(三)项, CSL 23(3)", first) == []
