"""Pages that the gateway itself shows to a browser. They show no personal data, so they state no policy."""

from __future__ import annotations

from typing import Final

from gateway.web import home, reference

PATHS: Final = home.PATHS | frozenset(reference.FILES)
"""Every address of a page or of a file that a page loads."""
