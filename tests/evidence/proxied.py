"""The same services behind a gateway that trusts a proxy, as a camera reaches them through it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.edge import edge, routes_of
from gateway.upstream import InProcess
from tests.world import BASE_URL, World

PROXY, STRANGER = "10.0.0.2", "192.0.2.9"


@asynccontextmanager
async def behind(world: World, peer: str, *, certify: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    """A client at the socket of `peer`; our proxies stand in 10.0.0.0/8."""
    runtime = world.runtimes["gateway"]
    ours = {"proxies": "10.0.0.0/8", "proxy_hops": 1, "client_certificates": certify}
    own = edge(
        replace(runtime, settings=runtime.settings.model_copy(update=ours)),
        issuer=BASE_URL,
        issuer_ring=None,
        per_minute=6_000,
    )
    app = world.app.apps["evidence"]
    front = own.front(routes_of(app, "evidence"), {"evidence": InProcess(app)})
    transport = httpx.ASGITransport(front, client=(peer, 40_000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http:
        yield http


def certificate(world: World, code: str, *, days: float = 90) -> tuple[str, str]:
    """A TLS certificate of this device that ends in `days`: as PEM, and as a proxy writes it (RFC 9440)."""
    key, now = Ed25519PrivateKey.generate(), world.clock()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, code)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, None)
    )
    der = base64.b64encode(made.public_bytes(Encoding.DER)).decode()
    return made.public_bytes(Encoding.PEM).decode(), f":{der}:"
