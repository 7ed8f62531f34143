"""What the gateway needs to start beside what every service needs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from common.web.settings import Settings

EDGE_KEY: Final = "edge-k1.pem"
"""Signs the internal token of every forwarded request, as `urn:mingzheng:gateway`."""

ISSUER_KEY: Final = "issuer-k1.pem"
"""Signs access tokens, in the demo and test profiles alone."""


class GatewaySettings(Settings):
    """`issuer` is the identifier of whoever issues access tokens; `issuer_ring` the file with that issuer's keys
    (not needed in demo and test, whose own issuer it is). `peers` names the services to ask for their routes.
    """

    issuer: str = "http://127.0.0.1:8080"
    issuer_ring: Path | None = None
    requests_per_minute: int = 600
