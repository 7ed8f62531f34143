"""Files and pages for a browser: each with its type, its ETag and the policy that limits the loading of other files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_COMMON: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
PLAIN: Final = _COMMON + "style-src 'self'; img-src 'self'"
"""For a page without scripts."""

SCRIPTED: Final = PLAIN + " data:; script-src 'self'; connect-src 'self'"
"""For a page whose scripts are all files of ours. It may speak to this origin alone."""


_PAGE: Final = """\
<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
{head}
</head>
<body>
{body}
</body>
</html>
"""


def page(title: str, *, head: str, body: str) -> bytes:
    """A page in HTML. All three are markup already."""
    return _PAGE.format(title=title, head=head, body=body).encode()


@dataclass(frozen=True)
class File:
    """One file or page. `policy` is its Content-Security-Policy (CSP, level 3)."""

    body: bytes
    media_type: str
    policy: str = PLAIN

    def answer(self, request: Request) -> Response:
        """The file, or 304 to a browser that has it already."""
        etag = f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'
        headers = {
            "etag": etag,
            "cache-control": "no-cache",
            "content-security-policy": self.policy,
            "referrer-policy": "no-referrer",
        }
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(self.body, media_type=self.media_type, headers=headers)
