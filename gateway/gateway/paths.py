"""Which service answers which request: one way to write every path, and one table of routes.

    raw path --canonical()--> segments --Routes.match()--> Route(service, act)

A path that can be read in two ways is refused before it is matched. Otherwise the policy could be asked about one path
while another is executed. So dots, empty segments, encoded slashes, needless encodings, `;`, `\\` and every byte beyond
ASCII are refused, and the service gets exactly the bytes that were matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from common.values.errors import Kind, Refusal

MAX_PATH = 1_024
MAX_QUERY = 2_048
_LITERAL = r"[A-Za-z0-9\-._~!$&'()*+,=:@]"
# Encoded bytes that are neither unreserved (one spelling each) nor structure or control once decoded.
_ENCODED = r"%(?!2[defDEF]|5[cCfF]|7[eEfF]|25|3[0-9bB]|4[1-9a-fA-F]|5[0-9aA]|6[1-9a-fA-F]|7[0-9aA]|[01])[0-9A-Fa-f]{2}"
_PATH = re.compile(rf"(?:/(?:{_LITERAL}|{_ENCODED})*)+")
_QUERY = re.compile(r"[\x21-\x7e]*")


_FROM_BANK = ("/v1/payment-callbacks", "/v1/reconciliation-files", "/v1/refund-callbacks")
_CALLBACKS = (*_FROM_BANK, "/v1/provider-callbacks/")
"""Signed by whoever calls, and checked by the service itself: what the bank says, and the reports of providers."""

_PUBLISHED = (
    "/v1/catalogue/legal-sources",
    "/v1/catalogue/legal-successions",
    "/v1/catalogue/matters",
    "/v1/catalogue/profile",
)
"""Lists of the law, which anybody may read; what is only proposed has other addresses."""

_OF_PARTNERS = frozenset(
    {b"mingzheng-agreement", b"mingzheng-purpose", b"mingzheng-case", b"mingzheng-on-behalf-of"}
)
"""What a partner's system says about its call beside its signature."""


class Auth(StrEnum):
    """How a route identifies the caller."""

    BEARER = "BEARER"  # an access token, always
    OPEN = "OPEN"  # an access token if the caller sends one; else the caller has no name
    DIGEST = "DIGEST"  # HTTP Digest, checked by the service itself: /VIID
    SIGNED = "SIGNED"  # the device's signature in the headers, checked by the service itself: /ingest
    SECRET = "SECRET"  # an address that nobody can guess, checked by the service itself: /isapi
    CLIENT = "CLIENT"  # a client's id and secret, checked by the issuer: /oauth2


@dataclass(frozen=True)
class Route:
    """One operation of one service. `act` is the name of the Action that its `Allow` states."""

    method: str
    template: str
    service: str
    act: str

    @property
    def auth(self) -> Auth:
        path = self.template
        if path.startswith("/VIID/"):
            return Auth.DIGEST
        if path.startswith("/ingest/"):
            return Auth.SIGNED
        if path.startswith("/isapi/"):
            return Auth.SECRET
        if path.startswith("/oauth2/"):
            return Auth.CLIENT
        if not path.startswith("/v1/") or path.startswith("/v1/public/"):
            return Auth.OPEN
        if path.startswith(("/v1/ledger/", "/v1/calendars/")) and self.method == "GET":
            return Auth.OPEN
        if path in _PUBLISHED and self.method == "GET":
            return Auth.OPEN
        return Auth.OPEN if path.startswith(_CALLBACKS) or self.counts_sources else Auth.BEARER

    @property
    def counts_sources(self) -> bool:
        """Whether the service counts by the caller's address how often somebody tries."""
        return self.template == "/v1/party-sessions"

    @property
    def hears(self) -> frozenset[bytes]:
        """Headers that reach this route alone, beside those that reach every route (`gateway.app`)."""
        path = self.template
        if path.startswith("/VIID/"):
            return frozenset({b"user-identify", b"user-agent"})
        if path.startswith("/ingest/"):
            return frozenset({b"capture-manifest", b"capture-signature"})
        if path.startswith("/ledger/"):
            return frozenset({b"accept-encoding"})
        if path in _FROM_BANK:
            return frozenset({b"bank-signature"})
        if path.startswith("/v1/provider-callbacks/"):
            return frozenset({b"x-signature"})
        if self.service == "data-exchange":
            return _OF_PARTNERS
        return frozenset({b"inventory-source"}) if path == "/v1/device-imports" else frozenset()

    @property
    def is_stream(self) -> bool:
        """Whether its answer goes on for minutes: it has connections of its own and no time-out as a whole."""
        return self.template.endswith("/stream")

    @property
    def cost(self) -> int:
        """The work of one call in units of the cheapest one, as measured in CPU time on every open route."""
        if self.act == "-":
            return 1  # our own pages, health, metrics and the API's document come from memory
        if self.template.startswith(("/ledger/", "/v1/ledger/")):
            return 6
        return 4

    @property
    def max_body(self) -> int:
        """The largest body in bytes: images come in under /VIID, /ingest and /isapi, inventories as imports."""
        if self.template.startswith(("/VIID/", "/ingest/", "/isapi/")):
            return 50 << 20
        if self.template.endswith(("/parts/{part}", "/parts/{n}")):
            return 5 << 20  # a part of a file holds up to 4 MiB
        return 20 << 20 if "device-imports" in self.template else 1 << 20


def canonical(raw_path: bytes, query: bytes) -> str:
    """The path as text. Raises Refusal MALFORMED for any path or query that could be read in two ways."""
    path = raw_path.decode("latin1")
    is_sound = _PATH.fullmatch(path) is not None and "//" not in path
    has_dots = any(segment in (".", "..") for segment in path.split("/"))
    if not is_sound or has_dots or len(path) > MAX_PATH:
        raise Refusal(Kind.MALFORMED, "PATH_NOT_CANONICAL", {"most": MAX_PATH})
    if not _QUERY.fullmatch(query.decode("latin1")) or len(query) > MAX_QUERY:
        raise Refusal(Kind.MALFORMED, "QUERY_NOT_CANONICAL", {"most": MAX_QUERY})
    return path


@dataclass
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    rest: dict[str, Route] = field(default_factory=dict)  # {name:path}: everything from here on
    here: dict[str, Route] = field(default_factory=dict)


class Routes:
    """The table. A literal segment wins over a parameter, a parameter over the rest of the path."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        place = node.here
        for segment in route.template.split("/")[1:]:
            if segment.endswith(":path}"):
                place = node.rest
                break
            if segment.startswith("{"):
                node.parameter = node = node.parameter or _Node()
            else:
                node = node.literal.setdefault(segment, _Node())
            place = node.here
        if route.method in place:
            raise ValueError(
                f"two services answer {route.method} {route.template}: {place[route.method]} and {route}"
            )
        place[route.method] = route

    def match(self, method: str, path: str) -> Route | frozenset[str]:
        """The route, or the methods that this path does answer (none: there is no such path)."""
        methods: set[str] = set()
        for answers, is_rest in _find(self._root, path.split("/")[1:]):
            # What takes the rest of a path answers for no address that has methods of its own.
            if is_rest and methods:
                break
            if method in answers:
                return answers[method]
            methods |= set(answers)
        return frozenset(methods)


def _find(node: _Node, segments: list[str]) -> Iterator[tuple[dict[str, Route], bool]]:
    """The routes that answer the path, by method, the most literal template first; whether they take the rest of it."""
    if not segments:
        yield node.here, False
        return
    first, others = segments[0], segments[1:]
    if first in node.literal:
        yield from _find(node.literal[first], others)
    # An empty parameter would be another template's path with a trailing slash.
    if node.parameter and first:
        yield from _find(node.parameter, others)
    if any(segments):
        yield node.rest, True
