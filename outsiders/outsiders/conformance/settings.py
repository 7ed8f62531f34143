"""What a run needs to know, and what it notes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Settings:
    """Who calls, under which agreement, and where.

    `address` is where the platform listens, if that is not its public `origin`. A key that was revoked, one that was
    never proven, and the public key of the log are known to few; without them the checks that need them are left out.
    """

    origin: str
    application_id: str
    kid: str
    agreement_id: str
    purpose_id: str
    case_id: str | None
    case_no: str | None
    agency_id: str
    to_agency_id: str
    address: str
    revoked_kid: str | None = None
    unproven_kid: str | None = None
    log_key: str | None = None

    @classmethod
    def read(cls, path: Path, address: str | None) -> Settings:
        """The settings in a JSON file. Raises ValueError for one that lacks a member."""
        document: dict[str, Any] = json.loads(path.read_text())
        missing = [name for name in cls.needed() if name not in document]
        if missing:
            raise ValueError(f"{path.name} lacks {', '.join(missing)}")
        optional = ("revoked_kid", "unproven_kid", "log_key")
        values: dict[str, Any] = {name: document.get(name) for name in (*cls.needed(), *optional)}
        return cls(**values, address=(address or document["origin"]).rstrip("/"))

    @classmethod
    def needed(cls) -> tuple[str, ...]:
        return (
            "origin",
            "application_id",
            "kid",
            "agreement_id",
            "purpose_id",
            "case_id",
            "case_no",
            "agency_id",
            "to_agency_id",
        )

    @property
    def authority(self) -> str:
        return self.origin.partition("://")[2]


@dataclass(frozen=True)
class Check:
    """One check: `complaints` is empty where the platform held it; `left_out` says why it was not made."""

    name: str
    zh: str
    en: str
    complaints: tuple[str, ...] = ()
    left_out: str | None = None
    code: str | None = None

    @property
    def verdict(self) -> str:
        return "LEFT_OUT" if self.left_out else "FAILED" if self.complaints else "PASSED"


@dataclass
class Book:
    """The checks of a run in their order."""

    checks: list[Check] = field(default_factory=list)

    @property
    def is_passed(self) -> bool:
        return not any(check.complaints for check in self.checks)

    def report(self, settings: Settings, at: str) -> Mapping[str, Any]:
        counts = dict.fromkeys(("PASSED", "FAILED", "LEFT_OUT"), 0)
        for check in self.checks:
            counts[check.verdict] += 1
        return {
            "origin": settings.origin,
            "application_id": settings.application_id,
            "made_at": at,
            "passed": self.is_passed,
            "counts": counts,
            "checks": [
                {
                    "name": check.name,
                    "zh": check.zh,
                    "en": check.en,
                    "verdict": check.verdict,
                    "code": check.code,
                    "complaints": list(check.complaints),
                    "left_out": check.left_out,
                }
                for check in self.checks
            ],
        }
