"""The settings and the runtime of the gateway, beyond those of every service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from common.web.auth import the_runtime
from common.web.runtime import Runtime, build_runtime
from common.web.settings import Settings
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


@dataclass(frozen=True, kw_only=True)
class GatewayRuntime(Runtime):
    """`people` is the directory in which the gateway looks up every caller."""

    settings: GatewaySettings
    people: People


def runtime_of(settings: GatewaySettings, *, background: bool = True) -> GatewayRuntime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    core = build_runtime("gateway", settings, background=background)
    return GatewayRuntime(**vars(core), people=People(core.db))


Run = Annotated[GatewayRuntime, the_runtime]
