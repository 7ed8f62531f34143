"""A phone as tests play it: one key, one session, a proof with every call (RFC 9449)."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.data_exchange.partners import proof
from tests.world import World

TOKEN = "/oauth2/token"


class Phone:
    """`tokens` is the last answer of the token endpoint."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.key = Ed25519PrivateKey.generate()
        self.tokens: dict[str, Any] = {}

    @property
    def session_id(self) -> str:
        return str(self.tokens["session_id"])

    async def sign_in(self, role: str = "PARTY") -> dict[str, Any]:
        """A new session of the person with `role`, by the secret of its client."""
        people = json.loads(self.world.installation.d.demo.read_text())["people"]
        person = next(one for one in people if role in one["roles"])
        form = {"grant_type": "client_credentials", "scope": "offline_access"}
        answer = await self.ask(form, auth=(person["client_id"], person["client_secret"]))
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        return self.tokens

    async def refresh(self, token: str | None = None) -> httpx.Response:
        """Go on with `token`, or with the last refresh token; a success is remembered."""
        form = {"grant_type": "refresh_token", "refresh_token": token or self.tokens["refresh_token"]}
        answer = await self.ask(form)
        if answer.is_success:
            self.tokens = answer.json()
        return answer

    async def ask(self, form: dict[str, str], **options: Any) -> httpx.Response:
        """The token endpoint's answer to `form` with a proof of this phone."""
        headers = {"dpop": proof(self.key, "POST", TOKEN)}
        return await self.world.http.post(TOKEN, data=form, headers=headers, **options)

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A call with the access token and its proof."""
        token = self.tokens["access_token"]
        headers = {
            "authorization": f"DPoP {token}",
            "dpop": proof(self.key, method, path.partition("?")[0], token=token),
            **({"idempotency-key": uuid.uuid4().hex} if method == "POST" else {}),
            **options.pop("headers", {}),
        }
        return await self.world.http.request(method, path, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("GET", path, **options)

    async def post(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("POST", path, **options)
