"""Who calls, whom, under which agreement: what a platform gives to the system of a partner at enrolment."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, Self

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """`origin` is the platform's public address, `https://exchange.city.example`, as the signatures name it.

    `connect` is the address to connect to where that is another one, as behind the gateway of a government network.
    A token names `agreement_id` and `purpose_id`, and where they are given `case_no` and `on_behalf_of`.
    `answer_keys` is the key set (RFC 7517) of signed answers, `log_keys` are the public keys (vkeys) of the ledger: the
    platform's operator gives both. Where they are missing, the client takes the keys that the platform shows over TLS,
    which proves less: an impostor of the platform shows keys of its own.
    A call is tried `attempts` times; a server's Retry-After beyond `longest_pause_s` ends it.
    """

    origin: str
    application_id: str
    kid: str
    agreement_id: str | None = None
    purpose_id: str | None = None
    case_no: str | None = None
    on_behalf_of: str | None = None
    connect: str | None = None
    answer_keys: dict[str, Any] | None = None
    log_keys: tuple[str, ...] = ()
    language: Literal["zh", "en"] = "zh"
    timeout_s: float = 30.0
    attempts: int = 5
    longest_pause_s: float = 60.0

    def __post_init__(self) -> None:
        if self.origin.count("/") != 2 or not self.origin.startswith(("https://", "http://")):
            raise ValueError("origin is a scheme and an authority, without a slash at its end")
        if (self.agreement_id is None) != (self.purpose_id is None):
            raise ValueError("agreement_id and purpose_id are given together")

    @classmethod
    def of(cls, members: dict[str, Any]) -> Self:
        """The settings among `members`; names that this client does not know are for others."""
        known = {field.name for field in fields(cls)}
        chosen: dict[str, Any] = {name: value for name, value in members.items() if name in known}
        return cls(**chosen | {"log_keys": tuple(chosen.get("log_keys", ()))})

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """The settings in a JSON file. Raises OSError, ValueError or TypeError for one that cannot be used."""
        return cls.of(json.loads(Path(path).read_text("utf-8")))

    @property
    def details(self) -> list[dict[str, str]]:
        """The authorization_details of RFC 9396 that a token is asked for."""
        if self.agreement_id is None or self.purpose_id is None:
            return []
        detail = {
            "type": "mingzheng_exchange",
            "agreement_id": self.agreement_id,
            "purpose_id": self.purpose_id,
        }
        optional = {"case_no": self.case_no, "on_behalf_of": self.on_behalf_of}
        return [detail | {name: value for name, value in optional.items() if value is not None}]

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say in each call what the token says."""
        named = {
            "mingzheng-agreement": self.agreement_id,
            "mingzheng-purpose": self.purpose_id,
            "mingzheng-case": self.case_no,
            "mingzheng-on-behalf-of": self.on_behalf_of,
        }
        return {name: value for name, value in named.items() if value is not None}
