"""Whether a document is genuine and in force: by the number and code printed on it, or by the file's own digest."""

from __future__ import annotations

import re
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.web.portal.around import shown
from gateway.web.visitor import Anybody
from gateway.web.words import say

router = APIRouter()

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DOCUMENT: Final = re.compile(r"doc_[0-7][0-9a-hjkmnp-tv-z]{25}", re.ASCII)
_CODE: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{10}", re.ASCII)


@router.get("/portal/verify")
async def verify(
    request: Request, visitor: Anybody, document: str = "", code: str = "", sha256: str = ""
) -> Response:
    """The form and the answer. `document` and `code` come from the printed QR code, `sha256` from a script or a tool.

    A file never leaves the browser: its digest does.
    """
    document, code = document.strip().lower(), re.sub(r"[\s-]", "", code).upper()
    sha256 = re.sub(r"[\s:]", "", sha256).lower()
    faults: dict[str, str] = {}
    found: Any = None
    is_asked = bool(document or code or sha256)
    if sha256:
        if not _DIGEST.fullmatch(sha256):
            faults["sha256"] = say("portal.verify.digest_wrong", visitor.language)
        else:
            found = await visitor.find(f"/v1/public/document-digests/{sha256}")
    elif is_asked:
        if not _DOCUMENT.fullmatch(document):
            faults["document"] = say("portal.verify.number_wrong", visitor.language)
        if not _CODE.fullmatch(code):
            faults["code"] = say("portal.verify.code_wrong", visitor.language)
        if not faults:
            found = await visitor.find(f"/v1/public/documents/{document}/verification", code=code)
    return await shown(
        request,
        "portal/verify.html",
        status=422 if faults else 200,
        document=document,
        code=code,
        sha256=sha256,
        faults=faults,
        found=found,
        is_asked=is_asked and not faults,
    )
