"""Callers with any role, agency, level and purpose: the gateway's own key signs for them, and the service believes it.

The gateway signs what its directory says of a person. Here a test says it, so that there is somebody for each row of
the policy's table and for each way in which a row can be missed.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import httpx

from common.calls import SAFE_METHODS
from common.calls.tokens import GATEWAY, SERVICE, TokenKey, mint
from common.files.digests import digest_field
from common.policy import Actor
from common.policy.matrix import people
from common.values.ids import AgencyId, CaseId
from common.web.settings import TOKEN_KEY
from gateway.identity.runtime import EDGE_KEY
from ledger.clock import real_time
from mz.services import NAMED
from tests.authorization.operations import Operation
from tests.world import BASE_URL, World

PDF: Final = b"%PDF-1.4\n%%EOF\n"
_ID: Final = re.compile(r"\b([a-z]{3})_[0-7][0-9a-hjkmnp-tv-z]{25}\b")
_FILES: Final = {
    "application/octet-stream": PDF,
    "text/csv": b"a,b\n",
    "application/x-www-form-urlencoded": b"a=b",
}


class Callers:
    """Whoever a test wants to be. The services judge the token as they judge the gateway's."""

    def __init__(self, world: World, known: Mapping[str, str]) -> None:
        """`known` is an id for each prefix, which stands in bodies instead of the invented one of the contract.

        A query that names an agency means the first one, whose objects they are.
        """
        self._known = known
        self._asked = {**known, "agy": world.agencies[0]}
        self._gateway = TokenKey.load(world.runtimes["gateway"].settings.keys / EDGE_KEY)
        self._services = {
            name: TokenKey.load(runtime.settings.keys / TOKEN_KEY) for name, runtime in world.runtimes.items()
        }
        self._http = {
            name: httpx.AsyncClient(
                transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=BASE_URL
            )
            for name, app in world.app.apps.items()
        }

    async def call(self, actor: Actor, operation: Operation, path: str) -> httpx.Response:
        """`operation` at `path` by `actor`, with the body that the contract gives."""
        content = body_of(operation, self._known)
        query = {name: _with(self._asked, value) for name, value in operation.query.items()}
        headers = {"idempotency-key": uuid.uuid4().hex} if operation.method not in SAFE_METHODS else {}
        if operation.media_type:
            headers |= {"content-type": operation.media_type, "content-digest": digest_field(content)}
        request = self._http[operation.service].build_request(
            operation.method, path, params=query or None, content=content, headers=headers
        )
        target = request.url.raw_path.decode()
        request.headers["mingzheng-token"] = self._token(actor, operation, target, content)
        return await self._http[operation.service].send(request)

    def _token(self, actor: Actor, operation: Operation, target: str, content: bytes) -> str:
        now = int(real_time().timestamp())
        claims: dict[str, Any] = {
            "iss": GATEWAY, "aud": operation.service, "sub": actor.sub, "kind": actor.kind,
            "tnt": actor.agency_id or "-", "roles": sorted(actor.roles), "conf": actor.level,
            "org": actor.agency_name or "-",
            "vis": sorted(actor.visible), "pur": actor.purpose, "scope": str(operation.action),
            "act": {"sub": "svc:gateway"}, "htm": operation.method, "htu": target,
            "bdy": hashlib.sha256(content).hexdigest(), "rid": "0" * 32, "iat": now, "nbf": now, "exp": now + 30,
            "jti": secrets.token_urlsafe(16),
        }  # fmt: skip
        if actor.kind == "svc":
            own = {name: claims[name] for name in claims.keys() - {"vis", "pur", "act", "org"}}
            return mint(self._services[actor.id], "svc+jwt", own | {"iss": SERVICE + actor.id})
        if actor.case_id is not None:
            claims["cas"] = actor.case_id
        return mint(self._gateway, "gwi+jwt", claims)


def body_of(operation: Operation, known: Mapping[str, str]) -> bytes:
    """The example of the contract as bytes, with ids of things that exist; of a file a few bytes."""
    if not operation.media_type:
        return b""
    if not operation.media_type.lower().endswith("json"):
        return _FILES.get(operation.media_type, b"-")
    return _with(known, json.dumps(operation.example)).encode()


def _with(known: Mapping[str, str], text: str) -> str:
    return _ID.sub(lambda found: known.get(found[1], found[0]), text)


def cast_of(world: World, agency: int, objects: Mapping[str, str]) -> dict[str, Actor]:
    """One caller for each row of the policy's table; the officers are those of `agency`, where the demo has them."""
    home = world.demo.agencies[agency]
    own = AgencyId(home["id"])
    everybody = frozenset(AgencyId(each["id"]) for each in world.demo.agencies)
    subjects = {
        "PARTY": world.person("PARTY").sub,
        "PARTY-ONE-CASE": world.person("PARTY").sub,
        "PARTNER": f"partner:{objects['/v1/applications/{application_id}']}",
        "device": f"device:{objects['/v1/devices/{device_id}']}",
    }
    rows: dict[str, Actor] = {}
    for name, actor in people(NAMED).items():
        if actor.agency_id is not None:
            actor = replace(
                actor,
                agency_name=home["name"],
                agency_id=own,
                visible=everybody if name == "SUPERVISOR" else frozenset({own}),
            )
        if name == "PARTY-ONE-CASE":
            actor = replace(actor, case_id=CaseId(objects["/v1/cases/{case_id}"]))
        rows[name] = replace(actor, sub=subjects.get(name) or _sub_of(world, name, agency) or actor.sub)
    return rows


def _sub_of(world: World, role: str, agency: int) -> str | None:
    try:
        return world.person(role, agency).sub
    except LookupError:
        return None
