"""Who asked about me: a person's own list, and the proof that it is complete (PIPL 44, 45)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.web.auth import Allow
from common.web.openapi import sends
from common.web.pages import Limit, next_cursor
from common.web.pages import after as place_in
from data_exchange.api import usageviews
from data_exchange.contract.usages import SubjectUsagesView
from data_exchange.documents.dossier import TAR
from data_exchange.documents.usageproof import assemble_usages
from data_exchange.domain.usages import Noted
from data_exchange.runtime import Run
from data_exchange.store import usages
from evidence.contract import Evidence

router = APIRouter()

Own = Annotated[Mandate, Depends(Allow(Action.USAGE_READ))]
After = Annotated[
    str, Query(max_length=120, description="上次的 next_cursor · The `next_cursor` of the call before.")
]


@router.get("/v1/subject-usages", summary="谁查询过我 · List who asked about me")
async def list_usages(runtime: Run, mandate: Own, after: After = "", limit: Limit = 50) -> SubjectUsagesView:
    """Every question about the caller, in the order in which it was noted: who, when, what for, by which law.

    The caller is known by the login, and by what officers confirmed in the caller's own cases; nothing is asked by
    a parameter. A question whose notice is deferred by law comes after the deferral's end.
    """
    lines = await usageviews.lines_of_caller(runtime, mandate)
    async with view(runtime.db, usageviews.listing()) as v:
        noted = await usages.list_page(
            v, [line.id for line in lines], after=place_in(after, _place), limit=limit + 1
        )
        shown = await usageviews.gathered(v, runtime, noted[:limit])
    return SubjectUsagesView(
        items=await usageviews.usage_views(runtime, lines, shown),
        next_cursor=next_cursor(noted, limit, _text),
    )


@router.get(
    "/v1/subject-usages/proof",
    summary="查询记录的完整性证明 · Prove that the list is complete",
    response_class=Response,
    responses=sends(TAR),
)
async def prove_usages(runtime: Run, mandate: Own) -> Response:
    """Every record on the caller's lines with its proof, as a tar of one folder.

    `python3 -I verify.py --usages FOLDER --key VKEY` reads the folder, without us and without a network.
    """
    lines = await usageviews.lines_of_caller(runtime, mandate)
    line_ids = [line.id for line in lines]
    async with view(runtime.db, usageviews.listing()) as v:
        noted = await usages.list_all(v, line_ids)
        shown = await usageviews.gathered(v, runtime, noted)
        made_at = v.now
    extract = await Evidence(runtime.peers).vouched([line.stream for line in line_ids])
    views = {view.record_id: view for view in await usageviews.usage_views(runtime, lines, shown)}
    if not views.keys() <= {record.record_id for record in extract.records}:
        raise Refusal(Kind.UNAVAILABLE, "DX_LEDGER_BEHIND")
    # A usage that was noted since the list was read is proved by the next proof: this one ends where its list ends.
    if len(views) != len(extract.records):
        raise Refusal(Kind.UNAVAILABLE, "DX_LEDGER_BEHIND", wording="moved_on")
    items = [views[record.record_id].model_dump(mode="json") for record in extract.records]
    tar = await asyncio.to_thread(
        assemble_usages, lines, extract, items, key=runtime.db.signer, made_at=made_at
    )
    name = f"usages-{legal_day(made_at).isoformat()}.tar"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(tar, media_type=TAR, headers=headers)


def _place(text: str) -> tuple[datetime, str, int]:
    at, line, nth = text.split("|")
    return datetime.fromisoformat(at), line, int(nth)


def _text(noted: Noted) -> str:
    return f"{noted.noted_at.isoformat()}|{noted.line_id}|{noted.nth}"
