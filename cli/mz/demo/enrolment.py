"""Enrols a partner's system in the sandbox, through the public API, as the demo's people would.

    partner admitted ─▶ application ─▶ keys ─▶ proof ─▶ agreement ─▶ purpose ─▶ open case ─▶ settings

Each step is written to D/enrolments.json once it is done, so that a second run with the same key goes on from there
and prints the same settings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, get_args

import httpx

from common.values.calendar import legal_day
from data_exchange.contract.agreements import ServiceCode
from mz.demo.client import Demo
from mz.demo.exchange import case_of
from mz.demo.offeredkey import OfferedKey
from mz.demo.play import DemoStage, next_camera
from mz.demo.stage import Refused, Scene, Step
from mz.demo.story import camera_becomes_lawful, capture_is_pushed, capture_is_reviewed
from mz.operate.datadir import read, write
from outsiders.register import MAGIC

OWN: Final = 0
"""The agency whose system calls."""
HOST: Final = 2
"""The data authority, which reviews partners."""
ASKED: Final = 3
"""The agency that is asked: the police, with the trial register."""

_CREDIT_CODE: Final = "11990000MB0000000J"
_BASIS: Final = {"name": "政务数据共享条例", "article": "第二十条"}
_FIELDS: Final = [
    {"pointer": "/owner/name", "transform": "PASS", "clause": "3"},
    {"pointer": "/owner/phone", "transform": "MASK", "clause": "3"},
    {"pointer": "/licence/state", "transform": "PASS", "clause": "3"},
]
_PURPOSE: Final = {
    "code": "IDENTIFY_PARTY",
    "power_item": "CG-0421",
    "case_type": "PARKING",
    "daily_calls": 10_000,
    "basis": {"name": "中华人民共和国行政处罚法", "article": "第二十六条"},
}
_ENDED: Final = ("CLOSED", "ARCHIVED")


@dataclass
class Enrolment:
    """The enrolments of one sandbox. `book` is D/enrolments.json: what was done, by application."""

    demo: Demo
    http: httpx.AsyncClient
    book: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.book = read(self.demo.d.enrolments) or {}

    async def enrol(self, key: OfferedKey, proof: str | None) -> dict[str, Any]:
        """The settings of the system that holds `key`; or the challenge, which its developer signs, where it is due."""
        application_id = self._application_of(key) or await self._registered(key)
        path = f"/v1/applications/{application_id}"
        if not await self._is_proven(path, key):
            challenge = await self._proven(application_id, key, proof)
            if challenge is not None:
                return challenge
        entry = self.book[application_id]
        await self._agreed(application_id, entry)
        if "case_id" not in entry:
            entry |= await self._open_case()
            self._keep()
        return self._settings(application_id, entry, key, await self._answer_keys())

    async def add_key(self, application_id: str, key: OfferedKey, proof: str | None) -> dict[str, Any]:
        """Publish `key` beside the others of the application and prove it: both can be used from then on."""
        entry = self.book[application_id]
        if self._application_of(key) is None:
            entry["keys"].append(key.members)
            await self._published(application_id, entry)
        challenge = None
        if not await self._is_proven(f"/v1/applications/{application_id}", key):
            challenge = await self._proven(application_id, key, proof)
        return challenge or {"application_id": application_id, "kid": key.public.kid}

    async def revoke_key(self, application_id: str, kid: str) -> dict[str, Any]:
        """End a key at once."""
        entry = self.book[application_id]
        path = f"/v1/applications/{application_id}/keys/{kid}/revocations"
        await self._post("EXCHANGE_OFFICER", OWN, path, {"reason": "REPLACED"})
        entry["keys"] = [members for members in entry["keys"] if members["kid"] != kid]
        self._keep()
        return {"application_id": application_id, "revoked": kid}

    def _application_of(self, key: OfferedKey) -> str | None:
        """The application that has this key, under whatever id."""
        for application_id, entry in self.book.items():
            if any(
                members.get("x") == key.members.get("x") and members.get("n") == key.members.get("n")
                for members in entry["keys"]
            ):
                return str(application_id)
        return None

    async def _registered(self, key: OfferedKey) -> str:
        partner_id = await self._partner()
        made = await self._post("EXCHANGE_OFFICER", OWN, f"/v1/partners/{partner_id}/applications")
        application_id = str(made["application_id"])
        entry = self.book[application_id] = {"keys": [key.members]}
        await self._published(application_id, entry)
        return application_id

    async def _published(self, application_id: str, entry: dict[str, Any]) -> None:
        order = {"keys": entry["keys"]}
        officer = self.demo.person("EXCHANGE_OFFICER", OWN)
        _answer(await self.demo.call(officer, "PUT", f"/v1/applications/{application_id}/jwks", order))
        self._keep()

    async def _is_proven(self, path: str, key: OfferedKey) -> bool:
        application = await self._get("EXCHANGE_OFFICER", path)
        return any(
            each["kid"] == key.public.kid and each["proven_at"] and not each["revoked_at"]
            for each in application["keys"]
        )

    async def _proven(self, application_id: str, key: OfferedKey, proof: str | None) -> dict[str, Any] | None:
        """Prove the key; the challenge where its signature is missing."""
        entry, path = self.book[application_id], f"/v1/applications/{application_id}"
        nonce, kid = entry.get("nonce"), key.public.kid
        if proof is None or nonce is None:
            asked = await self._post("EXCHANGE_OFFICER", OWN, f"{path}/key-challenges")
            nonce = entry["nonce"] = asked["nonce"]
            self._keep()
        message = f"mingzheng-key-proof/v1\n{application_id}\n{kid}\n{nonce}\n"
        signature = key.signed(message) or proof
        if signature is None:
            return {"application_id": application_id, "kid": kid, "sign": message}
        order = {"nonce": nonce, "signature": signature.rstrip("=").replace("+", "-").replace("/", "_")}
        del entry["nonce"]
        self._keep()
        await self._post("EXCHANGE_OFFICER", OWN, f"{path}/keys/{kid}/proof", order)
        return None

    async def _partner(self) -> str:
        """The partner of the agency, admitted."""
        page = await self._get("EXCHANGE_OFFICER", "/v1/partners")
        own = self.demo.agencies[OWN]["id"]
        listed = [
            each for each in page["items"] if each["agency_id"] == own and each["state"] != "TERMINATED"
        ]
        order = {"credit_code": _CREDIT_CODE, "region": "310101", "level": 3}
        partner = listed[0] if listed else await self._post("EXCHANGE_OFFICER", OWN, "/v1/partners", order)
        path = f"/v1/partners/{partner['partner_id']}"
        steps = {"DRAFT": (OWN, "submission"), "SUBMITTED": (HOST, "review"), "REVIEW": (HOST, "admission")}
        while partner["state"] in steps:
            agency, act = steps[partner["state"]]
            partner = await self._post("EXCHANGE_OFFICER", agency, f"{path}/{act}")
        return str(partner["partner_id"])

    async def _agreed(self, application_id: str, entry: dict[str, Any]) -> None:
        """The agreement with all services, and under it the purpose, both in force."""
        if "agreement_id" not in entry:
            today = legal_day(DemoStage(self.demo, self.http).now())
            order = {
                "application_id": application_id,
                "to_agency_id": self.demo.agencies[ASKED]["id"],
                "services": [*get_args(ServiceCode)],
                "fields": _FIELDS,
                "level": 3,
                "daily_calls": 100_000,
                "monthly_subjects": 10_000,
                "valid_from": str(today),
                "valid_until": str(today + timedelta(days=3650)),
                "basis": [_BASIS],
            }
            made = await self._post("EXCHANGE_OFFICER", OWN, "/v1/agreements", order)
            path = f"/v1/agreements/{made['agreement_id']}"
            await self._post("AGENCY_HEAD", OWN, f"{path}/submission")
            await self._post("AGENCY_HEAD", ASKED, f"{path}/approval")
            entry["agreement_id"] = made["agreement_id"]
            self._keep()
        if "purpose_id" not in entry:
            path = f"/v1/agreements/{entry['agreement_id']}/purposes"
            made = await self._post("EXCHANGE_OFFICER", OWN, path, _PURPOSE)
            path = f"/v1/purposes/{made['purpose_id']}"
            await self._post("EXCHANGE_OFFICER", OWN, f"{path}/submission")
            await self._post("AGENCY_HEAD", ASKED, f"{path}/approval")
            entry["purpose_id"] = made["purpose_id"]
            self._keep()

    async def _open_case(self) -> dict[str, str]:
        """An open case of the agency: one that is there, or one that a camera of the demo brings about."""
        page = await self._get("CASE_OFFICER", "/v1/cases?limit=200")
        open_ones = [case for case in page["items"] if case["state"] not in _ENDED]
        if open_ones:
            return {"case_id": open_ones[0]["id"], "case_no": open_ones[0]["number"]}
        scene = Scene(DemoStage(self.demo, self.http), _silent)
        watching = await camera_becomes_lawful(scene, next_camera(self.demo))
        evidence_id = await capture_is_pushed(scene, watching)
        await capture_is_reviewed(scene, evidence_id)
        case_id = await case_of(scene, evidence_id)
        case = await scene.read("CASE_OFFICER", f"/v1/cases/{case_id}")
        return {"case_id": case_id, "case_no": case["number"]}

    async def _answer_keys(self) -> dict[str, Any]:
        return _answer(await self.http.get("/v1/public/answer-keys"))

    def _settings(
        self, application_id: str, entry: dict[str, Any], key: OfferedKey, answer_keys: dict[str, Any]
    ) -> dict[str, Any]:
        named = ("agreement_id", "purpose_id", "case_id", "case_no")
        return {
            "origin": self.demo.base_url,
            "application_id": application_id,
            "kid": key.public.kid,
            **{name: entry[name] for name in named},
            "agency_id": self.demo.agencies[OWN]["id"],
            "to_agency_id": self.demo.agencies[ASKED]["id"],
            "answer_keys": answer_keys,
            "magic": MAGIC,
        }

    def _keep(self) -> None:
        write(self.demo.d.enrolments, self.book)

    async def _get(self, role: str, path: str) -> dict[str, Any]:
        return _answer(await self.demo.call(self.demo.person(role, OWN), "GET", path))

    async def _post(
        self, role: str, agency: int, path: str, order: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        return _answer(await self.demo.call(self.demo.person(role, agency), "POST", path, order or {}))


def _answer(response: httpx.Response) -> dict[str, Any]:
    if not response.is_success:
        asked = f"{response.request.method} {response.request.url.path}"
        raise Refused(f"{asked} answers {response.status_code}: {response.text[:600]}")
    answer: dict[str, Any] = response.json()
    return answer


async def _silent(step: Step) -> None:
    """The case comes about without a word."""
