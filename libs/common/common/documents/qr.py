"""A QR code (ISO/IEC 18004) as a document draws it: rows of modules, 1 for a dark one."""

from __future__ import annotations

import segno


def qr_rows(text: str) -> tuple[str, ...]:
    """The modules of the code that holds `text`, without its quiet zone. Fifteen per cent of it may be lost."""
    matrix = segno.make(text, error="m", micro=False).matrix
    return tuple("".join(str(module) for module in row) for row in matrix)
