"""What a virus scanner said of a file, or that none did."""

from __future__ import annotations

from enum import StrEnum


class Scan(StrEnum):
    """What is known about a file."""

    CLEAN = "CLEAN"
    INFECTED = "INFECTED"
    NOT_SCANNED = "NOT_SCANNED"
