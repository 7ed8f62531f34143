"""The stage on which the story is played: a running system for `./mz demo`, one process for the tests.

The story speaks HTTP as people do. A stage knows these people, reads and moves the demo's clock, and can wait until
the services have read the latest records.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

import httpx

from common.values.calendar import Calendar
from common.values.datafiles import load_calendar
from mz.operate.clock import destination

T = TypeVar("T")

PATIENCE: Final = 150


class Stage(Protocol):
    """The surroundings of a story. `agency` is 0 or 1; a party has none."""

    http: httpx.AsyncClient

    async def call(
        self, role: str, method: str, path: str, order: dict[str, Any] | None = None, *, agency: int = 0, nth: int = 0,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response: ...  # fmt: skip

    async def put(
        self, role: str, path: str, content: bytes, headers: dict[str, str], *, agency: int = 0
    ) -> httpx.Response: ...

    async def upload(
        self, role: str, path: str, content: bytes, headers: dict[str, str]
    ) -> httpx.Response: ...

    def sub(self, role: str, *, agency: int = 0, nth: int = 0) -> str: ...

    def now(self) -> datetime: ...

    def to(self, at: datetime) -> None: ...

    async def settle(self) -> None: ...


@dataclass(frozen=True)
class Step:
    """One step of the story: the actor, the act, its article, and the records that it made."""

    at: datetime
    actor: str
    text: str
    article: str
    records: tuple[str, ...] = ()
    refusal: dict[str, Any] | None = None


class Refused(Exception):
    """The system refused an act that should succeed in the story."""


@dataclass
class Scene:
    """A stage with a voice: `tell` hears every step."""

    stage: Stage
    tell: Callable[[Step], Awaitable[None]]
    calendar: Calendar = field(default_factory=load_calendar)

    async def act(
        self,
        role: str,
        path: str,
        order: dict[str, Any],
        text: str,
        article: str,
        *,
        agency: int = 0,
        nth: int = 0,
        actor: str = "",
    ) -> dict[str, Any]:
        """Let `role` act, and return the answer. `actor` is what the story calls them. Raises Refused if refused."""
        response = await self.stage.call(role, "POST", path, order, agency=agency, nth=nth)
        if not response.is_success:
            raise Refused(f"{text}: {response.status_code} {response.text[:1200]}")
        name = actor or self._name(role, nth)
        await self.tell(Step(self.stage.now(), name, text, article, records_of(response)))
        answer: dict[str, Any] = response.json()
        return answer

    async def refused(
        self,
        role: str,
        path: str,
        order: dict[str, Any],
        text: str,
        code: str,
        *,
        agency: int = 0,
        nth: int = 0,
    ) -> dict[str, Any]:
        """Let `role` try, and return the problem. Raises Refused unless the system refuses with `code`."""
        response = await self.stage.call(role, "POST", path, order, agency=agency, nth=nth)
        problem: dict[str, Any] = response.json()
        codes = {problem.get("code"), *(v["code"] for v in problem.get("violations", []))}
        if response.is_success or code not in codes:
            raise Refused(
                f"{text}: wanted the refusal {code}, got {response.status_code} {response.text[:800]}"
            )
        matches = [v for v in problem.get("violations", []) if v["code"] == code]
        law = matches[0]["law"] if matches else problem.get("article") or ""
        await self.tell(Step(self.stage.now(), self._name(role, nth), text, law, refusal=problem))
        return problem

    async def read(
        self, role: str, path: str, *, agency: int = 0, nth: int = 0, purpose: str | None = None
    ) -> Any:
        """The answer to GET `path` by `role`."""
        headers = {"x-purpose-of-use": purpose} if purpose else None
        response = await self.stage.call(role, "GET", path, agency=agency, nth=nth, headers=headers)
        if not response.is_success:
            raise Refused(f"GET {path}: {response.status_code} {response.text[:800]}")
        return response.json() if "json" in response.headers["content-type"] else response.content

    async def until(self, look: Callable[[], Awaitable[T | None]], event: str) -> T:
        """Wait until the services have read enough for `look` to return a value. `event` names it in an error."""
        for _ in range(PATIENCE):
            if (value := await look()) is not None:
                return value
            await self.stage.settle()
        raise Refused(f"{event}: it did not happen")

    async def pass_time(
        self, text: str, article: str, *, days: int = 0, working_days: int = 0, minutes: int = 0
    ) -> None:
        """Move the demo's clock forward and say so."""
        now = self.stage.now()
        if working_days:
            now = destination(f"{working_days}wd", now, self.calendar)
        self.stage.to(now + timedelta(days=days, minutes=minutes))
        await self.tell(Step(self.stage.now(), "演示时钟", text, article))

    async def say(self, actor: str, text: str, article: str = "", records: tuple[str, ...] = ()) -> None:
        await self.tell(Step(self.stage.now(), actor, text, article, records))

    def _name(self, role: str, nth: int) -> str:
        return TITLES.get(role, role) + (
            "甲乙丙"[nth] if role in ("CASE_OFFICER", "EVIDENCE_REVIEWER") else ""
        )


TITLES: Final = {
    "DEVICE_ADMIN": "设备管理员",
    "DEVICE_LEGAL_REVIEWER": "法制审核员",
    "DEVICE_TECH_REVIEWER": "技术审核员",
    "AGENCY_HEAD": "局长",
    "EVIDENCE_REVIEWER": "证据审核员",
    "CASE_OFFICER": "办案人员",
    "TEAM_LEAD": "办案中队长",
    "SERVICE_OFFICER": "送达人员",
    "ARCHIVIST": "档案管理员",
    "EXCHANGE_OFFICER": "数据交换员",
    "SUPERVISOR": "执法监督员",
    "CASE_LEGAL_REVIEWER": "法制审核人员",
    "HEARING_CHAIR": "听证主持人",
    "FINANCE_CLERK": "财务人员",
    "PARTY": "当事人",
}


def records_of(response: httpx.Response) -> tuple[str, ...]:
    """The ids of the records that a write made."""
    header = response.headers.get("mingzheng-record", "")
    return tuple(part.strip() for part in header.split(",") if part.strip())
