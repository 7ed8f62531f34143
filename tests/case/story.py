"""The acts of a case through the public API, each by the person whose act it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from mz.fakebank import CALLBACK_PATH, SIGNATURE_HEADER, FakeBank, payment_notice
from tests.given import a_camera_in_service, accepted_evidence
from tests.world import World

REPORT: dict[str, Any] = {
    "facts": ["2025年4月2日，当事人将小型汽车停放在人民路与中华路路口西侧人行道。"],
    "reasons": ["首次违法，未妨碍行人通行。"],
    "circumstances": {"PRIOR_VIOLATIONS": "NONE", "OBSTRUCTION": "NONE"},
    "fine_fen": 4000,
    "findings": {"minor": True, "promptly_corrected": False, "harmless": True},
}
DECISION: dict[str, Any] = {"fine_fen": 4000, "surcharge_stated": True}


class Story:
    """One case in one world. Every act returns the response; `walk` asserts that it was taken."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.case_id = ""
        self.evidence_id = ""

    async def opened(self) -> Story:
        """A case that the ledger opened on an accepted capture."""
        self.evidence_id = await accepted_evidence(self.world, await a_camera_in_service(self.world))
        await self.world.settle()
        page = (await self.world.person("CASE_OFFICER").get("/v1/cases?limit=200")).json()
        self.case_id = page["items"][-1]["id"]
        return self

    async def act(
        self,
        role: str,
        what: str,
        order: dict[str, Any],
        *,
        nth: int = 0,
        agency: int = 0,
        key: str | None = None,
    ) -> httpx.Response:
        person = self.world.person(role, agency, nth)
        return await person.post(f"/v1/cases/{self.case_id}/{what}", json=order, key=key)

    async def view(self, role: str = "CASE_OFFICER") -> dict[str, Any]:
        answer = await self.world.person(role).get(f"/v1/cases/{self.case_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def identify(self) -> httpx.Response:
        party = {
            "party_id": self.world.person("PARTY").id,
            "kind": "PERSON",
            "age_group": "ADULT",
            "name": "张示民",
            "identity_kind": "居民身份证",
            "identity_number": "310101199001011234",
            "address": "示范市解放路2号3室",
            "sources": ["VEHICLE_REGISTRY", "OFFICER"],
        }
        return await self.act("CASE_OFFICER", "party", party)

    async def prompt(self) -> httpx.Response:
        return await self.act("CASE_OFFICER", "prompt", {"correction": "请立即将车辆移至停车泊位"})

    async def apply(self) -> httpx.Response:
        self.world.clock.advance(minutes=31)
        second = self.world.person("CASE_OFFICER", nth=1).id
        order = {"second_officer_id": second, "findings": REPORT["findings"], "reason": "逾期未改正"}
        return await self.act("CASE_OFFICER", "filing-application", order)

    async def file(self) -> httpx.Response:
        return await self.act("AGENCY_HEAD", "filing", {})

    async def sign(self, nth: int) -> httpx.Response:
        signer = self.world.person("CASE_OFFICER", nth=nth).name
        order = REPORT | {"signed_as": signer, "no_conflict": True}
        return await self.act("CASE_OFFICER", "investigation-conclusion", order, nth=nth)

    async def notify(self) -> httpx.Response:
        return await self.act("TEAM_LEAD", "prior-notice", {})

    async def consent(self) -> httpx.Response:
        order = {"documents": ["D-14", "D-20a"], "address": "张示民的收件箱", "text_version": "ES-2025.1"}
        party = self.world.person("PARTY")
        return await party.post("/v1/e-service-consents", json=order)

    async def serve_notice(self) -> httpx.Response:
        answer = await self.act("SERVICE_OFFICER", "prior-notice/service", {"manner": "ELECTRONIC"})
        await self.world.settle()
        return answer

    async def defend(self) -> httpx.Response:
        order = {"statement": "当时送病人就医，\n请从轻处理。😀", "final": True}
        return await self.act("PARTY", "defences", order)

    async def review(self) -> httpx.Response:
        answers = [{"number": 1, "adopted": False, "reason": "未提供就医证明。"}]
        return await self.act("TEAM_LEAD", "defence-review", {"answers": answers})

    async def decide(self, **changes: Any) -> httpx.Response:
        return await self.act("AGENCY_HEAD", "decision", DECISION | changes)

    async def serve_decision(self) -> httpx.Response:
        answer = await self.act("SERVICE_OFFICER", "decision/service", {"manner": "ELECTRONIC"})
        await self.world.settle()
        return answer

    async def pay(self, **changes: Any) -> httpx.Response:
        """The bank tells of the payment, after an hour."""
        self.world.clock.advance(hours=1)
        payment = (await self.view())["payment"]
        notice = {
            "reference": payment["reference"],
            "amount_fen": payment["fine_fen"],
            "paid_at": self.world.clock() - timedelta(minutes=5),
            "serial": "S1",
        }
        return await self.tell(payment_notice(**(notice | changes)))

    async def tell(self, body: bytes, *, bank: FakeBank | None = None) -> httpx.Response:
        """A payment notice under the signature of `bank`, the installation's own unless told otherwise."""
        signature = (bank or self.world.installation.d.bank()).sign(body)
        headers = {"content-type": "application/json", SIGNATURE_HEADER: signature}
        return await self.world.http.post(CALLBACK_PATH, content=body, headers=headers)

    async def propose_closure(self) -> httpx.Response:
        return await self.act("CASE_OFFICER", "closure-proposal", {})

    async def close(self) -> httpx.Response:
        return await self.act("TEAM_LEAD", "closure", {})

    async def archive(self) -> httpx.Response:
        return await self.act("ARCHIVIST", "archive", {})

    async def walk(self, until: str) -> Story:
        """From the opening up to and including the act `until`."""
        acts = {
            "identify": self.identify,
            "prompt": self.prompt,
            "apply": self.apply,
            "file": self.file,
            "sign first": lambda: self.sign(0),
            "sign second": lambda: self.sign(1),
            "notify": self.notify,
            "consent": self.consent,
            "serve notice": self.serve_notice,
            "defend": self.defend,
            "review": self.review,
            "decide": self.decide,
            "serve decision": self.serve_decision,
            "pay": self.pay,
            "propose closure": self.propose_closure,
            "close": self.close,
            "archive": self.archive,
        }
        for name, act in acts.items():
            answer = await act()
            assert answer.status_code == 201, f"{name}: {answer.text}"
            if name == until:
                return self
        raise LookupError(until)
