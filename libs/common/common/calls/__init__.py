"""Calls between services: the HTTP client and the tokens that it carries. Below the door."""

from __future__ import annotations

from typing import Final

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1): they need no request key, and their token may be used again."""
