"""The ledger's page: what an entry says, its way to the signed root, and who vouches. The browser computes it again."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gateway.web.shell import render
from gateway.web.visitor import SignedIn
from gateway.web.words import say_all

router = APIRouter()


@router.get("/console/ledger")
async def search(request: Request, visitor: SignedIn, index: str = "") -> Response:
    """Where an entry is looked up by its number."""
    number = index.strip().lstrip("#")
    if number.isascii() and number.isdigit():
        return RedirectResponse(f"/console/ledger/{int(number)}", 303)
    standing = await visitor.get("/v1/ledger/standing")
    return render(request, "console/ledger.html", standing=standing, wrong=bool(number), typed=index)


@router.get("/console/ledger/{index}")
async def entry(request: Request, visitor: SignedIn, index: int) -> Response:
    """One entry. The server's word is shown as such; only the browser's own computation earns a tick."""
    found = await visitor.get(f"/v1/ledger/entries/{index}")
    extract = await visitor.find(f"/v1/ledger/streams/{found['record']['stream']}/extract")
    # Under the checkpoint of the extract, because that one has the cosignatures of witnesses.
    proof = await visitor.get(f"/v1/ledger/proofs/{index}", size=extract["size"] if extract else None)
    if extract:
        proof |= {"checkpoint": extract["checkpoint"]}
    given = {"entry": found["entry"], "proof": proof, "policy": extract["policy"] if extract else ""}
    words = say_all("console.proof.", visitor.language)
    return render(request, "console/entry.html", entry=found, proof=proof, given=given, words=words)
