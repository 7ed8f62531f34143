"""The settings and the runtime of the gateway, beyond those of every service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from common.web.auth import the_runtime
from common.web.runtime import Runtime, build_runtime
from common.web.settings import Settings
from gateway.identity.domain.sessions import How, Lifetimes
from gateway.identity.store.ended import EndedSessions
from gateway.identity.store.people import People

EDGE_KEY: Final = "edge-k1.pem"
"""Signs the internal token of every forwarded request, as `urn:mingzheng:gateway`."""

ISSUER_KEY: Final = "issuer-k1.pem"
"""Signs access tokens: of partners' systems, and in the demo and test profiles those of people too."""


class GatewaySettings(Settings):
    """`issuer` names the provider of access tokens; `issuer_ring` is the file with its public keys.

    Without a ring the gateway is that provider itself, which it may be in demo and test alone. `origin` is the public
    address of the platform, where it is another one than the provider's. `peers` names the
    services that the gateway asks for their routes. A `sandbox` says in every answer that it is one. Behind proxies of
    the platform's own, `proxies` lists their networks and `proxy_hops` how many may stand in a row.
    `client_certificates` says that these write Client-Cert (RFC 9440) and let no client's own through.

    A session lasts `session_days` at most and ends after `session_idle_days` without use; one that a query code opened
    lasts `case_session_hours` and `case_session_idle_minutes`. For `refresh_grace_s` seconds a spent refresh token gets
    its answer again.
    """

    port: int = 8000
    issuer: str = "http://127.0.0.1:8080"
    issuer_ring: Path | None = None
    origin: str = ""
    requests_per_minute: int = 600
    sandbox: bool = False
    proxy_hops: int = 0
    proxies: str = ""
    client_certificates: bool = False
    session_days: int = Field(90, ge=1, le=365)
    session_idle_days: int = Field(30, ge=1, le=365)
    case_session_hours: int = Field(12, ge=1, le=24)
    case_session_idle_minutes: int = Field(30, ge=5, le=120)
    refresh_grace_s: int = Field(20, ge=0, le=60)

    def lifetimes(self, how: How) -> Lifetimes:
        """How long a session lasts that began in this way."""
        grace = timedelta(seconds=self.refresh_grace_s)
        if how is How.QUERY_CODE:
            hours = timedelta(hours=self.case_session_hours)
            return Lifetimes(hours, timedelta(minutes=self.case_session_idle_minutes), grace)
        return Lifetimes(timedelta(days=self.session_days), timedelta(days=self.session_idle_days), grace)


@dataclass(frozen=True, kw_only=True)
class GatewayRuntime(Runtime):
    """`people` is the directory in which the gateway looks up every caller, `ended` the sessions that have ended."""

    settings: GatewaySettings
    people: People
    ended: EndedSessions


def runtime_of(settings: GatewaySettings, *, background: bool = True) -> GatewayRuntime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    core = build_runtime("gateway", settings, background=background)
    return GatewayRuntime(**vars(core), people=People(core.db), ended=EndedSessions(core.db))


Run = Annotated[GatewayRuntime, the_runtime]
