"""The system of a partner: every call signed, every answer verified, every loss repeated under the same key.

order ─▶ token ─▶ components as the platform lists them ─▶ signature ─▶ answer ─▶ its signature ─▶ Answer or Problem
                      ▲                                                   │
                      └── new nonce, same Idempotency-Key ◀── lost, 503, 429, or a clock that was wrong
"""

from __future__ import annotations

import json
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self, cast

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPSignatureKeyResolver

from mingzheng_partner import receipts
from mingzheng_partner.clock import Clock
from mingzheng_partner.keys import PrivateKey, unb64url
from mingzheng_partner.models import AllowedView, CloudEvent, ExchangeReceiptView
from mingzheng_partner.problems import AnswerNotVerified, Problem
from mingzheng_partner.settings import Settings
from mingzheng_partner.signing import Call, digest_field, present, sign, verify
from mingzheng_partner.tokens import Tokens

__all__ = ["Partner", "Answer", "Feed"]

_ALLOWED: Final = "/v1/catalog/allowed"
_ALLOWED_FOR_S: Final = 600
_WRONG_CLOCK: Final = frozenset(
    {
        "DX_CREATED_IN_FUTURE",
        "DX_SIGNATURE_EXPIRED",
        "DPOP_TIME_WRONG",
        "ASSERTION_EXPIRED",
        "ASSERTION_TOO_LONG",
    }
)
_OLD_TOKEN: Final = frozenset({"TOKEN_EXPIRED", "TOKEN_UNKNOWN"})
_AGAIN: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Answer:
    """A verified answer. `warnings` name checks that will refuse this call from some day on."""

    status: int
    headers: httpx.Headers
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def record_id(self) -> str | None:
        """The record that the act left in the ledger, the first one where it left several."""
        return self.headers.get("mingzheng-record", "").partition(",")[0].strip() or None

    @property
    def is_repeat(self) -> bool:
        """The platform had done this before, under the same key, and answers as it did then."""
        return bool(self.headers.get("idempotency-replayed") == "true")

    @property
    def warnings(self) -> list[str]:
        return self.headers.get_list("mingzheng-warning", split_commas=False)


class Partner:
    """One system under one agreement and purpose. `transport` replaces the network; `pause` waits."""

    def __init__(
        self,
        settings: Settings,
        key: PrivateKey,
        *,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self.clock = Clock()
        self._key = key
        self._pause = pause
        # A Content-Digest is over the content as it was encoded; without a coding there is only one reading of it.
        headers = {"accept-encoding": "identity", "accept-language": settings.language}
        self._http = httpx.Client(
            base_url=settings.connect or settings.origin,
            headers=headers,
            timeout=settings.timeout_s,
            transport=transport,
        )
        self._tokens = Tokens(settings, key, self.clock, self._http)
        self._answer_keys = _AnswerKeys(self._http, settings.answer_keys)
        self._allowed: tuple[float, AllowedView] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # --- calls

    def get(
        self, path: str, *, params: Mapping[str, str | int] | None = None, accept: str | None = None
    ) -> Answer:
        """Read something. `path` begins with `/v1/`."""
        return self.call("GET", path, params=params, headers={"accept": accept} if accept else None)

    def post(self, path: str, order: Mapping[str, Any] | None = None, *, key: str | None = None) -> Answer:
        """Do something, once: a repeat with the same `key` changes nothing and gets the first answer.

        Without `key` the client makes one, which outlives a lost answer but not this process. A caller that must know
        after its own crash stores a key before it calls.
        """
        return self.call("POST", path, body=_encoded(order or {}), key=key)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> Answer:
        """Any call. `body` is JSON unless `headers` name another content-type.

        Raises Problem for a refusal, AnswerNotVerified for an answer that the platform did not sign, and
        httpx.TransportError where no answer came to any of the attempts.
        """
        target = httpx.URL(self.settings.origin + path)
        target = target.copy_merge_params(dict(params)) if params else target
        url = self.settings.origin + target.raw_path.decode("ascii")
        fields = httpx.Headers({**self.settings.headers, **(headers or {})})
        if method not in ("GET", "HEAD"):
            fields["idempotency-key"] = key or uuid.uuid4().hex
        if body:
            fields.setdefault("content-type", "application/json")
            fields["content-digest"] = digest_field(body)
        for attempt in range(1, self.settings.attempts + 1):
            try:
                return self._once(Call(method, url, httpx.Headers(fields), body))
            except (Problem, httpx.TransportError) as error:
                wait = self._wait_after(error, attempt)
                if wait is None:
                    raise
            self._pause(wait)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, call: Call) -> Answer:
        token = self._tokens.get()
        sign(call, self._key, components=self._components(call), at=self.clock.now())
        call.headers["authorization"] = f"DPoP {token}"
        call.headers["dpop"] = self._tokens.proof(call.method, call.url, token)
        path = call.url.removeprefix(self.settings.origin)
        answer = self._http.request(call.method, path, content=call.body or None, headers=call.headers)
        is_signed = "signature" in answer.headers
        if is_signed:
            self._answer_keys.learn(answer.headers.get("signature-input", ""))
            verify(call, answer, self._answer_keys)
        if answer.status_code >= 400:
            raise Problem.of(answer, verified=is_signed)
        if not is_signed:
            raise AnswerNotVerified(answer.status_code, "it has no signature")
        return Answer(answer.status_code, answer.headers, answer.content)

    def _wait_after(self, error: Problem | httpx.TransportError, attempt: int) -> float | None:
        """The seconds until the next attempt; None where there is none."""
        if attempt >= self.settings.attempts:
            return None
        backoff: float = min(0.25 * 2**attempt, 10.0) * random.uniform(0.8, 1.2)
        if isinstance(error, httpx.TransportError):
            return backoff
        server_time = error.server_time
        if error.code in _WRONG_CLOCK and server_time is not None:
            self.clock.follow(server_time)
            return 0.0
        if error.code in _OLD_TOKEN and attempt == 1:
            self._tokens.drop()
            return 0.0
        if error.status in _AGAIN or error.code == "IDEMPOTENCY_RUNNING":
            wait = error.retry_after_s if error.retry_after_s is not None else backoff
            return wait if wait <= self.settings.longest_pause_s else None
        return None

    # --- what may be called

    def allowed(self) -> AllowedView:
        """The agreements in force, the operations that they open, and what each signature must cover."""
        if self._allowed is None or time.monotonic() - self._allowed[0] > _ALLOWED_FOR_S:
            view = cast(AllowedView, self.get(_ALLOWED).json())
            self._allowed = (time.monotonic(), view)
        return self._allowed[1]

    def _components(self, call: Call) -> list[str]:
        """What there is to cover. Raises ValueError where the platform wants more covered than the call has."""
        covered = present(call)
        path = call.url.removeprefix(self.settings.origin).partition("?")[0]
        if path == _ALLOWED:
            return covered
        allowed = self.allowed()
        for operation in [
            *allowed["always"],
            *(o for grant in allowed["grants"] for o in grant["operations"]),
        ]:
            if operation["method"] == call.method and _fits(operation["path"], path):
                missing = [name for name in operation["components"] if name not in covered]
                if missing:
                    raise ValueError(f"{call.method} {path} must cover {' '.join(missing)}, which it lacks")
        return covered

    # --- lists, events, receipts

    def pages(self, path: str, *, limit: int = 100, **filters: str | int) -> Iterator[dict[str, Any]]:
        """Every item of a list, page after page."""
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = self.get(path, params={**filters, "limit": limit, **more}).json()
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = page["next_cursor"]

    def feed(self, after: str = "", *, types: tuple[str, ...] = ()) -> Feed:
        """The events behind the cursor `after`. Store `feed.cursor` once an event is dealt with."""
        return Feed(self, after, types)

    def receipt(self, record_id: str) -> receipts.Receipt:
        """The receipt of a record, its proof verified. Raises ReceiptNotVerified."""
        view = cast(ExchangeReceiptView, self.get(f"/v1/receipts/{record_id}").json())
        keys = self.settings.log_keys or self._log_keys()
        return receipts.verified(view, record_id=record_id, log_keys=keys)

    def _log_keys(self) -> list[str]:
        """The keys that the ledger's first entry names (c2sp.org/tlog-tiles)."""
        checkpoint = self._http.get("/ledger/checkpoint").raise_for_status().text
        size = int(checkpoint.split("\n")[1])
        part = "" if size >= 256 else f".p/{size}"
        tile = self._http.get(f"/ledger/tile/entries/000{part}").raise_for_status().content
        return receipts.log_keys_in(tile[2 : 2 + int.from_bytes(tile[:2], "big")])


class Feed:
    """Events in the ledger's order. `cursor` moves once a page is dealt with: a crash repeats, it never loses."""

    def __init__(self, partner: Partner, cursor: str, types: tuple[str, ...]) -> None:
        self.cursor = cursor
        self._partner = partner
        self._types = ",".join(types)

    def __iter__(self) -> Iterator[CloudEvent]:
        """Every event up to now; iterate again later for those after it.

        Raises Problem DX_EVENTS_GONE for a cursor of more than 30 days ago: list the objects anew, begin without it.
        """
        while True:
            narrowed = {
                name: value for name, value in (("after", self.cursor), ("types", self._types)) if value
            }
            page = self._partner.get("/v1/events", params={**narrowed, "limit": 500}).json()
            yield from page["items"]
            self.cursor = page["next_cursor"]
            if not page["has_more"]:
                return


class _AnswerKeys(HTTPSignatureKeyResolver):
    """The keys of signed answers: those of the settings, or else those published, read again for a new one."""

    def __init__(self, http: httpx.Client, given: dict[str, Any] | None) -> None:
        self._http = http
        self._is_given = given is not None
        self._keys = _of_set(given or {"keys": []})

    def learn(self, signature_input: str) -> None:
        """Read the published keys if the answer's key is unknown. Before the library asks: it takes a network that
        is down for a signature that is wrong."""
        named = re.search(r';keyid="([^"]+)"', signature_input)
        if self._is_given or named is None or named[1] in self._keys:
            return
        answer = self._http.get("/v1/public/answer-keys")
        if not answer.is_success:
            raise Problem.of(answer, verified=False)
        self._keys = _of_set(answer.json())

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        return self._keys.get(key_id)


def _of_set(keys: dict[str, Any]) -> dict[str, Ed25519PublicKey]:
    return {jwk["kid"]: Ed25519PublicKey.from_public_bytes(unb64url(jwk["x"])) for jwk in keys["keys"]}


def _fits(template: str, path: str) -> bool:
    pattern = re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None


def _encoded(order: Mapping[str, Any]) -> bytes:
    return json.dumps(order, ensure_ascii=False, separators=(",", ":")).encode()
