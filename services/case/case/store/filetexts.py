"""The word of a party's file that its record only counts: its name, which may name people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FileTexts:
    """The name under which the file was sent."""

    name: str
