"""The client of the running system: speaks HTTP to it as one of the demo's people."""

from __future__ import annotations

import argparse
import time
import uuid
from typing import Any, Final

import httpx

from mz.operate import running
from mz.operate.datadir import DataDir, read

# Half of the lifetime of an access token, so that a reused token has time left.
_TOKEN_REUSED_S = 150.0


class NotRunning(Exception):
    """Nothing runs on this data folder; one line."""


_PURPOSES: Final = {"SERVICE_OFFICER": "SERVICE", "FINANCE_CLERK": "FINANCE", "ARCHIVIST": "ARCHIVING"}


def purpose_of(person: dict[str, Any], method: str, path: str) -> dict[str, str]:
    """The header that says what an officer reads a case or a document for: its daily work."""
    is_read = method == "GET" and path.startswith(("/v1/cases/", "/v1/documents/"))
    if not is_read or not str(person["sub"]).startswith("officer:"):
        return {}
    found = (_PURPOSES[role] for role in person["roles"] if role in _PURPOSES)
    return {"x-purpose-of-use": next(found, "CASE_HANDLING")}


class Demo:
    """The demo's people at a running system. `document` is D/demo.json."""

    def __init__(self, d: DataDir, base_url: str, http: httpx.AsyncClient) -> None:
        self.d = d
        self.base_url = base_url
        self.document: dict[str, Any] = read(d.demo) or {}
        self.http = http
        self._tokens: dict[str, tuple[str, float]] = {}

    @property
    def agencies(self) -> list[dict[str, Any]]:
        """The enforcing agencies, those that only answer requests, then the agencies above them."""
        agencies: list[dict[str, Any]] = self.document["agencies"]
        parents = {agency["parent_id"] for agency in agencies}
        return sorted(agencies, key=lambda agency: agency["id"] in parents)

    def person(self, role: str, agency: int = 0, nth: int = 0) -> dict[str, Any]:
        """The `nth` person with `role` in the first or second agency; PARTY and SUPERVISOR have none there.

        Raises LookupError.
        """
        home = None if role in ("PARTY", "SUPERVISOR") else self.agencies[agency]["id"]
        people: list[dict[str, Any]] = [
            person
            for person in self.document["people"]
            if role in person["roles"] and home in (None, person["agency_id"])
        ]
        if nth >= len(people):
            raise LookupError(f"the demo has {len(people)} people with {role} in agency {agency}")
        return people[nth]

    async def token(self, person: dict[str, Any]) -> str:
        """An access token of `person`, fetched by client credentials."""
        token, at = self._tokens.get(person["client_id"], ("", 0.0))
        if token and time.monotonic() - at < _TOKEN_REUSED_S:
            return token
        answer = await self.http.post(
            "/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(person["client_id"], person["client_secret"]),
        )
        answer.raise_for_status()
        token = str(answer.json()["access_token"])
        self._tokens[person["client_id"]] = (token, time.monotonic())
        return token

    async def call(
        self,
        person: dict[str, Any],
        method: str,
        path: str,
        order: dict[str, Any] | None = None,
        **options: Any,
    ) -> httpx.Response:
        """`method path` as `person`, with a fresh Idempotency-Key."""
        headers = {"authorization": f"Bearer {await self.token(person)}", **options.pop("headers", {})}
        headers = purpose_of(person, method, path) | headers
        if method != "GET":
            headers.setdefault("idempotency-key", uuid.uuid4().hex)
        return await self.http.request(method, path, json=order, headers=headers, **options)


def address_of(options: argparse.Namespace) -> str:
    """The address that `--url` names, else that of the system of `--data-dir` (or `--port`). Raises NotRunning."""
    if getattr(options, "url", None):
        return str(options.url).rstrip("/")
    process = running.facts(DataDir(options.data_dir.absolute()))
    if process is None or options.port not in (None, process["port"]):
        raise NotRunning("系统没有在运行,请先 ./mz up (it is not running; start it with ./mz up)")
    return str(process["base_url"])


def connect(base_url: str) -> httpx.AsyncClient:
    """An HTTP client that ignores the proxy of the environment: the system is on this machine."""
    return httpx.AsyncClient(base_url=base_url, timeout=60, trust_env=False)
