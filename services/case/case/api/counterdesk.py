"""The counter: what the party says there, written down and signed (APL 45)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView
from case.contract.collecting import StatementAtCounterOrder
from case.documents import DocumentKind, drafts
from case.documents.statements import statement_of
from case.domain.counterdesk import Signing, require_taker, write_down
from case.domain.defence import defend
from case.domain.filing import require_party
from case.domain.handingin import file_of, named
from case.runtime import Run
from case.store import cases, dossiers, proofs
from case.store.texts import DefenceTexts
from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db

router = APIRouter()


@router.post(
    "/v1/cases/{case_id}/counter-statements",
    summary="当面陈述申辩 · Take a statement at the counter",
    status_code=201,
)
async def take(
    case_id: CaseId,
    order: StatementAtCounterOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_TAKE_STATEMENT))],
) -> CaseView:
    """An officer writes down what the party says: the same act as a statement through the platform, with its D-16."""
    hand = hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    require_taker(dossier.case, hand, is_read_over=order.is_read_over, at=at)
    party = require_party(dossier.case)
    handed_in = named(dossier.case, order.files, runtime.profile.handing_in)
    digests = tuple(file_of(dossier.case, number).sha256 for number in handed_in)
    await proofs.require_kept(runtime.sealed, dossier, order.proof_sha256)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = statement_of(dossier, office, terms_of(runtime), order, digests, at)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.STATEMENT, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        statement = await tx.commit_to(case_id, "statement", order.statement)
        said = defend(
            case,
            party_id=party.id,
            statement=statement,
            final=order.final,
            at=tx.now,
            files=handed_in,
            taken_by=hand.officer_id,
        )
        case = await cases.save(tx, permit, case, said, texts=DefenceTexts(order.statement))
        written = write_down(
            case,
            is_read_over=order.is_read_over,
            document_id=made.id,
            sha256=made.sha256,
            signing=Signing(order.signing),
            proof_sha256=order.proof_sha256,
            attachments=digests,
            hand=hand,
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, written, texts=made)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
