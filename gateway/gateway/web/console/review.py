"""The review desk: the page is a frame with the queue; `assets/review.js` does the rest through the public API."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from gateway.web.shell import render
from gateway.web.visitor import SignedIn
from gateway.web.words import say_all

router = APIRouter()
_LISTED = 50


@router.get("/console/review")
async def review(request: Request, visitor: SignedIn) -> Response:
    """The desk with what waits for this officer."""
    queue = await visitor.get("/v1/review-queue", limit=_LISTED)
    words = say_all("console.review.", visitor.language)
    return render(request, "console/review.html", queue=queue, words=words)
