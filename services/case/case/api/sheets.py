"""The sheets of a case file, made from its records when the file is put together (APL 47)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import document_view, hand_of, terms_of
from case.contract import DocumentView
from case.contract.documents import SheetOrder
from case.documents import DocumentKind, drafts
from case.documents.content import Officer
from case.documents.sheets import Given, actors_of, sheet_of
from case.domain.sheets import make_sheet, require_due
from case.runtime import CaseRuntime, Run
from case.store import cases, documents, dossiers
from case.store.dossiers import Dossier
from case.store.records import read_course
from common.documents.glyphs import as_drawable
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId, OfficerId
from common.web.auth import Allow, Db
from gateway.identity.contract import Identity

router = APIRouter()


@router.post("/v1/cases/{case_id}/sheets", summary="制作案卷表单 · Make a sheet of the file", status_code=201)
async def make(
    case_id: CaseId,
    order: SheetOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_MAKE_SHEET))],
) -> DocumentView:
    """Make a sheet of the file from its records: once for each record that calls for it, under a number of its own."""
    dossier, at = await drafts.look(db, mandate, case_id)
    async with view(db, mandate) as v:
        course = await read_course(v, case_id)
    kind, recorded = DocumentKind(order.kind), [each.type for each in course.records]
    require_due(dossier.case, kind, recorded=recorded, made=_made(dossier, kind))
    people = await _people(runtime, actors_of(dossier, course) | {f"officer:{mandate.actor.id}"})
    office = runtime.profile.office(mandate.actor.agency_name)
    maker = people[f"officer:{mandate.actor.id}"]
    content = sheet_of(kind, Given(dossier, course, people, office, terms_of(runtime), maker))
    draft = await drafts.make(runtime, dossier, office, kind, content, at)
    async with change(db, mandate) as tx:
        dossier, made = await dossiers.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(dossier.case))
        draft.require_current(dossier.case, tx.now)
        fact = make_sheet(
            dossier.case,
            kind,
            document_id=made.id,
            sha256=made.sha256,
            recorded=recorded,
            made=_made(dossier, kind),
            by=hand_of(mandate).officer_id,
        )
        await cases.save(tx, permit, dossier.case, fact, texts=made)
        return tx.answer(document_view(await documents.get(tx, made.id)))


def _made(dossier: Dossier, kind: DocumentKind) -> int:
    return sum(document.kind == kind for document in dossier.documents)


async def _people(runtime: CaseRuntime, actors: set[str]) -> dict[str, Officer]:
    """Each officer's name and certificate as the directory has them now; an id where it has none any more."""
    asked, found = Identity(runtime.peers), {}
    for actor in sorted(actors):
        officer_id = OfficerId(actor.partition(":")[2])
        known = await asked.officer(officer_id)
        found[actor] = Officer(as_drawable(known.name or officer_id), known.certificate or "无")
    return found
