"""The manners of service (CPL 87–95), as the records of an order and of its service name them."""

from __future__ import annotations

from enum import StrEnum


class Manner(StrEnum):
    DIRECT = "DIRECT"
    LEAVING = "LEAVING"
    ELECTRONIC = "ELECTRONIC"
    ENTRUSTED = "ENTRUSTED"
    POSTAL = "POSTAL"
    FORWARDED = "FORWARDED"
    PUBLIC_NOTICE = "PUBLIC_NOTICE"
