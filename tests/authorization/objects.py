"""One object behind each id of the contract: the first agency's own, or one in which it has a side.

A place is the part of a template that ends with an id: `/v1/cases/{case_id}`. A route at a known place needs nothing
here; `test_matrix` fails for a place that nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from common.values.calendar import BEIJING, legal_day
from common.values.ids import PartyId
from tests.authorization.exchangeobjects import exchange_objects
from tests.case import matters_given
from tests.case.catalogue_given import a_source, a_succession, author, published
from tests.case.oversight_given import an_item
from tests.case.story import messages_of
from tests.device_registry import test_device_analysis as analyses
from tests.device_registry import test_offsite as offsite
from tests.device_registry import test_sharing as sharings
from tests.given import ARCHIVED
from tests.notification.outbound import Outbound
from tests.phone import Phone
from tests.snapshots import Place
from tests.world import World

FIXED: Final = {
    "n": "1", "number": "1", "part": "1", "upload": "1", "index": "0", "kid": "k1", "year": "2025", "region": "CN",
    "day": "2025-05-01", "kind": "device", "provider": "sms", "short": "AAAAAAAA", "image_id": "1", "rest": "0",
    "token": "0" * 43, "sha256": "0" * 64, "name": "dev_00000000000000000000000001",
    "device_code": "31010100001190100001",
}  # fmt: skip
"""Parameters without an object of their own: a number within one, a day, what anybody may ask for."""

_CSV: Final = "设置地点,行政区,经度(WGS84),纬度(WGS84),违法指数\n示范路1号,黄浦区,121.480000,31.230000,1\n"
_WORDS: Final = {
    "code": "N-14",
    "title": "履行",
    "text": "{agency}告知:{step}。查询码{query_code},电话{phone}。",
}
_BREACH: Final = {"incident": "系统故障", "measures": "已经修复"}


async def _to_the_objects(world: World) -> None:
    """A quarter is over, and on 1 December the yearly report is asked for. Then everything is made."""
    await analyses.QUARTER.reach(world)
    item = await an_item(world, to_agency_id=world.demo.agencies[2]["id"])
    analysis = await analyses.path_of(world)
    [review] = (await world.person("AGENCY_HEAD").get("/v1/anomaly-reviews")).json()["items"]
    world.clock.to(datetime(2025, 12, 1, 9, tzinfo=BEIJING))
    await world.settle()
    [report] = (await world.person("DEVICE_ADMIN").get("/v1/annual-reports")).json()["items"]
    world.ready["objects"] = {
        "/v1/oversight-items/{item_id}": item["item_id"],
        "/v1/public/agency-pages/{agency_id}": world.agencies[0],
        "/v1/device-analyses/{analysis_id}": analysis.rpartition("/")[2],
        "/v1/anomaly-reviews/{review_id}": review["review_id"],
        "/v1/annual-reports/{report_id}": report["report_id"],
        **await _cases(world),
        **await _devices(world),
        **await _messages(world),
        **await _cleanup(world),
        **await _law(world),
        **await exchange_objects(world),
    }


OBJECTS: Final = Place(ARCHIVED, _to_the_objects)


WITHOUT: Final = {
    "/v1/disclosure-deferrals/{deferral_id}": "tests/data_exchange/test_usages.py",
    "/v1/comparison-batches/{comparison_id}": "tests/data_exchange/test_batches.py",
    "/v1/ledger/records/{record_id}": "anybody may check the ledger",
    "/v1/public/decisions/{publication_id}": "anybody may read what is published",
    "/VIID/VideoSlices/{file_id}": "not built",
    "/VIID/Files/{file_id}": "not built",
}
"""Places for which no object is made here, and where one is tried, or why nobody needs one."""


def known_ids(objects: Mapping[str, str], agency: str) -> dict[str, str]:
    """An id for each prefix; that of an agency is `agency`."""
    found = {id.partition("_")[0]: id for id in objects.values() if len(id.partition("_")[0]) == 3}
    return found | {"agy": agency}


async def _made(world: World, role: str, path: str, order: Any, **options: Any) -> dict[str, Any]:
    answer = await world.person(role).post(path, json=order, **options)
    assert answer.status_code in (200, 201, 202), (path, answer.text)
    view: dict[str, Any] = answer.json()
    return view


async def _cases(world: World) -> dict[str, str]:
    case_id = world.ready[ARCHIVED]
    case = (await world.person("CASE_OFFICER").get(f"/v1/cases/{case_id}")).json()
    exhibit, document = case["exhibits"][0], case["decision"]["document_id"]
    purpose = {"x-purpose-of-use": "CASE_HANDLING"}
    bundle = await _made(world, "CASE_OFFICER", "/v1/evidence-bundles", {"case_id": case_id}, headers=purpose)
    return {
        "/v1/cases/{case_id}": case_id,
        "/v1/captures/{evidence_id}": exhibit["evidence_id"],
        "/v1/cases/{case_id}/captures/{evidence_id}": exhibit["evidence_id"],
        "/v1/devices/{device_id}": exhibit["device_id"],
        "/v1/documents/{document_id}": document,
        "/v1/public/documents/{document_id}": document,
        "/v1/evidence-bundles/{sha256}": bundle["href"].rpartition("/")[2],
    }


async def _devices(world: World) -> dict[str, str]:
    case = (await world.person("CASE_OFFICER").get(f"/v1/cases/{world.ready[ARCHIVED]}")).json()
    device = case["exhibits"][0]["device_id"]
    path = f"/v1/devices/{device}"
    planned = (await world.person("DEVICE_ADMIN").get(path)).json()
    host = {"host_code": "31010100005030000001"}
    account = await _made(world, "DEVICE_ADMIN", f"{path}/push-accounts", host)
    imported = await world.person("DEVICE_ADMIN").post(
        "/v1/device-imports",
        content=_CSV.encode(),
        headers={"content-type": "text/csv", "inventory-source": "authorization"},
    )
    sharing = (await sharings.ask(world, await sharings.theirs(world))).json()
    return {
        "/v1/device-holds/{device_id}": device,
        "/v1/public/devices/{device_id}": device,
        "/v1/public/device-lists/{day}/devices/{device_id}": device,
        "/v1/plans/{plan_id}": planned["plan_id"],
        "/v1/push-accounts/{account}": account["account"],
        "/v1/device-imports/{import_id}": imported.json()["id"],
        "/v1/device-sharings/{sharing_id}": sharing["sharing_id"],
        "/v1/offsite-inspections/{inspection_id}": await offsite.opened(world),
    }


async def _messages(world: World) -> dict[str, str]:
    party = world.person("PARTY")
    inbox = messages_of((await party.get("/v1/inbox")).json())
    async with world.database("notification") as conn:
        consent = str(await conn.fetchval("SELECT id FROM consents LIMIT 1"))
    handset = (await party.post("/v1/handsets", json={"push": "HMS", "token": "token-of-a-phone"})).json()
    session = await Phone(world).sign_in("CASE_OFFICER")
    template = await _made(world, "TEAM_LEAD", "/v1/templates", _WORDS)
    hook = await _made(
        world, "EXCHANGE_OFFICER", "/v1/delivery-webhooks", {"url": "https://hints.example/in"}
    )
    items = [{"case_id": world.ready[ARCHIVED], "values": _BREACH}]
    batch = await _made(world, "TEAM_LEAD", "/v1/notification-batches", {"code": "N-18", "items": items})
    outbound = Outbound(world)
    delivery = await outbound.send(await outbound.message())
    listed = (await world.person("SERVICE_OFFICER").get("/v1/services-of-process")).json()["items"]
    officer = world.person("CASE_OFFICER")
    return {
        "/v1/inbox/{message_id}": inbox[0]["message_id"],
        "/v1/messages/{message_id}": inbox[0]["message_id"],
        "/v1/e-service-consents/{consent_id}": consent,
        "/v1/handsets/{handset_id}": handset["handset_id"],
        "/v1/push-subscriptions/{handset_id}": handset["handset_id"],
        "/v1/me/sessions/{session_id}": session["session_id"],
        "/v1/templates/{template_id}": template["template_id"],
        "/v1/delivery-webhooks/{hook_id}": hook["hook_id"],
        "/v1/notification-batches/{mailing_id}": batch["batch_id"],
        "/v1/deliveries/{delivery_id}": delivery.id,
        "/v1/services-of-process/{service_id}": listed[-1]["service_id"],
        "/v1/parties/{party_id}": PartyId(party.id),
        "/v1/accounts/{party_id}": PartyId(party.id),
        "/v1/officers/{officer_id}": officer.id,
    }


async def _cleanup(world: World) -> dict[str, str]:
    case = (await world.person("CASE_OFFICER").get(f"/v1/cases/{world.ready[ARCHIVED]}")).json()
    found = {"category": "CU-5", "text": "采集量明显偏高,须实地核查。"}
    path = f"/v1/devices/{case['exhibits'][0]['device_id']}/findings"
    raised = await _made(world, "DEVICE_ADMIN", path, found)
    today = f"{legal_day(world.clock())}"
    campaign = {"title": "清理规范", "as_of": today, "deadline": today, "agency_ids": [world.agencies[0]]}
    opened = await _made(world, "SUPERVISOR", "/v1/cleanup-campaigns", campaign)
    await world.settle()
    report = opened["reports"][0]["report_id"]
    filled = {"kind": "ANNEX_1", "filler": "填报员", "contact": "12345", "filled_on": today}
    await _made(world, "DEVICE_ADMIN", f"/v1/cleanup-reports/{report}/draft", filled)
    drawn = await _made(world, "SUPERVISOR", f"/v1/cleanup-campaigns/{opened['campaign_id']}/draws", {})
    return {
        "/v1/findings/{finding_id}": raised["finding_id"],
        "/v1/cleanup-campaigns/{campaign_id}": opened["campaign_id"],
        "/v1/cleanup-reports/{report_id}": report,
        "/v1/cleanup-inspections/{inspection_id}": drawn["inspections"][0]["inspection_id"],
    }


async def _law(world: World) -> dict[str, str]:
    air = a_source("示范防治法", "LAW", ("第一条", "2020-01-01", None), ("第二条", "2020-01-01", None))
    source = await published(world, air)
    order = a_succession(("示范防治法", "第一条"), ("示范防治法", "第二条"), f"{legal_day(world.clock())}")
    waiting = (await author(world).post("/v1/catalogue/legal-successions", json=order)).json()
    later = matters_given.a_version(legal_day(world.clock()) + timedelta(days=1))
    matter = await matters_given.published(world, later)
    return {
        "/v1/catalogue/legal-sources/{source_id}": source["source_id"],
        "/v1/catalogue/legal-successions/{succession_id}": waiting["succession_id"],
        "/v1/catalogue/matters/{matter_id}": matter["matter_id"],
    }
