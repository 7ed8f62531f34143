"""Settings: read once from the environment and never changed. An unknown one stops the process.

A variable is `MINGZHENG_<SERVICE>_<NAME>`. A secret is never a value; the variable holds the path of its file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

TOKEN_KEY: Final = "token-k1.pem"
RECORD_KEY: Final = "record-k1.pem"
"""The files in a service's folder of keys: P-256 for tokens, Ed25519 for records."""


_RECORD_KEY = re.compile(r"record-k([1-9][0-9]*)\.pem")


def record_key_name(service: str, city_domain: str, number: int = 1) -> str:
    """The note name of a service's record key, as the ledger registers it."""
    return f"{service}.{city_domain}/k{number}"


def record_keys(service: str, city_domain: str, folder: Path) -> list[tuple[str, Path]]:
    """Note name and file of each record key in the service's folder, oldest first. The last one signs."""
    matches = ((_RECORD_KEY.fullmatch(path.name), path) for path in folder.iterdir())
    numbered = sorted((int(match[1]), path) for match, path in matches if match)
    if not numbered:
        raise ValueError(f"there is no record key in {folder}")
    return [(record_key_name(service, city_domain, number), path) for number, path in numbered]


class RelaySettings(BaseModel):
    """The settings of a process that only carries a service's records. The service itself needs more."""

    # An error message must not print a value: a path may name a person's home, a URL a password.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    mode: Literal["demo", "test", "production"] = "production"
    relay_url: str
    keys: Path
    clock: Path | None = None
    spans: Path | None = None
    host: str = "127.0.0.1"
    relay_port: int = 8001  # health and metrics of the relay in a process of its own
    relay_alarm_s: float = 60  # how long a record may wait for the ledger before it is an alarm
    peers: str = ""  # "evidence=http://…,case=http://…"; empty in the all-in-one process

    @classmethod
    def read(cls, env: Mapping[str, str], service: str, *, beside: type[RelaySettings] | None = None) -> Self:
        """The settings of `service` in `env`. Stops the process on an unknown or missing one.

        Variables that only `beside` knows are left to it: a relay may be given the environment of its service.
        """
        prefix = f"MINGZHENG_{service.replace('-', '_').upper()}_"
        values = {
            name.removeprefix(prefix).lower(): value for name, value in env.items() if name.startswith(prefix)
        }
        if beside is not None:
            foreign = beside.model_fields.keys() - cls.model_fields.keys()
            values = {name: value for name, value in values.items() if name not in foreign}
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            faults = "; ".join(f"{prefix}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
            raise SystemExit(f"couldn't read the settings of {service}: {faults}") from None
        settings._require_usable(prefix)
        return settings

    def _require_usable(self, prefix: str) -> None:
        """Stops the process with one line if a variable names a file that does not exist."""
        if self.mode == "production" and self.clock is not None and self.clock.exists():
            raise SystemExit(
                "couldn't start: a demo clock file exists, and only the demo and test profiles may use one"
            )
        for name in self._must_exist():
            path = getattr(self, name)
            if path is not None and not path.exists():
                raise SystemExit(f"couldn't start: {prefix}{name.upper()} names nothing that exists")
        if "evidence" not in self.peer_urls():
            raise SystemExit(
                f"couldn't start: {prefix}PEERS names no evidence=http://…, where the ledger takes records"
            )

    def _must_exist(self) -> tuple[str, ...]:
        """The settings that name files or folders which this process does not make."""
        return ("keys",)

    def peer_urls(self) -> dict[str, str]:
        """The address of each other service."""
        pairs = (pair.split("=", 1) for pair in self.peers.split(",") if pair)
        return {name.strip(): url.strip() for name, url in pairs}


class Settings(RelaySettings):
    """The settings of every service. A service that needs more declares a subclass."""

    profile: str = "DEMO"
    database_url: str
    erasable: Path  # the folder of secrets, on a volume that no backup of databases or blobs holds
    ring: Path
    fonts: Path | None = None  # a folder of fonts for names that the shipped ones cannot draw
    calendars: Path | None = None  # the folder of notices that `./mz calendar load` writes
    port: int
    relay: bool = True  # false where `python -m <service> relay` runs apart

    def _must_exist(self) -> tuple[str, ...]:
        return ("keys", "ring", "fonts")
