"""The answer to one request: a service's, or the gateway's own refusal in words that the caller reads.

    a service answers ──▶ without its internal headers, with ours
    the gateway refuses ─▶ RFC 9457, a problem
                      └──▶ under /VIID ResponseStatusObject, because a camera reads nothing else (GA/T 1400.4)

A camera is known by the path that it asked for, in any case of its letters and with slashes too many: nothing answers
there, and the person who installs the camera still has to learn why.
"""

from __future__ import annotations

from typing import Final

from starlette.types import Message, Scope, Send

from common.values.errors import Kind, Refusal
from common.web import viid
from common.web.auth import ADMITTED_HEADER, TOKEN_HEADER
from common.web.problem import problem_of
from common.web.telemetry import trace_id
from gateway.asking import has_body
from gateway.upstream import Headers
from ledger.clock import Clock

_HIDDEN: Final = frozenset(
    {
        b"server",
        b"connection",
        b"keep-alive",
        b"transfer-encoding",
        TOKEN_HEADER.encode(),
        ADMITTED_HEADER.encode(),
    }
)
"""Headers of a service that do not reach the caller."""


class ContentEncoded(Refusal):
    """The body is compressed or otherwise encoded, which no client of GA/T 1400 may do (RFC 9110 §15.5.16)."""

    def __init__(self) -> None:
        super().__init__(Kind.UNSUPPORTED, "VIID_CONTENT_ENCODING")
        self.headers["accept-encoding"] = "identity"


class Answer:
    """Sends the answer to one request. `headers` are added to it; `started` once a part of it has been sent."""

    def __init__(self, send: Send, headers: Headers, *, bodiless: bool) -> None:
        self._send = send
        self._bodiless = bodiless
        self.headers = headers
        self.started = False
        self.is_body_read = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = [
                (name.lower(), value) for name, value in message["headers"] if name.lower() not in _HIDDEN
            ]
            names = {name for name, _ in headers}
            if b"cache-control" not in names:
                headers.append((b"cache-control", b"no-store"))
            if b"x-content-type-options" not in names:
                headers.append((b"x-content-type-options", b"nosniff"))
            message = {**message, "headers": headers + self.headers}
        elif self._bodiless:
            message = {**message, "body": b""}
        await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """`refusal` as the whole answer. Its header tells a partner that no service answered, so nothing is signed."""
        status, fields, body = self._worded(refusal)
        fields["mingzheng-error-source"] = "gateway"
        fields["content-length"] = str(len(body))
        headers = [(name.encode(), value.encode()) for name, value in fields.items()]
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": body})

    def _worded(self, refusal: Refusal) -> tuple[int, dict[str, str], bytes]:
        return problem_of(refusal, trace_id())


class CameraAnswer(Answer):
    """The answer to a client of GA/T 1400. `url` is the path that it asked for; `sends` whether a body follows."""

    def __init__(
        self, send: Send, headers: Headers, *, bodiless: bool, url: str, sends: bool, clock: Clock
    ) -> None:
        super().__init__(send, headers, bodiless=bodiless)
        self._clock = clock
        self._url = url
        self._sends = sends

    def _worded(self, refusal: Refusal) -> tuple[int, dict[str, str], bytes]:
        if self._sends and not self.is_body_read:
            # What the client still sends is no next request. A client that reads the answer first has it by then.
            self.headers.append((b"connection", b"close"))
        if refusal.code in ("NOT_FOUND", "PATH_NOT_CANONICAL"):
            refusal = Refusal(Kind.NOT_FOUND, "VIID_ADDRESS")
        return viid.refused(refusal, url=self._url, at=self._clock())


def answer_to(scope: Scope, send: Send, headers: Headers, clock: Clock) -> Answer:
    """The answer to the request of `scope`, in the words that its caller reads."""
    url = (scope.get("raw_path") or scope["path"].encode()).decode("latin1")
    bodiless = scope["method"] == "HEAD"
    if not viid.is_camera_path(url):
        return Answer(send, headers, bodiless=bodiless)
    sends = has_body({name.lower(): value for name, value in scope["headers"]})
    return CameraAnswer(send, headers, bodiless=bodiless, url=url, sends=sends, clock=clock)
