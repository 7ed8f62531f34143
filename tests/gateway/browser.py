"""A browser as tests play it: cookies, forms sent as a page writes them, and the one script that proves its key."""

from __future__ import annotations

from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from common.calls.jwk import b64url
from common.values.ids import SessionId
from gateway.identity.domain.sessions import How, SignIn
from gateway.identity.issuer.browserkeys import message_of
from gateway.identity.issuer.browsers import COOKIE, Asserted, Browsers, proof_of
from tests.world import BASE_URL, World


class Browser:
    """`page` is the last page that it shows, `path` where it is."""

    def __init__(self, world: World, cookie: str | None = None) -> None:
        self.world = world
        self.cookies: dict[str, str] = {COOKIE: cookie} if cookie else {}
        self.page = ""
        self.path = ""
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.is_keeping_key = True
        self._proven_at: datetime | None = None

    @classmethod
    async def of(cls, world: World, role: str, agency: int = 0, nth: int = 0) -> Browser:
        """The browser of somebody with `role` who has just signed in."""
        person = world.person(role, agency, nth)
        browser = cls(world, await begun(world, SignIn(person.sub, How.OPENID, person.agency_id)))  # type: ignore[arg-type]
        if person.agency_id is not None:
            assert await browser.prove()
        return browser

    @property
    def proof(self) -> str:
        return proof_of(self.cookies[COOKIE])

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request with the cookies; an answer's cookies are kept. The key is proven as the pages' script does."""
        now = self.world.clock()
        if self._proven_at is not None and now - self._proven_at > timedelta(minutes=4):
            await self.prove()
        answer = await self._send(method, path, **options)
        if self.is_keeping_key and _asks_for_key(answer) and await self.prove():
            answer = await self._send(method, path, **options)
        return answer

    async def prove(self) -> bool:
        """Whether this browser has the key of its session: the first that asks binds it."""
        asked = await self._send("GET", "/sign-in/key/challenge")
        if not asked.is_success:
            return False
        signed = message_of(SessionId(asked.json()["session"]), challenge := asked.json()["challenge"])
        r, s = decode_dss_signature(self.key.sign(signed, ec.ECDSA(hashes.SHA256())))
        numbers = self.key.public_key().public_numbers()
        x, y, r_, s_ = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y, r, s))
        jwk = {"kty": "EC", "crv": "P-256", "x": b64url(x), "y": b64url(y)}
        answer = await self._send(
            "POST",
            "/sign-in/key",
            json={"challenge": challenge, "signature": b64url(r_ + s_), "jwk": jwk},
            headers={"sec-fetch-site": "same-origin", "mingzheng-page": self.proof},
        )
        self._proven_at = self.world.clock() if answer.is_success else None
        return answer.is_success

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = ({"cookie": pairs} if pairs else {}) | options.pop("headers", {})
        answer = await self.world.http.request(method, path, headers=headers, **options)
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        return answer

    async def open(self, path: str) -> str:
        """The page at `path`, which must be one, after at most five redirects."""
        for _ in range(5):
            answer = await self.request("GET", path)
            if not answer.is_redirect:
                break
            path = answer.headers["location"].removeprefix(BASE_URL)
        assert answer.is_success, (path, answer.status_code, answer.text[:2000])
        self.page, self.path = answer.text, path
        return self.page

    async def submit(self, action: str, /, **fields: Any) -> httpx.Response:
        """The form with this action as the page shows it, filled in with `fields`; files as (name, bytes, type).

        A list of texts is several fields of one name, a list of files several files.
        """
        form = _Forms.of(self.page)[action]
        several = {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
        files = [(name, each) for name, value in several.items() for each in value if isinstance(each, tuple)]
        sent = {name for name, _ in files}
        texts = form | {name: value for name, value in fields.items() if name not in sent}
        headers = {"sec-fetch-site": "same-origin"}
        answer = await self.request("POST", action, data=texts, files=files or None, headers=headers)
        if not answer.is_redirect:
            self.page = answer.text
        return answer

    async def follow(self, answer: httpx.Response) -> str:
        """The page to which `answer` sends the browser on."""
        assert answer.is_redirect, (answer.status_code, answer.text[:2000])
        return await self.open(answer.headers["location"].removeprefix(BASE_URL))


async def begun(world: World, who: SignIn, said: Asserted | None = None) -> str:
    """The cookie of a new session of `who`, of whom the provider said this."""
    runtime = world.runtimes["gateway"]
    lifetimes = {how: runtime.settings.lifetimes(how) for how in How}
    browsers = Browsers(runtime.db, runtime.people, runtime.ended, lifetimes=lifetimes, origin=BASE_URL)
    return await browsers.begin(who, said or Asserted(timedelta(), None))


def _asks_for_key(answer: httpx.Response) -> bool:
    if answer.is_redirect:
        return answer.headers["location"].startswith("/sign-in/key?")
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return answer.status_code == 401 and is_problem and answer.json()["code"] == "BROWSER_NOT_PROVEN"


class _Forms(HTMLParser):
    """The forms of a page by their action, each with the values that its fields have."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._form: dict[str, str] = {}
        self._area = self._choice = ""

    @classmethod
    def of(cls, page: str) -> dict[str, dict[str, str]]:
        parser = cls()
        parser.feed(page)
        return parser.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = self.found[given.get("action", "")] = {}
        elif tag == "input" and "name" in given:
            if given.get("type") not in ("radio", "checkbox", "file") or "checked" in given:
                self._form[given["name"]] = given.get("value", "")
        elif tag == "select":
            self._choice = given["name"]
        elif tag == "option" and "selected" in given:
            self._form[self._choice] = given.get("value", "")
        elif tag == "textarea":
            self._area = given["name"]
            self._form[self._area] = ""

    def handle_endtag(self, tag: str) -> None:
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            self._form[self._area] += data
