"""What another agency holds does not exist: its answers are those for a random id, byte for byte.

Every call of the story, and every read with an id, is repeated by the same role of the other agency, once
with the real id and once with a fresh one of the same kind.
"""

from __future__ import annotations

import base64
import re
import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest

from common.files.digests import digest_field
from common.values.calendar import legal_day
from common.values.ids import (
    AgencyId,
    AgreementId,
    ApplicationId,
    CaseId,
    CatalogueItemId,
    ComparisonId,
    ConsentId,
    DataUseId,
    DeliveryId,
    DeviceId,
    DisputeId,
    DocumentId,
    EvidenceId,
    ExchangeId,
    HandsetId,
    HookId,
    ImportId,
    LegalSourceId,
    LegalSuccessionId,
    MailingId,
    MatterId,
    MessageId,
    OfficerId,
    OversightItemId,
    PartnerId,
    PartyId,
    PlanId,
    PurposeId,
    ServiceId,
    SessionId,
    SharingId,
    TemplateId,
    WebhookId,
    record_id,
)  # fmt: skip
from mz.demo.fakebank import payment_notice, receipt
from mz.demo.orders import ATTRIBUTES, FINDINGS
from tests.architecture.gates import api_routes
from tests.case import handing, matters_given
from tests.case.catalogue_given import a_source, a_succession, author, published
from tests.case.oversight_given import an_item
from tests.case.remedies_given import calls as remedy_calls
from tests.case.story import messages_of
from tests.data_exchange.given import ASKING, a_correction, a_request, act, officer
from tests.data_exchange.given_data import a_data_draft, a_draft, a_listed, version
from tests.data_exchange.given_uses import delivered, use_of
from tests.data_exchange.packages import PDF, announced, dispatched, verified
from tests.data_exchange.partners import (
    PURPOSE,
    a_purpose,
    a_system_with_key,
    an_agreement,
    public_members,
)
from tests.data_exchange.registers import ask
from tests.gateway.cleanup_calls import CLEANUP_KINDS, cleanup_calls
from tests.given import StoryLog, a_case_in_the_archive
from tests.notification.outbound import Outbound
from tests.phone import Phone
from tests.world import World

KINDS = {
    kind.prefix: kind
    for kind in (
        AgencyId,
        AgreementId,
        ApplicationId,
        CaseId,
        CatalogueItemId,
        ComparisonId,
        ConsentId,
        DataUseId,
        DeliveryId,
        DeviceId,
        DisputeId,
        DocumentId,
        EvidenceId,
        ExchangeId,
        HandsetId,
        HookId,
        ImportId,
        LegalSourceId,
        LegalSuccessionId,
        MatterId,
        MailingId,
        MessageId,
        OfficerId,
        OversightItemId,
        PartnerId,
        PartyId,
        PurposeId,
        ServiceId,
        SessionId,
        TemplateId,
        PlanId,
        SharingId,
        WebhookId,
        *CLEANUP_KINDS,
    )
}
ID = re.compile(r"\b(" + "|".join(KINDS) + r")_[0-7][0-9a-hjkmnp-tv-z]{25}\b")

Call = tuple[str, str, str, Any]
"""Role, method, path, body."""

HEX = re.compile(r"\b[0-9a-f]{64}\b")
"""A bundle is named by the digest of its bytes."""

ACCOUNT = re.compile(r"\bcam[a-z2-9]{10}\b")
"""A push account is named by itself."""

RECORD = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
"""A receipt is named by the bare id of its record."""

WORDS = {"code": "N-14", "title": "履行", "text": "{agency}告知:{step}。查询码{query_code},电话{phone}。"}
TOLD = {"how": "WINDOW", "told_at": "2025-03-10T04:00:00Z", "to_whom": "张示民", "proof_sha256": "ab" * 32}

INSPECTED = {"inspected_on": "2025-03-01", "result": "PASS", "findings": "运行正常"}
CHANGING = {
    "kind": "MODEL", "reason": "更换识别模型",
    "application": {
        "necessity": "仍有必要", "alternatives": "无", "siting": "不变", "view": {"sketch_sha256": "ab" * 32},
    },
}  # fmt: skip
RETIRING = {"cause": "DISMANTLED", "disposition": "移交档案", "kept_by": "证据管理中心"}
DECLARED = {
    "contract_sha256": "ab" * 32, "declaration_sha256": "cd" * 32, "entity": "示范市智能设备有限公司",
    "signatory": "钱示成", "declared_on": "2025-03-01",
}  # fmt: skip

EXEMPT = {
    "/v1/ledger/entries/{index}", "/v1/ledger/proofs/{index}", "/v1/ledger/records/{record_id}",
    "/v1/ledger/anchors/{index}",
    "/v1/ledger/streams/{kind}/{name}/extract",
    "/v1/ledger/streams/{kind}/{name}/records",  # anybody may check the ledger: it has no personal data
    "/v1/calendars/{region}/{year}",  # the working days, for anybody
    # What the law publishes about a device, and the lists of past days.
    "/v1/public/devices/{device_id}", "/v1/public/devices/{device_id}/sign-code",
    "/v1/public/decisions/{publication_id}", "/v1/public/decisions/{publication_id}/page",  # public (APL 48)
    "/v1/public/signs/{short}",
    "/v1/public/documents/{document_id}/verification",  # whoever holds the document has its code
    "/v1/public/document-digests/{sha256}",  # whoever holds the document has its digest
    "/v1/public/agency-pages/{agency_id}",  # public by law
    "/v1/public/device-lists/{day}", "/v1/public/device-lists/{day}/devices/{device_id}",
    "/v1/push-accounts/{account}", "/v1/push-accounts/{account}/devices", "/v1/captures/{evidence_id}/case-view",
    "/v1/secret-addresses/{sha256}", "/v1/client-certificates/{sha256}", "/v1/signing-keys/{device_code}/{number}",
    "/v1/captures/{evidence_id}/party-images/{n}", "/v1/devices/{device_id}/party-dossier",  # for the case service
    "/v1/captures/{evidence_id}/transfer-view", "/v1/captures/{evidence_id}/transfer-images/{n}",
    "/v1/comparison-batches/{comparison_id}/parts/{n}",  # a PUT: its GET beside it is tried
    "/v1/accounts/{party_id}", "/v1/officers/{officer_id}/standing",
    "/v1/parties/{party_id}/e-service-consent", "/v1/cases/{case_id}/standing",
    "/v1/cases/{case_id}/transfer-papers",
    "/v1/cases/{case_id}/notice-context",
    "/v1/provider-callbacks/{provider}",  # named by the provider, for providers alone
    "/v1/oversight-items/{item_id}/standing", "/v1/documents/{document_id}/service-view",  # for service accounts alone
    "/v1/device-holds/{device_id}",  # for the registry alone
    "/v1/applications/{application_id}/credentials", "/v1/parties/{party_id}/identities",
    # A review needs figures out of line: tests/device_registry/test_anomalies.py tries each act on one.
    "/v1/anomaly-reviews/{review_id}", "/v1/anomaly-reviews/{review_id}/site-visit",
    "/v1/anomaly-reviews/{review_id}/decision",
    # tests/device_registry/test_device_analysis.py and test_offsite.py
    "/v1/device-analyses/{analysis_id}", "/v1/device-analyses/{analysis_id}/document",
    "/v1/device-analyses/{analysis_id}/decisions", "/v1/device-analyses/{analysis_id}/closure",
    "/v1/offsite-inspections/{inspection_id}", "/v1/offsite-inspections/{inspection_id}/closure",
    # A yearly report is asked for in December: tests/device_registry/test_annual_report.py tries a stranger on one.
    "/v1/annual-reports/{report_id}", "/v1/annual-reports/{report_id}/draft",
    "/v1/annual-reports/{report_id}/receipts", "/v1/annual-reports/{report_id}/document",
    # A deferral needs an open case: tests/data_exchange/test_usages.py tries each act on one.
    "/v1/disclosure-deferrals/{deferral_id}", "/v1/disclosure-deferrals/{deferral_id}/approval",
    "/v1/disclosure-deferrals/{deferral_id}/rejection", "/v1/disclosure-deferrals/{deferral_id}/renewal-proposal",
    "/v1/disclosure-deferrals/{deferral_id}/renewal", "/v1/disclosure-deferrals/{deferral_id}/lifting",
}  # fmt: skip
"""Routes with an id that are public, of the ledger, or closed to every person."""


@pytest.mark.slow
async def test_another_agencys_object_answers_like_a_random_id(world: World) -> None:
    log = StoryLog()
    case_id = await a_case_in_the_archive(world, log)
    calls = {
        (role, method, template_of(world, path)): (path, order)
        for role, method, path, order in [*log.calls, *await _beside_the_story(world, case_id)]
        if any(name.search(path) for name in (ID, HEX, RECORD, ACCOUNT))
    }

    different = []
    for (role, method, template), (path, order) in calls.items():
        real, random = [await _ask(world, role, method, p, order) for p in (path, _other(world, path))]
        # 404 almost everywhere; 403 where the other agency has nobody for the act at all. Never an answer.
        if real != random or real[0] not in (403, 404):
            different.append((role, method, template, real, random))

    assert different == []
    asked = {template for _, _, template in calls}
    assert _with_id(world) - asked - EXEMPT == set()


async def _beside_the_story(world: World, case_id: str) -> list[Call]:
    """Calls that the story does not make, on the objects that it left."""
    case = (await world.person("CASE_OFFICER").get(f"/v1/cases/{case_id}")).json()
    exhibit = case["exhibits"][0]
    device, capture = f"/v1/devices/{exhibit['device_id']}", f"/v1/captures/{exhibit['evidence_id']}"
    inbox = messages_of((await world.person("PARTY").get("/v1/inbox")).json())
    consent = await _consent(world)
    phone = {"push": "HMS", "token": "token-of-a-phone"}
    handset = (await world.person("PARTY").post("/v1/handsets", json=phone)).json()["handset_id"]
    planned = await world.person("DEVICE_ADMIN").get(device)
    # Nobody but the two agencies of a sharing knows of it, and the other agency here is one of them.
    sharing = f"/v1/device-sharings/{SharingId.new(world.clock())}"
    session = (await Phone(world).sign_in("CASE_OFFICER"))["session_id"]
    suspension = {"reason": "ORDERED", "note": "检查"}
    imported = await _import(world)
    drafted = await world.person("TEAM_LEAD").post("/v1/templates", json=WORDS)
    template = f"/v1/templates/{drafted.json()['template_id']}"
    issued = await world.person("DEVICE_ADMIN").post(
        f"{device}/push-accounts", json={"host_code": "31010100005030000001"}
    )
    account, more = f"/v1/push-accounts/{issued.json()['account']}", {"device_ids": [exhibit["device_id"]]}
    bundle = await world.person("CASE_OFFICER").post(
        "/v1/evidence-bundles", json={"case_id": case_id}, headers={"x-purpose-of-use": "CASE_HANDLING"}
    )
    hook = await world.person("EXCHANGE_OFFICER").post(
        "/v1/delivery-webhooks", json={"url": "https://hints.example/in"}
    )
    breach = {"case_id": case_id, "values": {"incident": "系统故障", "measures": "已经修复"}}
    batch = await world.person("TEAM_LEAD").post(
        "/v1/notification-batches", json={"code": "N-18", "items": [breach]}
    )
    return [
        *await cleanup_calls(world, exhibit["device_id"]),
        *await _exchanges(world),
        *await _oversight(world),
        *await _corrections_and_disputes(world),
        *await _uses(world),
        *await _catalogue(world),
        *await _law(world),
        *await _comparisons(world),
        *await _partners(world),
        *await _data_requests(world),
        *await _transfers(world),
        *await _services(world),
        ("DEVICE_ADMIN", "GET", f"{device}/capability?at={exhibit['captured_at']}", None),
        ("DEVICE_ADMIN", "GET", device, None),
        ("DEVICE_ADMIN", "GET", f"{device}/application", None),
        ("DEVICE_ADMIN", "GET", sharing, None),
        ("AGENCY_HEAD", "POST", f"{sharing}/grant", {}),
        ("AGENCY_HEAD", "POST", f"{sharing}/refusal", {"reason": "不具备条件"}),
        ("AGENCY_HEAD", "POST", f"{sharing}/end", {"reason": "不再需要"}),
        ("DEVICE_ADMIN", "POST", f"{device}/operator", {"party_id": PartyId.new(world.clock())}),
        ("DEVICE_ADMIN", "GET", f"{device}/inspections", None),
        ("DEVICE_ADMIN", "POST", f"{device}/inspections", INSPECTED),
        ("PARTY", "POST", f"{device}/inspections/1/answer", {"answer": "已处理"}),
        ("DEVICE_ADMIN", "GET", f"{device}/contracts", None),
        ("DEVICE_ADMIN", "GET", f"{device}/contract-files/{'0' * 64}", None),
        ("DEVICE_ADMIN", "POST", f"{device}/contract-files?document=CONTRACT", PDF),
        ("DEVICE_ADMIN", "POST", f"{device}/revenue-declarations", DECLARED),
        ("DEVICE_ADMIN", "GET", f"{device}/parameters", None),
        (
            "DEVICE_ADMIN",
            "POST",
            f"{device}/parameters",
            {"parameters": {"limit_kmh": "60"}, "reason": "初始"},
        ),
        ("DEVICE_ADMIN", "POST", f"{device}/flow-counts", {"month": "2025-03-01", "passes": 1}),
        ("DEVICE_ADMIN", "GET", f"/v1/plans/{planned.json()['plan_id']}", None),
        ("DEVICE_ADMIN", "POST", f"{account}/devices", more),
        ("DEVICE_ADMIN", "POST", f"{account}/device-removals", more),
        ("DEVICE_ADMIN", "POST", f"{account}/certificates", {"certificate": "-" * 100}),
        ("DEVICE_ADMIN", "POST", f"{account}/secret-addresses", {"addresses": ["192.0.2.7"]}),
        ("DEVICE_ADMIN", "POST", f"{account}/certificate-releases", {"sha256": "0" * 64}),
        ("DEVICE_ADMIN", "POST", f"{account}/rotation", {"overlap_d": 1}),
        ("DEVICE_ADMIN", "POST", f"{account}/revocation", {"reason": "LOST"}),
        ("DEVICE_ADMIN", "GET", f"{device}/signing-keys", None),
        ("DEVICE_ADMIN", "POST", f"{device}/signing-keys", _key()),
        ("DEVICE_ADMIN", "POST", f"{device}/signing-keys/1/revocation", {"reason": "LOST"}),
        ("DEVICE_ADMIN", "GET", f"{device}/corrections", None),
        ("DEVICE_ADMIN", "POST", f"{device}/maintenance-plan", {"interval_d": 90, "duties": "清洁"}),
        ("DEVICE_OPERATOR", "GET", f"{device}/maintenance", None),
        ("DEVICE_OPERATOR", "POST", f"{device}/maintenance", {"cause": "ROUTINE", "note": "例行"}),
        ("DEVICE_OPERATOR", "POST", f"{device}/maintenance/completion", {"parts": [], "work": "清洁"}),
        ("DEVICE_OPERATOR", "POST", f"{device}/faults", _fault(exhibit["captured_at"])),
        ("DEVICE_OPERATOR", "POST", f"{device}/faults/1/closure", {"remedy": "已排除"}),
        ("DEVICE_OPERATOR", "POST", f"{device}/clock-checks", {"drift_ms": 20}),
        ("DEVICE_ADMIN", "POST", f"{device}/corrections", _correction()),
        ("DEVICE_ADMIN", "GET", f"/v1/device-imports/{imported}", None),
        ("DEVICE_ADMIN", "GET", f"/v1/device-imports/{imported}/rows", None),
        ("DEVICE_ADMIN", "GET", f"/v1/device-imports/{imported}/file", None),
        ("CASE_OFFICER", "GET", bundle.json()["href"], None),
        ("DEVICE_ADMIN", "POST", f"{device}/material-changes", CHANGING),
        ("DEVICE_ADMIN", "POST", f"{device}/retirement", RETIRING),
        ("AGENCY_HEAD", "POST", f"{device}/retirement/approval", {}),
        ("DEVICE_ADMIN", "GET", f"{device}/raw-data-holds", None),
        ("DEVICE_ADMIN", "GET", f"{device}/rectifications/1/plan", None),
        ("AGENCY_HEAD", "POST", f"{device}/suspension", suspension),
        ("AGENCY_HEAD", "POST", f"{device}/resumption", {"note": "恢复"}),
        (
            "EVIDENCE_REVIEWER",
            "POST",
            f"{capture}/rejection",
            {"codes": ["E-QLT-01"], "attributes": ATTRIBUTES},
        ),
        ("TEAM_LEAD", "POST", f"{capture}/late-review-leave", {"reason": "节假日"}),
        ("EVIDENCE_REVIEWER", "POST", f"{capture}/bundles", {}),
        ("ARCHIVIST", "POST", f"{capture}/erasure-proposal", {"reason": "PARTY_REQUEST"}),
        ("AGENCY_HEAD", "POST", f"{capture}/erasures", {}),
        ("ARCHIVIST", "POST", f"/v1/cases/{case_id}/erasure-proposal", {"reason": "PARTY_REQUEST"}),
        ("AGENCY_HEAD", "POST", f"/v1/cases/{case_id}/erasures", {}),
        *_ends(world, f"/v1/cases/{case_id}"),
        *handing.calls(f"/v1/cases/{case_id}"),
        ("CASE_OFFICER", "GET", f"/v1/cases/{case_id}/pictures", None),
        ("CASE_OFFICER", "GET", f"/v1/cases/{case_id}/captures/{exhibit['evidence_id']}/pictures/1", None),
        ("CASE_OFFICER", "GET", f"/v1/cases/{case_id}/device-dossier", None),
        ("EVIDENCE_REVIEWER", "GET", f"{capture}/redactions", None),
        ("EVIDENCE_REVIEWER", "GET", f"{capture}/redactions/1", None),
        ("EVIDENCE_REVIEWER", "POST", f"{capture}/redactions", {"picture": 1, "boxes": [], "reason": "无"}),
        ("ARCHIVIST", "GET", f"/v1/cases/{case_id}/export", None),
        *_readings(f"/v1/cases/{case_id}"),
        ("SERVICE_OFFICER", "POST", f"/v1/documents/{case['decision']['document_id']}/seal", {}),
        *_deliberations(f"/v1/cases/{case_id}"),
        *_amends(f"/v1/cases/{case_id}"),
        ("CASE_OFFICER", "GET", f"/v1/cases/{case_id}/documents", None),
        ("CASE_OFFICER", "GET", f"/v1/cases/{case_id}/prompt-draft", None),
        ("CASE_OFFICER", "POST", f"/v1/messages/{inbox[0]['message_id']}/proofs", PDF),
        ("CASE_OFFICER", "POST", f"/v1/messages/{inbox[0]['message_id']}/hand-deliveries", TOLD),
        ("CASE_OFFICER", "POST", f"/v1/messages/{inbox[0]['message_id']}/recall", {"reason": "WRONG_PARTY"}),
        ("TEAM_LEAD", "GET", template, None),
        ("TEAM_LEAD", "POST", f"{template}/previews", {}),
        ("TEAM_LEAD", "POST", f"{template}/withdrawal", {}),
        ("CASE_LEGAL_REVIEWER", "POST", f"{template}/approvals", {}),
        ("CASE_OFFICER", "GET", f"/v1/documents/{case['decision']['document_id']}", None),
        ("CASE_OFFICER", "GET", f"/v1/inbox/{inbox[0]['message_id']}", None),
        ("CASE_OFFICER", "GET", f"/v1/inbox/{inbox[0]['message_id']}/document", None),
        ("CASE_OFFICER", "POST", f"/v1/inbox/{inbox[0]['message_id']}/acknowledgements", {}),
        ("CASE_OFFICER", "PUT", f"/v1/handsets/{handset}", phone),
        ("CASE_OFFICER", "DELETE", f"/v1/handsets/{handset}", None),
        ("CASE_OFFICER", "DELETE", f"/v1/push-subscriptions/{handset}", None),
        ("CASE_OFFICER", "POST", f"/v1/inbox/{inbox[0]['message_id']}/refusals", {}),
        ("CASE_OFFICER", "POST", f"/v1/inbox/{inbox[0]['message_id']}/disputes", {"reason": "NOT_ME"}),
        ("CASE_OFFICER", "POST", f"/v1/e-service-consents/{consent}/withdrawal", {}),
        ("CASE_OFFICER", "POST", f"/v1/me/sessions/{session}/end", {}),
        # The last: its message is of no case that the others could ask for.
        await _replay(world),
        ("EXCHANGE_OFFICER", "POST", f"/v1/delivery-webhooks/{hook.json()['hook_id']}/disablement", {}),
        ("CASE_OFFICER", "GET", f"/v1/notification-batches/{batch.json()['batch_id']}", None),
    ]


async def _replay(world: World) -> Call:
    outbound = Outbound(world)
    delivery = await outbound.send(await outbound.message())
    return "EXCHANGE_OFFICER", "POST", f"/v1/deliveries/{delivery.id}/replays", {}


def _fault(began_at: str) -> dict[str, Any]:
    return {"began_at": began_at, "description": "镜头偏移"}


def _correction() -> dict[str, Any]:
    return {"paper": "CERTIFICATE", "number": "JL-1", "invalid_from": "2025-03-01", "reason": "撤销"}


def _executions(case: str) -> list[Call]:
    """A rest, paying later, the demand and the court."""
    words, day = {"reason": "理由", "signed_as": "王示乙"}, "2025-03-10"
    plan = {"grounds": "困难", "parts": [{"due_on": "2025-12-10", "amount_fen": 1}]}
    paper = {"ruling": "ACCEPTED", "ruled_on": day, "number": "1号", "paper_sha256": "ab" * 32}
    return [
        ("CASE_OFFICER", "POST", f"{case}/suspension", {"ground": "APPRAISAL", "reason": "待检测"}),
        ("AGENCY_HEAD", "POST", f"{case}/suspension/approval", words),
        ("AGENCY_HEAD", "POST", f"{case}/suspension/resumption", words),
        ("CASE_OFFICER", "POST", f"{case}/instalments", plan),
        ("AGENCY_HEAD", "POST", f"{case}/instalments/1/decision", {"granted": False, "reason": "无"}),
        ("CASE_OFFICER", "POST", f"{case}/demand", {}),
        ("SERVICE_OFFICER", "POST", f"{case}/demand/service", {"manner": "DIRECT"}),
        ("CASE_OFFICER", "POST", f"{case}/demand/statements", {"statement": "已缴"}),
        ("CASE_OFFICER", "POST", f"{case}/demand/statements/1/answer", {"adopted": False, "reason": "无"}),
        ("AGENCY_HEAD", "POST", f"{case}/enforcement-application", {"signed_as": "王示乙"}),
        ("CASE_OFFICER", "POST", f"{case}/enforcement-ruling", paper),
        ("CASE_OFFICER", "POST", f"{case}/enforcement-ruling/objection", {}),
        ("CASE_OFFICER", "POST", f"{case}/enforcement-rest", {"ground": "OTHER", "since": day}),
        ("CASE_OFFICER", "POST", f"{case}/enforcement-rest/resumption", {}),
        ("CASE_OFFICER", "POST", f"{case}/enforcement-end", words | {"ground": "OTHER"}),
    ]


def _readings(case: str) -> list[Call]:
    """Who looked at the case, and what was unmasked."""
    more = {"officer_id": "off_01jncr916se3bt7h363epy5z0v", "more": 1, "reason": "送达"}
    return [
        ("AGENCY_HEAD", "GET", f"{case}/readings", None),
        ("CASE_OFFICER", "GET", f"{case}/next-acts", None),
        ("PARTY", "POST", f"{case}/data-requests", {"right": "COPY", "words": "复制"}),
        ("PARTY", "GET", f"{case}/data-requests/1/copy", None),
        ("TEAM_LEAD", "GET", f"{case}/data-requests", None),
        ("TEAM_LEAD", "POST", f"{case}/data-requests/1/decision", {"granted": True, "reasons": "同意"}),
        ("CASE_OFFICER", "POST", f"{case}/unmaskings", {"fields": ["NAME"], "reason": "送达"}),
        ("AGENCY_HEAD", "POST", f"{case}/unmasking-grants", more),
    ]


def _investigation(case: str) -> list[Call]:
    """What two officers collect, and what is kept where it is."""
    at, digest, head = "2025-03-10T04:00:00Z", "ab" * 32, {"signed_as": "王示乙"}
    inquiry = {
        "began_at": at, "ended_at": at, "place": "询问室", "medium": "IN_PERSON", "role": "PARTY",
        "person": "张示民", "identity": "核对一致", "recorder": "郑示甲", "signed_as": "郑示甲",
        "shows_certificates": True, "tells_rights": True, "asked": [{"question": "何时？", "answer": "今日"}],
        "signing": {"by": "SIGNED", "proof_sha256": digest},
    }  # fmt: skip
    inspection = {
        "began_at": at, "ended_at": at, "place": "路口", "present": ["刘示例"], "signed_as": "郑示甲",
        "shows_certificates": True, "course": ["测量"], "findings": ["线外"],
        "signing": {"by": "ABSENT", "proof_sha256": digest, "witness": "刘示例"},
    }  # fmt: skip
    request = {
        "recipient": "公司",
        "items": ["图"],
        "purpose": "核实",
        "due_on": "2099-01-05",
        "signed_as": "郑示甲",
    }
    goods = [{"name": "卡", "quantity": "1张", "condition": "完好"}]
    statement = {
        "statement": "抛锚", "final": True, "is_read_over": True, "signing": "SIGNED", "signed_as": "郑示甲",
        "proof_sha256": digest,
    }  # fmt: skip
    return [
        ("CASE_OFFICER", "GET", f"{case}/collection", None),
        ("CASE_OFFICER", "POST", f"{case}/inquiries", inquiry),
        ("CASE_OFFICER", "POST", f"{case}/inspections", inspection),
        ("CASE_OFFICER", "POST", f"{case}/material-requests", request),
        ("CASE_OFFICER", "GET", f"{case}/evidence-records/1", None),
        ("CASE_OFFICER", "POST", f"{case}/evidence-records/1/signature", head),
        ("CASE_OFFICER", "POST", f"{case}/evidence-records/1/voiding", {"reason": "不在场"}),
        (
            "CASE_OFFICER",
            "POST",
            f"{case}/evidence-records/1/material",
            {"items": [digest], "is_whole": True},
        ),
        (
            "CASE_OFFICER",
            "POST",
            f"{case}/preservations",
            {"goods": goods, "place": "室", "keeper": "王示例", "reason": "覆盖"},
        ),
        ("AGENCY_HEAD", "POST", f"{case}/preservations/1/approval", head),
        (
            "AGENCY_HEAD",
            "POST",
            f"{case}/preservations/1/handling",
            {"handling": "RETURN", "reason": "已复制"} | head,
        ),
        (
            "CASE_OFFICER",
            "POST",
            f"{case}/preservations/1/return",
            {"returned_at": at, "proof_sha256": digest},
        ),
        ("CASE_OFFICER", "POST", f"{case}/counter-statements", statement),
        *_leaving(case),
    ]


def _leaving(case: str) -> list[Call]:
    """The letter of a transfer, and a suspected crime."""
    letter = {"to_name": "交通局", "reason": "管辖", "basis": ["第二十五条"], "signed_as": "王示乙"}
    decision = {"approved": False, "reason": "不构成", "signed_as": "王示乙"}
    team = {"team": ["off_01jncr9587fp5a9np1nkamw06w", "off_01jncr9587fp5a9np1nkamw06x"]}
    return [
        ("CASE_OFFICER", "POST", f"{case}/transfer-letter", letter),
        ("CASE_OFFICER", "GET", f"{case}/criminal-transfer", None),
        ("AGENCY_HEAD", "POST", f"{case}/criminal-transfer", team),
        ("CASE_OFFICER", "POST", f"{case}/criminal-transfer/1/report", {"report": "涉嫌犯罪"}),
        ("AGENCY_HEAD", "POST", f"{case}/criminal-transfer/1/decision", decision),
    ]


def _corrected_notice(world: World) -> dict[str, str]:
    """A notice that the bank did sign."""
    notice = payment_notice(reference="0" * 20, amount_fen=1, paid_at=world.clock(), serial="S1")
    signature = world.installation.d.bank().sign(notice)
    return {"notice": base64.b64encode(notice).decode(), "signature": signature}


def _ends(world: World, case: str) -> list[Call]:
    """The acts by which a case ends without a penalty."""
    at, digest = "2025-03-10T04:00:00Z", "ab" * 32
    corrected = {"corrected_at": at, "shown_by": "ON_SITE", "note": "已改正"}
    looked = {"complied": True, "checked_at": at, "proof_sha256": digest}
    told = {"why": "轻微", "text": "应当守法", "told_at": at, "how": "IN_PERSON", "proof_sha256": digest}
    ground = {"reason": "NO_FACT", "findings": FINDINGS, "ground": "不属实", "signed_as": "郑示甲"}
    outcome = {"outcome": "NO_VIOLATION", "reasons": ["违法事实不能成立"]}
    return [
        ("CASE_OFFICER", "POST", f"{case}/correction-confirmations", corrected),
        ("CASE_OFFICER", "POST", f"{case}/first-offence-checks", {"harm": "SLIGHT"}),
        ("CASE_OFFICER", "POST", f"{case}/waiver-choice", {"choice": "WAIVE", "reason": "初次"}),
        ("CASE_OFFICER", "POST", f"{case}/sheets", {"kind": "D-06"}),
        ("TEAM_LEAD", "POST", f"{case}/correction-order", {"content": "改正", "days": 3}),
        ("SERVICE_OFFICER", "POST", f"{case}/correction-order/service", {"manner": "DIRECT"}),
        ("CASE_OFFICER", "POST", f"{case}/correction-order/check", looked),
        ("CASE_OFFICER", "POST", f"{case}/proofs", PDF),
        ("FINANCE_CLERK", "POST", f"{case}/receipts", receipt("S1") | {"serial": "S1"}),
        ("FINANCE_CLERK", "POST", f"{case}/payment-differences", _corrected_notice(world)),
        *_executions(case),
        *_investigation(case),
        ("CASE_OFFICER", "POST", f"{case}/refunds", {"number": 1}),
        ("FINANCE_CLERK", "POST", f"{case}/refunds/1/approval", {}),
        ("CASE_OFFICER", "POST", f"{case}/educations", told),
        ("CASE_OFFICER", "POST", f"{case}/non-filing-proposal", ground),
        ("TEAM_LEAD", "POST", f"{case}/non-filing", {"signed_as": "孙示甲"}),
        ("TEAM_LEAD", "POST", f"{case}/party-release", {"cause": "VEHICLE_SOLD", "note": "已过户"}),
        ("CASE_OFFICER", "POST", f"{case}/act-end", {"ended_at": at, "shown_by": "OFFICER", "note": "驶离"}),
        ("TEAM_LEAD", "POST", f"{case}/merger", {"into_case_id": "cas_" + "0" * 26, "reason": "同一行为"}),
        ("AGENCY_HEAD", "POST", f"{case}/no-penalty-decision", outcome),
        *remedy_calls(case),
    ]


def _deliberations(case: str) -> list[Call]:
    """The acts between the reviewed defence and the decision."""
    opens, digest, officer = "2025-05-10T04:00:00Z", "ab" * 32, "off_" + "0" * 26
    hearing = {"opens_at": opens, "place": "听证室", "chair_officer_id": officer, "chair_name": "何示甲"}
    record = {"presence": "ABSENT", "began_at": opens, "attendees": ["调查人员"], "case_made": ["事实"]}
    record |= {"signing": "WAIVED", "proof_sha256": digest, "no_conflict": True, "signed_as": "何示甲"}
    report = {"opinion": "AS_PROPOSED", "findings": ["属实"], "reasons": ["充分"], "signed_as": "何示甲"}
    review = {"verdict": "PASS", "remarks": ["符合"] * 7, "no_conflict": True, "signed_as": "陈示甲"}
    review |= {"qualification": {"kind": "LEGAL_PROFESSION", "number": "A1"}}
    opinion = {"agrees": True, "words": "同意", "signed_as": "李示甲"}
    conclusion = {"agreed": None, "conclusion": "不予处罚", "place": "会议室", "recorder": "记录员"}
    conclusion |= {"proof_sha256": digest, "signed_as": "李示甲"}
    letter = {"number": 1, "granted": False, "organ": "市政府", "letter_number": "1号"}
    letter |= {"decided_on": "2025-05-01", "letter_sha256": digest}
    recusal = {"officer_id": officer, "officer_name": "郑示甲", "ground": "OTHER", "reason": "同学"}
    recused = {"number": 1, "granted": False, "reason": "不影响公正执法", "signed_as": "李示甲"}
    discussion = f"{case}/collective-discussion"
    return [
        ("AGENCY_HEAD", "POST", f"{case}/investigation-returns", {"reason": "补充", "signed_as": "李示甲"}),
        ("AGENCY_HEAD", "GET", f"{case}/investigation-returns", None),
        ("PARTY", "POST", f"{case}/hearing-request", {}),
        ("CASE_OFFICER", "POST", f"{case}/recusals", recusal),
        ("AGENCY_HEAD", "POST", f"{case}/recusal-decisions", recused),
        ("CASE_LEGAL_REVIEWER", "POST", f"{case}/recusal-letters", letter),
        ("AGENCY_HEAD", "POST", f"{case}/hearing", hearing),
        ("SERVICE_OFFICER", "POST", f"{case}/hearing/service", {}),
        ("HEARING_CHAIR", "POST", f"{case}/hearing-record", record),
        ("HEARING_CHAIR", "POST", f"{case}/hearing-report", report),
        ("CASE_LEGAL_REVIEWER", "POST", f"{case}/legal-reviews", review),
        ("AGENCY_HEAD", "POST", discussion, {"fine_fen": 10_000}),
        ("AGENCY_HEAD", "POST", f"{discussion}/opinions", opinion),
        ("AGENCY_HEAD", "POST", f"{discussion}/conclusion", conclusion),
    ]


def _amends(case: str) -> list[Call]:
    """The acts by which an agency amends its own decision."""
    word = {"place": "PLACE_NAME", "wrong": "交差口", "right": "交叉口"}
    proposal = {"kind": "REVOKE", "cause": "COMPLAINT", "reason": "事实不清"}
    return [
        ("CASE_OFFICER", "POST", f"{case}/amendment-proposal", proposal),
        (
            "CASE_LEGAL_REVIEWER",
            "POST",
            f"{case}/amendment-review",
            {"conclusion": "PASS", "opinion": "同意"},
        ),
        ("AGENCY_HEAD", "POST", f"{case}/revocation", {}),
        ("SERVICE_OFFICER", "POST", f"{case}/revocation/service", {"manner": "DIRECT"}),
        ("AGENCY_HEAD", "POST", f"{case}/correction", {"words": [word], "reason": "误写"}),
        ("SERVICE_OFFICER", "POST", f"{case}/correction/service", {"manner": "DIRECT"}),
        ("AGENCY_HEAD", "POST", f"{case}/invalidations/1/settlement", {"way": "KEEP", "reason": "核对"}),
        ("CASE_OFFICER", "POST", f"{case}/social-impact", {"criteria": [], "reason": "无"}),
        ("TEAM_LEAD", "POST", f"{case}/publication", {}),
        ("TEAM_LEAD", "POST", f"{case}/publication/withdrawal", {"reason": "撤销"}),
    ]


def _key() -> dict[str, Any]:
    """An order for a signing key whose proof is wrong."""
    return {
        "kid": "31010100001190000001#1",
        "algorithm": "ed25519",
        "public_key": "A" * 43 + "=",
        "proof": "A" * 86 + "==",
        "valid_until": "2027-01-01T00:00:00Z",
    }


async def _exchanges(world: World) -> list[Call]:
    """Acts in a request from the first agency to the third, which are tried by the second."""
    exchange = await a_request(world, to_agency_id=world.demo.agencies[2]["id"])
    path = f"/v1/exchanges/{exchange['exchange_id']}"
    acts: list[tuple[str, Any]] = [
        ("acknowledgement", {}),
        ("acceptance", {"note": "同意"}),
        ("refusal", {"code": "R3", "reason": "没有数据"}),
        ("deliverables", {"text": "结果", "is_whole": True}),
        ("withdrawal", {"reason": "撤回"}),
        ("closure", {}),
        ("urgings", {}),
        ("escalation", {}),
        ("messages", {"text": "请问"}),
        ("supplement-request", {"missing": ["路段"]}),
        ("completion", {"text": "补正"}),
        ("extensions", {"days": 3, "reason": "需要时间"}),
        ("extension-consent", {}),
        ("extension-refusal", {"reason": "不同意"}),
        ("suspension", {"reason": "FORCE_MAJEURE", "note": "台风", "evidence_sha256": "0" * 64}),
        ("resumption", {}),
    ]
    calls: list[Call] = [("EXCHANGE_OFFICER", "POST", f"{path}/{act}", order) for act, order in acts]
    reads = [
        path,
        f"{path}/letters",
        f"{path}/letters/1",
        f"{path}/dossier",
        f"/v1/receipts/{await _record(world, exchange)}",
    ]
    own: list[Call] = [
        ("EXCHANGE_OFFICER", "POST", f"{reads[-1]}/acknowledgements", {"leaf_hash": "0" * 64}),
        ("EXCHANGE_OFFICER", "POST", f"{path}/erasure-proposal", {}),
        ("AGENCY_HEAD", "POST", f"{path}/erasures", {}),
    ]
    return [
        *(("EXCHANGE_OFFICER", "GET", read, None) for read in reads),
        *own,
        *calls,
        *await _webhooks(world),
    ]


async def _webhooks(world: World) -> list[Call]:
    named = await world.person("EXCHANGE_OFFICER").post(
        "/v1/webhook-endpoints", json={"url": "https://hints.example/in"}
    )
    path = f"/v1/webhook-endpoints/{named.json()['webhook_id']}"
    acts = ("secret-rotations", "redeliveries", "disablement")
    return [
        ("EXCHANGE_OFFICER", "GET", path, None),
        ("EXCHANGE_OFFICER", "GET", f"{path}/attempts", None),
        *(("EXCHANGE_OFFICER", "POST", f"{path}/{act}", {}) for act in acts),
    ]


async def _services(world: World) -> list[Call]:
    """Acts in the service of the story's decision."""
    listed = (await world.person("SERVICE_OFFICER").get("/v1/services-of-process")).json()["items"]
    path = f"/v1/services-of-process/{listed[-1]['service_id']}"
    outcome = {"result": "ABSENT", "at": "2025-03-03T00:00:00Z", "note": "无人"}
    rebuttal = {"arrived_at": "2025-03-03T00:00:00Z", "statement": "没有收到"}
    return [
        ("SERVICE_OFFICER", "GET", path, None),
        ("SERVICE_OFFICER", "GET", f"{path}/return", None),
        ("SERVICE_OFFICER", "GET", f"{path}/certificate", None),
        ("SERVICE_OFFICER", "GET", f"{path}/proofs/{'0' * 64}", None),
        ("SERVICE_OFFICER", "POST", f"{path}/proofs?proof=PHOTO", PDF),
        ("SERVICE_OFFICER", "POST", f"{path}/attempts", {"manner": "DIRECT"}),
        ("SERVICE_OFFICER", "POST", f"{path}/attempts/1/outcome", outcome),
        ("SERVICE_OFFICER", "POST", f"{path}/rebuttals", rebuttal),
        ("SERVICE_OFFICER", "POST", f"{path}/paper-copy-requests", {}),
        ("SERVICE_OFFICER", "POST", f"{path}/paper-copy", {}),
        ("TEAM_LEAD", "POST", f"{path}/abandonment", {"reasons": "撤回"}),
        ("TEAM_LEAD", "POST", f"{path}/rebuttals/1/decision", {"accepted": True, "reasons": "属实"}),
        ("TEAM_LEAD", "POST", f"{path}/doubt-decision", {"reasons": "属实"}),
    ]


async def _record(world: World, exchange: dict[str, Any]) -> str:
    async with world.database("data-exchange") as conn:
        query = "SELECT record_id FROM outbox WHERE stream = $1 LIMIT 1"
        return str(await conn.fetchval(query, f"exchange/{exchange['exchange_id']}"))


async def _oversight(world: World) -> list[Call]:
    """Acts about an item that concerns the third agency, which are tried by the second."""
    item = await an_item(world, to_agency_id=world.demo.agencies[2]["id"])
    path = f"/v1/oversight-items/{item['item_id']}"
    return [
        ("AGENCY_HEAD", "GET", path, None),
        ("AGENCY_HEAD", "POST", f"{path}/reply", {"text": "说明"}),
        ("AGENCY_HEAD", "POST", f"{path}/closure", {"result": "NOT_ESTABLISHED", "reasons": "不成立"}),
    ]


async def _uses(world: World) -> list[Call]:
    """Acts on data that the third agency gave to the first, which are tried by the second."""
    item = await a_listed(world, agency=2)
    source = await delivered(world, item, None, by=2)
    await world.settle(slow_jobs=False)
    path = f"/v1/data-uses/{(await use_of(world, source))['use_id']}"
    acts: list[tuple[str, Any]] = [
        ("entries", {"kind": "STORAGE", "text": "加密保存"}),
        ("disposal", {"disposal": "DESTROYED", "text": "已清除"}),
        ("rectification", {"text": "已整改"}),
        ("consents", {"text": "同意"}),
        ("disposal-demand", {}),
        ("pause", {"reason": "超范围"}),
        ("resumption", {}),
        ("termination", {"reason": "未整改"}),
        ("erasure-proposal", {}),
    ]
    calls: list[Call] = [("EXCHANGE_OFFICER", "POST", f"{path}/{act}", order) for act, order in acts]
    heads: list[Call] = [("AGENCY_HEAD", "POST", f"{path}/erasures", {})]
    return [("EXCHANGE_OFFICER", "GET", path, None), *calls, *heads]


async def _corrections_and_disputes(world: World) -> list[Call]:
    """Acts in a correction and a dispute of the first agency and the third, which are tried by the second."""
    third = world.demo.agencies[2]["id"]
    received = await a_request(world, to_agency_id=third)
    answered = {"text": "结果", "is_whole": True}
    assert (await act(world, 2, received, "deliverables", answered)).status_code == 201
    correction = (await officer(world, ASKING).post("/v1/corrections", json=a_correction(received))).json()
    order = {"exchange_id": received["exchange_id"], "claim": "数据不全"}
    dispute = (await officer(world, ASKING).post("/v1/disputes", json=order)).json()
    path = f"/v1/disputes/{dispute['dispute_id']}"
    return [
        ("EXCHANGE_OFFICER", "GET", f"/v1/corrections/{correction['exchange_id']}", None),
        ("EXCHANGE_OFFICER", "GET", path, None),
        ("EXCHANGE_OFFICER", "POST", f"{path}/settlement", {"text": "方案"}),
        ("EXCHANGE_OFFICER", "POST", f"{path}/settlement-consent", {}),
        ("EXCHANGE_OFFICER", "POST", f"{path}/failure", {"reason": "协商不成"}),
        ("AGENCY_HEAD", "POST", f"{path}/decision", {"outcome": "SHARE", "reasons": "应当共享"}),
        ("EXCHANGE_OFFICER", "POST", f"{path}/erasure-proposal", {}),
        ("AGENCY_HEAD", "POST", f"{path}/erasures", {}),
    ]


async def _catalogue(world: World) -> list[Call]:
    """Acts on an item that the first agency drafted, which are tried by the second."""
    item = await a_draft(world, agency=ASKING)
    path = f"/v1/catalog/items/{item['item_id']}"
    cause = {"cause": "LAW_ADJUSTED", "arose_on": "2025-01-02", "text": "调整"}
    acts: list[tuple[str, Any]] = [
        ("versions", version()),
        ("assessments", {"assessment": "SECRECY", "outcome": "PASSED", "text": "通过"}),
        ("submission", {}),
        ("listing", {}),
        ("return", {"reason": "退回"}),
        ("change-causes", cause),
        ("change-extension", {"days": 1, "reason": "延长"}),
    ]
    calls: list[Call] = [("EXCHANGE_OFFICER", "POST", f"{path}/{act}", order) for act, order in acts]
    sign_off: Call = ("AGENCY_HEAD", "POST", f"{path}/sign-off", {})
    return [("EXCHANGE_OFFICER", "GET", path, None), sign_off, *calls]


async def _law(world: World) -> list[Call]:
    """Acts on a legal source, a succession and a matter of the first agency, which are tried by the second."""
    air = a_source("示范防治法", "LAW", ("第一条", "2020-01-01", None), ("第二条", "2020-01-01", None))
    source = f"/v1/catalogue/legal-sources/{(await published(world, air))['source_id']}"
    order = a_succession(("示范防治法", "第一条"), ("示范防治法", "第二条"), "2025-01-01")
    waiting = await author(world).post("/v1/catalogue/legal-successions", json=order)
    later = matters_given.a_version(legal_day(world.clock()) + timedelta(days=1))
    matter = f"/v1/catalogue/matters/{(await matters_given.published(world, later))['matter_id']}"
    next_version = {name: value for name, value in later.items() if name != "code"}
    succession = f"/v1/catalogue/legal-successions/{waiting.json()['succession_id']}"
    return [
        ("DEVICE_LEGAL_REVIEWER", "GET", source, None),
        ("DEVICE_LEGAL_REVIEWER", "POST", f"{source}/versions", air),
        ("DEVICE_LEGAL_REVIEWER", "POST", f"{source}/approval", {"version": 1}),
        ("DEVICE_LEGAL_REVIEWER", "POST", f"{source}/return", {"version": 1}),
        ("CASE_LEGAL_REVIEWER", "GET", matter, None),
        ("CASE_LEGAL_REVIEWER", "POST", f"{matter}/versions", next_version),
        ("CASE_LEGAL_REVIEWER", "POST", f"{matter}/approval", {"version": 2}),
        ("CASE_LEGAL_REVIEWER", "POST", f"{matter}/return", {"version": 2}),
        ("DEVICE_LEGAL_REVIEWER", "POST", f"{succession}/approval", {}),
        ("DEVICE_LEGAL_REVIEWER", "POST", f"{succession}/withdrawal", {}),
    ]


async def _comparisons(world: World) -> list[Call]:
    """A refused comparison of the first agency, which the second tries to read: a refused one is on record too."""
    await ask(world, None)
    comparisons = (await world.person("EXCHANGE_OFFICER").get("/v1/comparisons")).json()["items"]
    path = f"/v1/comparisons/{comparisons[-1]['comparison_id']}"
    batch = f"/v1/comparison-batches/{comparisons[-1]['comparison_id']}"
    return [
        ("EXCHANGE_OFFICER", "GET", path, None),
        ("EXCHANGE_OFFICER", "GET", batch, None),
        ("EXCHANGE_OFFICER", "GET", f"{batch}/result", None),
        ("EXCHANGE_OFFICER", "POST", f"{batch}/completion", {}),
        ("EXCHANGE_OFFICER", "POST", f"{path}/erasure-proposal", {}),
        ("AGENCY_HEAD", "POST", f"{path}/erasures", {}),
    ]


async def _partners(world: World) -> list[Call]:
    """Acts on a partner of the first agency and what it has, which are tried by the second."""
    system = await a_system_with_key(world)
    third = 3
    agreement = await an_agreement(world, system, third)
    purpose = await a_purpose(world, system, agreement, third)
    application = (await world.person("EXCHANGE_OFFICER").get(system.path)).json()
    partner, reason = f"/v1/partners/{application['partner_id']}", {"reason": "停"}
    keys, agreement_path = f"{system.path}/keys/k1", f"/v1/agreements/{agreement['agreement_id']}"
    rejection = reason | {"basis": {"name": "某法", "article": "第一条"}}
    own: list[tuple[str, str, Any]] = [
        ("POST", f"{partner}/submission", {}),
        ("POST", f"{partner}/review", {}),
        ("POST", f"{partner}/return", reason),
        ("POST", f"{partner}/admission", {}),
        ("POST", f"{partner}/applications", {}),
        ("PUT", f"{system.path}/jwks", {"keys": [public_members(system.key, "k1")]}),
        ("POST", f"{system.path}/key-challenges", {}),
        ("POST", f"{keys}/proof", {"nonce": "AAAA", "signature": "AAAA"}),
        ("POST", f"{keys}/revocations", {"reason": "REPLACED"}),
        ("POST", f"{system.path}/conformance-reports", {"note": "-"}),
        ("POST", f"{system.path}/go-live-proposal", {}),
        ("POST", f"{agreement_path}/purposes", PURPOSE),
        ("POST", f"/v1/purposes/{purpose['purpose_id']}/submission", {}),
    ]
    decided: list[tuple[str, Any]] = [(f"{system.path}/go-live", {})]
    for path in (partner, system.path):
        decided += [
            (f"{path}/suspension", reason),
            (f"{path}/resumption", {}),
            (f"{path}/termination", reason),
        ]
    for path in (agreement_path, f"/v1/purposes/{purpose['purpose_id']}"):
        acts = {
            "approval": {},
            "rejection": rejection,
            "suspension": reason,
            "resumption": {},
            "archiving": {},
        }
        decided += [(f"{path}/{act}", order) for act, order in acts.items()]
    decided.append((f"{agreement_path}/submission", {}))
    seen = [partner, system.path, agreement_path, f"/v1/purposes/{purpose['purpose_id']}"]
    return [
        *(("EXCHANGE_OFFICER", "GET", path, None) for path in seen),
        *(("EXCHANGE_OFFICER", method, path, order) for method, path, order in own),
        *(("AGENCY_HEAD", "POST", path, order) for path, order in decided),
    ]


async def _data_requests(world: World) -> list[Call]:
    """Acts on a request for data of the first agency to the third, which are tried by the second."""
    request = await a_data_draft(world, await a_listed(world, agency=2))
    path = f"/v1/data-requests/{request['exchange_id']}"
    acts: list[tuple[str, str, Any]] = [
        ("DATA_SHARING_OFFICER", "consent", {}),
        ("EXCHANGE_OFFICER", "sending", {}),
        ("EXCHANGE_OFFICER", "discarding", {}),
        ("EXCHANGE_OFFICER", "fetchings", {}),
        ("DATA_SHARING_OFFICER", "answer-consent", {"answer": "SHARE"}),
        ("EXCHANGE_OFFICER", "extension-consent", {}),
        ("EXCHANGE_OFFICER", "extension-refusal", {"reason": "不同意"}),
    ]
    calls: list[Call] = [(role, "POST", f"{path}/{act}", order) for role, act, order in acts]
    return [("EXCHANGE_OFFICER", "GET", path, None), *calls]


async def _transfers(world: World) -> list[Call]:
    """Acts in a transfer from the first agency to the third, which are tried by the second."""
    to = {"to_agency_id": world.demo.agencies[2]["id"]}
    transfer = await dispatched(world, **to)
    path = f"/v1/case-transfers/{transfer['exchange_id']}"
    reason, filing = {"reason": "理由"}, {"reason": "理由", "filing": "FILED"}
    result = {"outcome": "PENALISED", "decided_at": world.clock().isoformat(), "text": "罚款"}
    competent = reason | {"competent_agency_id": world.demo.agencies[3]["id"]}
    acts: list[tuple[str, Any]] = [
        ("submission", {}),
        ("dispatch", {}),
        ("receipt", verified(transfer)),
        ("acceptance", filing),
        ("return", competent),
        ("forwarding", competent),
        ("result", result),
        ("reconsideration", reason),
        ("reconsideration-decision", filing),
        ("goods-handover", {"items": 0, "note": "无"}),
        ("uploads", announced(PDF)),
        ("uploads/1/completion", {}),
    ]
    calls: list[Call] = [("EXCHANGE_OFFICER", "POST", f"{path}/{act}", order) for act, order in acts]
    approval = {"manifest_sha256": transfer["manifest_sha256"]}
    heads: list[Call] = [
        ("AGENCY_HEAD", "POST", f"{path}/approval", approval),
        ("AGENCY_HEAD", "POST", f"{path}/disapproval", reason),
    ]
    calls.append(("EXCHANGE_OFFICER", "PUT", f"{path}/uploads/1/parts/1", PDF))
    looks = ("", "/manifest", "/receipt", "/files/1", "/uploads/1")
    return [*calls, *heads, *(("EXCHANGE_OFFICER", "GET", path + look, None) for look in looks)]


async def _import(world: World) -> str:
    csv = "设置地点,行政区,经度(WGS84),纬度(WGS84),违法指数\n示范路1号,黄浦区,121.480000,31.230000,1\n"
    headers = {"content-type": "text/csv", "inventory-source": "isolation"}
    answer = await world.person("DEVICE_ADMIN").post(
        "/v1/device-imports", content=csv.encode(), headers=headers
    )
    return str(answer.json()["id"])


async def _consent(world: World) -> str:
    async with world.database("notification") as conn:
        return str(await conn.fetchval("SELECT id FROM consents LIMIT 1"))


async def _ask(world: World, role: str, method: str, path: str, order: Any) -> tuple[int, str]:
    person = world.person(role, 1) if role != "PARTY" else world.person("CASE_OFFICER", 1)
    headers = {"x-purpose-of-use": "CASE_HANDLING"}
    if isinstance(order, bytes):
        digest = {"content-digest": digest_field(order)}
        digest |= {"idempotency-key": uuid.uuid4().hex} if method == "POST" else {}
        response = await person.request(method, path, content=order, headers=headers | digest)
        return response.status_code, _without_ids(response)
    response = await (
        person.get(path, headers=headers)
        if method == "GET"
        else person.request(method, path, json=order, headers=headers | {"idempotency-key": uuid.uuid4().hex})
    )
    return response.status_code, _without_ids(response)


def _without_ids(response: httpx.Response) -> str:
    return RECORD.sub("*", HEX.sub("*", _typed(response)))


def _typed(response: httpx.Response) -> str:
    return ID.sub(r"\1_*", re.sub(r'"trace_id":"[0-9a-f]{32}"', "", response.text))


def _other(world: World, path: str) -> str:
    other = ID.sub(lambda found: KINDS[found[1]].new(world.clock()), path)
    other = RECORD.sub(lambda _: str(record_id(world.clock())), other)
    return HEX.sub("0" * 64, other)


def template_of(world: World, path: str) -> str:
    """The route template that answers `path`."""
    plain = path.partition("?")[0]
    for app in world.app.apps.values():
        for route in api_routes(app):
            if route.path_regex.fullmatch(plain):
                return route.path
    raise LookupError(plain)


def _with_id(world: World) -> set[str]:
    return {
        route.path
        for app in world.app.apps.values()
        for route in api_routes(app)
        if "{" in route.path and route.path.startswith("/v1/")
    }
