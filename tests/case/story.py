"""The acts of a case through the public API, one by one, each by the person whose act it is.

A world can begin after one of them: `@pytest.mark.begins("review")`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import httpx

from common.values.calendar import legal_day
from mz.demo import orders
from mz.demo.fakebank import DAY_PATH, FakeBank, day_file, payment_notice
from tests.given import ACCEPTED, a_camera_in_service, accepted_evidence
from tests.snapshots import Place
from tests.world import World

OPENED: Final = "case opened"
CASE: Final = "case"
"""In `world.ready`: the case's id, its evidence's id, and how many acts are done."""


def messages_of(page: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of a page of an inbox, as they are now, each once."""
    shown = {entry["message_id"]: entry["message"] for entry in page["items"] if entry["message"]}
    return list(shown.values())


class Story:
    """One case in one world. Every act returns the response; `walk` asserts that it was taken."""

    def __init__(self, world: World, *, agency: int = 0) -> None:
        self.world = world
        self.agency = agency
        self.case_id = ""
        self.evidence_id = ""
        self.done = 0  # how many of the acts of `walk`

    async def opened(self) -> Story:
        """A case that the ledger opened on an accepted capture, as far as this world has brought it."""
        if CASE in self.world.ready:
            self.case_id, self.evidence_id, self.done = self.world.ready.pop(CASE)
            return self
        self.evidence_id = await accepted_evidence(self.world, await a_camera_in_service(self.world))
        await self.world.settle()
        page = (await self.world.person("CASE_OFFICER").get("/v1/cases?limit=200")).json()
        self.case_id = page["items"][-1]["id"]
        return self

    @property
    def path(self) -> str:
        return f"/v1/cases/{self.case_id}"

    async def act(
        self,
        role: str,
        what: str,
        order: dict[str, Any],
        *,
        nth: int = 0,
        agency: int | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        person = self.world.person(role, self.agency if agency is None else agency, nth)
        return await person.post(f"{self.path}/{what}", json=order, key=key)

    async def view(self, role: str = "CASE_OFFICER") -> dict[str, Any]:
        answer = await self.world.person(role, self.agency).get(self.path)
        assert answer.status_code == 200, answer.text
        case: dict[str, Any] = answer.json()
        return case

    async def identify(self) -> httpx.Response:
        party = orders.party(self.world.person("PARTY").id)
        return await self.act("CASE_OFFICER", "party", party)

    async def prompt(self) -> httpx.Response:
        answer = await self.act("CASE_OFFICER", "prompt", orders.PROMPT)
        await self.world.settle()
        return answer

    async def apply(self) -> httpx.Response:
        self.world.clock.advance(minutes=31)
        second = self.world.person("CASE_OFFICER", self.agency, nth=1).id
        return await self.act("CASE_OFFICER", "filing-application", orders.filing_application(second))

    async def file(self) -> httpx.Response:
        return await self.act("AGENCY_HEAD", "filing", {})

    async def sign(self, nth: int) -> httpx.Response:
        signer = self.world.person("CASE_OFFICER", self.agency, nth=nth).name
        order = orders.REPORT | {"signed_as": signer}
        return await self.act("CASE_OFFICER", "investigation-conclusion", order, nth=nth)

    async def notify(self) -> httpx.Response:
        return await self.act("TEAM_LEAD", "prior-notice", {})

    async def consent(self) -> httpx.Response:
        party = self.world.person("PARTY")
        statement = (await party.get("/v1/e-service-statement")).json()
        return await party.post("/v1/e-service-consents", json=orders.consent(statement))

    async def serve_notice(self) -> httpx.Response:
        answer = await self.order_service()
        await self.world.settle()
        return answer

    async def order_service(self) -> httpx.Response:
        return await self.act("SERVICE_OFFICER", "prior-notice/service", orders.ELECTRONIC)

    async def defend(self) -> httpx.Response:
        order = orders.DEFENCE | {"statement": "当时送病人就医，\n请从轻处理。😀"}  # what people do type
        return await self.act("PARTY", "defences", order)

    async def review(self) -> httpx.Response:
        return await self.act("TEAM_LEAD", "defence-review", orders.ANSWERS)

    async def decide(self, **changes: Any) -> httpx.Response:
        return await self.act("AGENCY_HEAD", "decision", orders.DECISION | changes)

    async def serve_decision(self) -> httpx.Response:
        answer = await self.act("SERVICE_OFFICER", "decision/service", orders.ELECTRONIC)
        await self.world.settle()
        return answer

    async def pay(self, **changes: Any) -> httpx.Response:
        """The bank tells of the payment, after an hour, and confirms it in its file of the day."""
        self.world.clock.advance(hours=1)
        payment = (await self.view())["payment"]
        notice = {
            "reference": payment["reference"],
            "amount_fen": payment["fine_fen"],
            "paid_at": self.world.clock() - timedelta(minutes=5),
            "serial": "S1",
        }
        body = payment_notice(**(notice | changes))
        answer = await self.tell(body)
        if answer.status_code == httpx.codes.CREATED:
            await self.reconcile(body)
        return answer

    async def reconcile(self, *notices: bytes) -> httpx.Response:
        """The bank's file of the day with the payments of these notices."""
        body = day_file(legal_day(self.world.clock()), *notices)
        return await self.world.installation.d.bank().tell(self.world.http, body, DAY_PATH)

    async def tell(self, body: bytes, *, bank: FakeBank | None = None) -> httpx.Response:
        """A payment notice under the signature of `bank`, by default the installation's own."""
        return await (bank or self.world.installation.d.bank()).tell(self.world.http, body)

    async def inbox(self) -> list[dict[str, Any]]:
        """The party's messages as they are now, oldest first."""
        return messages_of((await self.world.person("PARTY").get("/v1/inbox?limit=200")).json())

    async def propose_closure(self) -> httpx.Response:
        return await self.act("CASE_OFFICER", "closure-proposal", {})

    async def close(self) -> httpx.Response:
        return await self.act("TEAM_LEAD", "closure", {})

    async def archive(self) -> httpx.Response:
        return await self.act("ARCHIVIST", "archive", {})

    async def walk(self, until: str) -> Story:
        """Every act that is not done yet, up to and including the act `until`."""
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
        end = list(acts).index(until) + 1
        assert end >= self.done, f"the world began after {until}"
        for name in list(acts)[self.done : end]:
            answer = await acts[name]()
            assert answer.status_code == 201, f"{name}: {answer.text}"
        self.done = end
        return self


async def _to_an_opened_case(world: World) -> None:
    arranged = dict(world.ready)
    story = await Story(world).opened()
    world.ready.update(arranged)  # for tests that arrange without a Story
    world.ready[CASE] = (story.case_id, story.evidence_id, story.done)


def _to(act: str) -> Callable[[World], Awaitable[None]]:
    async def reach(world: World) -> None:
        story = await (await Story(world).opened()).walk(act)
        world.ready[CASE] = (story.case_id, story.evidence_id, story.done)

    return reach


_ACTS: Final = (
    "prompt",
    "file",
    "sign second",
    "notify",
    "serve notice",
    "review",
    "decide",
    "serve decision",
)
"""The acts after which many tests begin."""

PLACES: Final = {
    OPENED: Place(ACCEPTED, _to_an_opened_case),
    **{act: Place(before, _to(act)) for before, act in pairwise((OPENED, *_ACTS))},
}
