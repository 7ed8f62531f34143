"""Settings: read once from the environment, frozen, and fatal when one is unknown.

A variable is `MINGZHENG_<SERVICE>_<NAME>`. A secret is never a value: it is the path of a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

TOKEN_KEY: Final = "token-k1.pem"
RECORD_KEY: Final = "record-k1.pem"
"""The files in a service's folder of keys: P-256 for tokens, Ed25519 for records."""


def record_key_name(service: str, city_domain: str) -> str:
    """The note name of a service's record key, as the ledger registers it."""
    return f"{service}.{city_domain}/k1"


class Settings(BaseModel):
    """What every service needs to start. A service that needs more subclasses this."""

    # An error message must not print a value: a path may name a person's home, a URL a password.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    mode: Literal["demo", "test", "production"] = "production"
    profile: str = "DEMO"
    database_url: str
    relay_url: str
    keys: Path
    ring: Path
    clock: Path | None = None
    blobs: Path | None = None
    backup: Path | None = None
    spans: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    peers: str = ""  # "evidence=http://…,case=http://…"; empty in the all-in-one process

    @classmethod
    def read(cls, env: Mapping[str, str], service: str) -> Self:
        """The settings of `service` in `env`. Stops the process on an unknown or missing one."""
        prefix = f"MINGZHENG_{service.replace('-', '_').upper()}_"
        given = {
            name.removeprefix(prefix).lower(): value for name, value in env.items() if name.startswith(prefix)
        }
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            faults = "; ".join(f"{prefix}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
            raise SystemExit(f"couldn't read the settings of {service}: {faults}") from None
        if settings.mode == "production" and settings.clock is not None and settings.clock.exists():
            raise SystemExit(
                "couldn't start: a demo clock file exists, and only the demo and test profiles may use one"
            )
        return settings

    def peer_urls(self) -> dict[str, str]:
        """The address of each other service."""
        pairs = (pair.split("=", 1) for pair in self.peers.split(",") if pair)
        return {name.strip(): url.strip() for name, url in pairs}
