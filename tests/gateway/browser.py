"""A browser as tests play it: one cookie, forms sent as a page writes them, no scripts."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import httpx

from gateway.identity.domain.sessions import How, SignIn
from gateway.identity.issuer.browsers import COOKIE, Asserted, Browsers, proof_of
from tests.world import BASE_URL, World


class Browser:
    """`page` is the last page that it shows, `path` where it is."""

    def __init__(self, world: World, cookie: str | None = None) -> None:
        self.world = world
        self.cookies: dict[str, str] = {COOKIE: cookie} if cookie else {}
        self.page = ""
        self.path = ""

    @classmethod
    async def of(cls, world: World, role: str, agency: int = 0, nth: int = 0) -> Browser:
        """The browser of somebody with `role` who has just signed in."""
        person = world.person(role, agency, nth)
        return cls(world, await begun(world, SignIn(person.sub, How.OPENID, person.agency_id)))  # type: ignore[arg-type]

    @property
    def proof(self) -> str:
        return proof_of(self.cookies[COOKIE])

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request with the cookies; an answer's cookies are kept."""
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


class _Forms(HTMLParser):
    """The forms of a page by their action, each with the values that its fields have."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._form: dict[str, str] = {}
        self._area = ""

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
        elif tag == "textarea":
            self._area = given["name"]
            self._form[self._area] = ""

    def handle_endtag(self, tag: str) -> None:
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            self._form[self._area] += data
