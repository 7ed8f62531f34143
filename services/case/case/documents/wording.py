"""The numbers and sentences that the documents of a case print beside their templates."""

from __future__ import annotations


def document_number(prefix: str, *, year: int, serial: int) -> str:
    """`{prefix}〔{year}〕第{serial}号`. A series never gives a serial twice."""
    return f"{prefix}〔{year}〕第{serial}号"
