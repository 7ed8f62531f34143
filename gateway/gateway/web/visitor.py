"""Who looks at a page, and how its code asks the public API: as this visitor, through the front, like anybody else.

A page has no privileges. It knows what the API answers this person, and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final
from urllib.parse import quote

import httpx
from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.types import ASGIApp

from common.values.refusals import Language
from gateway.identity.domain.people import Person
from gateway.identity.issuer.browserkeys import COOKIE as KEY_COOKIE
from gateway.identity.issuer.browserkeys import needs_key
from gateway.identity.issuer.browsers import COOKIE, PROOF_HEADER, Browsers, Signed, cookie_of, proof_of

SIGN_IN: Final = "/sign-in"
CODE: Final = "/sign-in/code"
_PURPOSE: Final = "x-purpose-of-use"
_PLAIN: Final = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,=:@-]+)+")


class Refused(Exception):
    """The API refused what a page asked: `status` and the problem of RFC 9457, in the visitor's language."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: str | None = None) -> None:
        super().__init__(problem.get("code", str(status)))
        self.status = status
        self.problem = problem
        self.retry_after = retry_after

    @property
    def code(self) -> str:
        return str(self.problem.get("code", ""))


class SignInFirst(Exception):
    """The page is for people who are signed in. `next` is where the visitor goes on afterwards.

    `fields` is the form that came without a session, with everything that was typed.
    """

    def __init__(self, next_: str, fields: FormData | None = None) -> None:
        super().__init__(next_)
        self.next = next_
        self.fields = fields


class SignInAgain(Exception):
    """The act signs, and the visitor's sign-in is older than such an act allows. What was typed is kept."""


@dataclass(frozen=True)
class Visitor:
    """One visit. `person` is None for a stranger; `proof` is what each form of a page must bring back."""

    front: ASGIApp
    language: Language
    address: str
    cookie: str | None = None
    key_proof: str | None = None
    signed: Signed | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def person(self) -> Person | None:
        return self.signed.person if self.signed else None

    @property
    def is_keeping_key(self) -> bool:
        """Whether the visitor's pages load the script that proves the browser's key."""
        return self.signed is not None and needs_key(self.signed.session)

    @property
    def proof(self) -> str:
        return proof_of(self.cookie) if self.cookie and self.signed else ""

    def mark(self, *words: str) -> str:
        """What only a page of this session can add to a link that says `words`: nobody else can forge the message."""
        said = "\n".join(words).encode("utf-8", "surrogatepass")
        return hmac.new(self.proof.encode(), said, hashlib.sha256).hexdigest()[:32]

    def is_marked(self, mark: str, *words: str) -> bool:
        """Whether `mark` is the one that this session gave for `words`."""
        return bool(self.proof) and hmac.compare_digest(self.mark(*words).encode(), mark.encode())

    def has(self, *roles: str) -> bool:
        """Whether the visitor has one of `roles`. For what a page offers; the API alone decides what is allowed."""
        return self.person is not None and not self.person.roles.isdisjoint(roles)

    async def get(self, path: str, *, purpose: str | None = None, **params: Any) -> Any:
        """The API's answer as JSON; parameters that are None are left out. Raises Refused."""
        answer = await self.ask("GET", path, purpose=purpose, params=params)
        return answer.json()

    async def find(self, path: str, *, purpose: str | None = None, **params: Any) -> Any | None:
        """As `get`, and None where there is nothing or nothing for this person (403, 404, 409, 410)."""
        try:
            return await self.get(path, purpose=purpose, **params)
        except Refused as refused:
            if refused.status in (403, 404, 409, 410):
                return None
            raise

    async def post(
        self, path: str, body: Any = None, *, key: str, purpose: str | None = None, match: str | None = None
    ) -> Any:
        """What the API answers to an act. `key` (Idempotency-Key) came with the form: sent twice, it happens once.

        `match` is the version of what the person saw (If-Match). Raises Refused.
        """
        headers = {"idempotency-key": key} | ({"if-match": match} if match else {})
        answer = await self.ask("POST", path, purpose=purpose, json=body, headers=headers)
        return answer.json() if answer.content else None

    async def ask(
        self,
        method: str,
        path: str,
        *,
        purpose: str | None = None,
        params: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Any call. Raises Refused for every answer of 400 and above, and SignInAgain before an act that signs."""
        if not _PLAIN.fullmatch(path):
            # What a page took from its own address would else become a query, or another path.
            raise Refused(404, {})
        headers = {"accept-language": self.language.value, **options.pop("headers", {})}
        if self.cookie is not None and self.signed is not None:
            of_key = f"; {KEY_COOKIE}={self.key_proof}" if self.key_proof else ""
            headers |= {"cookie": f"{COOKIE}={self.cookie}{of_key}", PROOF_HEADER: self.proof}
        headers |= {"sec-fetch-site": "same-origin"} | ({_PURPOSE: purpose} if purpose else {})
        wire = httpx.ASGITransport(self.front, raise_app_exceptions=False, client=(self.address, 0))
        sent = {name: value for name, value in (params or {}).items() if value is not None}
        async with httpx.AsyncClient(transport=wire, base_url="http://gateway.internal") as client:
            answer = await client.request(method, path, params=sent, headers=headers, **options)
        if answer.is_error:
            refused = Refused(answer.status_code, _problem(answer), answer.headers.get("retry-after"))
            raise SignInAgain if refused.code == "SIGN_IN_TOO_OLD" else refused
        return answer


async def visitor(request: Request) -> Visitor:
    """Who sent this request."""
    found: Visitor = request.state.visitor
    return found


async def signed_in(request: Request) -> Visitor:
    """A visitor who is signed in. Raises SignInFirst."""
    found = await visitor(request)
    if found.signed is None:
        if request.method != "GET":
            raise SignInFirst(request.url.path, await request.form(max_files=20, max_fields=200))
        query = f"?{request.url.query}" if request.url.query else ""
        raise SignInFirst(request.url.path + query)
    return found


Anybody = Annotated[Visitor, Depends(visitor)]
SignedIn = Annotated[Visitor, Depends(signed_in)]


async def visitor_of(
    request: Request,
    front: ASGIApp,
    browsers: Browsers,
    *,
    address: str,
    headers: Mapping[bytes, bytes],
    is_use: bool = True,
) -> Visitor:
    """Who sent `request`: by the session's cookie, and in the language that the address or a cookie names.

    Without `is_use` the session is not the longer for it: a script asks, and nobody works.
    """
    cookie = cookie_of(headers)
    key_proof = cookie_of(headers, KEY_COOKIE)
    signed = await browsers.find(cookie, key_proof, is_use=is_use)
    return Visitor(front, language_of(request), address, cookie, key_proof, signed)


def language_of(request: Request) -> Language:
    """The language that the address names, else the one that was chosen earlier; Chinese where nobody chose."""
    chosen = request.query_params.get("lang") or request.cookies.get("lang")
    return Language.EN if chosen == "en" else Language.ZH


def sign_in_url(next_: str, *, is_fresh: bool = False) -> str:
    """Where somebody signs in who then goes on to `next_`, a path of this site; `is_fresh` before an act that signs.

    Who reads as a party may have no account: there the way in is the query code, and leads to the account too.
    """
    place = CODE if next_.startswith("/portal") and not is_fresh else SIGN_IN
    return f"{place}?next={quote(next_, safe='')}{'&fresh=1' if is_fresh else ''}"


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
