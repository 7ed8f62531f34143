"""The systems of partners: from the sandbox to production and out of it."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import ApplicationId, PartnerId
from common.web.auth import Allow, Db
from data_exchange.api.partners import Applying, Deciding, Reading, Reviewing
from data_exchange.api.partnerviews import application_view
from data_exchange.contract.partners import (
    ApplicationOrder,
    ApplicationView,
    CredentialKey,
    CredentialPurpose,
    CredentialsView,
    EmptyOrder,
    ReasonOrder,
    ReportOrder,
)
from data_exchange.domain import applications as rules
from data_exchange.domain import grants
from data_exchange.domain import partners as partner_rules
from data_exchange.runtime import Run
from data_exchange.store import agreements, applications, partners, purposes
from data_exchange.wire.reports import conformance_report

router = APIRouter()

Authenticating = Annotated[Mandate, Depends(Allow(Action.PARTNER_AUTHENTICATE))]


@router.post(
    "/v1/partners/{partner_id}/applications", summary="登记应用 · Register an application", status_code=201
)
async def register_application(
    partner_id: PartnerId, order: ApplicationOrder, db: Db, mandate: Applying
) -> ApplicationView:
    """Add one system of an admitted partner. It begins in the sandbox, without a key."""
    networks = tuple(order.networks)
    async with change(db, mandate) as tx:
        partner = await partners.lock(tx, partner_id)
        permit = tx.permit(partners.resource(partner, mandate.actor))
        application_id = ApplicationId.new(tx.now)
        fact = rules.register(application_id, partner, agency_id=mandate.actor.agency_id, networks=networks)
        application = await applications.add(tx, permit, fact)
        return tx.answer(application_view(application, []))


@router.get("/v1/applications/{application_id}", summary="应用详情 · Read one application")
async def get_application(application_id: ApplicationId, db: Db, mandate: Reading) -> ApplicationView:
    """One application with all its keys."""
    async with view(db, mandate) as v:
        application = await applications.get(v, application_id)
        v.permit(applications.resource(application, mandate.actor))
        keys = await applications.list_keys(v, application_id)
    return application_view(application, keys)


@router.get("/v1/applications/{application_id}/credentials", summary="应用凭据 · Its keys and grants now")
async def get_credentials(application_id: ApplicationId, db: Db, mandate: Authenticating) -> CredentialsView:
    """What the issuer of tokens needs: usable keys, and the agreements and purposes that are in force."""
    async with view(db, mandate) as v:
        application = await applications.get(v, application_id)
        v.permit(applications.resource(application, mandate.actor))
        partner = await partners.get(v, application.partner_id)
        keys = await applications.list_keys(v, application_id)
        active = await agreements.list_of_application(v, application_id, grants.State.ACTIVE)
        levels = {agreement.id: agreement.scope.level for agreement in active}
        granted = await purposes.list_of(v, list(levels), grants.State.ACTIVE)
    is_live = application.state in rules.CALLING and partner.state is partner_rules.State.ADMITTED
    return CredentialsView(
        application_id=application_id,
        agency_id=application.agency_id,
        level=partner.level,
        is_live=is_live,
        keys=[CredentialKey(kid=key.kid, jwk=key.jwk) for key in keys if key.is_usable],
        grants=[
            CredentialPurpose(
                agreement_id=purpose.agreement_id, purpose_id=purpose.id, level=levels[purpose.agreement_id]
            )
            for purpose in granted
        ],
    )


@router.post(
    "/v1/applications/{application_id}/conformance-reports",
    summary="提交合规测试报告 · Hand in a conformance report",
    status_code=201,
)
async def hand_in_report(
    application_id: ApplicationId, order: ReportOrder, db: Db, runtime: Run, mandate: Applying
) -> ApplicationView:
    """Take the note that the sandbox signed about this application."""
    note = order.note.encode()
    async with change(db, mandate) as tx:
        application = await applications.lock(tx, application_id)
        permit = tx.permit(applications.resource(application, mandate.actor))
        report, signer = conformance_report(runtime, note, application_id=application_id)
        fact = rules.pass_conformance(
            application,
            report=hashlib.sha256(note).hexdigest(),
            reported_at=report.tested_at,
            signer=signer,
            at=tx.now,
        )
        application = await applications.save(tx, permit, application, fact)
        return tx.answer(application_view(application, await applications.list_keys(tx, application_id)))


@router.post(
    "/v1/applications/{application_id}/go-live-proposal",
    summary="提请投产 · Propose production",
    status_code=201,
)
async def propose_go_live(
    application_id: ApplicationId, order: EmptyOrder, db: Db, mandate: Reviewing
) -> ApplicationView:
    """The first of two people: the application has a young report and a proven key."""
    async with change(db, mandate) as tx:
        application = await applications.lock(tx, application_id)
        permit = tx.permit(applications.resource(application, mandate.actor))
        keys = await applications.list_keys(tx, application_id)
        fact = rules.propose_go_live(
            application,
            agency_id=mandate.actor.agency_id,
            by=mandate.actor.sub,
            has_key=any(key.is_usable for key in keys),
            at=tx.now,
        )
        application = await applications.save(tx, permit, application, fact)
        return tx.answer(application_view(application, keys))


@router.post(
    "/v1/applications/{application_id}/go-live", summary="批准投产 · Approve production", status_code=201
)
async def go_live(
    application_id: ApplicationId, order: EmptyOrder, db: Db, mandate: Deciding
) -> ApplicationView:
    """The second of two people approves."""
    async with change(db, mandate) as tx:
        application = await applications.lock(tx, application_id)
        permit = tx.permit(applications.resource(application, mandate.actor))
        fact = rules.go_live(application, agency_id=mandate.actor.agency_id, by=mandate.actor.sub, at=tx.now)
        application = await applications.save(tx, permit, application, fact)
        return tx.answer(application_view(application, await applications.list_keys(tx, application_id)))


@router.post("/v1/applications/{application_id}/suspension", summary="暂停应用 · Suspend", status_code=201)
async def suspend_application(
    application_id: ApplicationId, order: ReasonOrder, db: Db, mandate: Deciding
) -> ApplicationView:
    """Refuse the calls of this application from now on."""
    async with change(db, mandate) as tx:
        application = await applications.lock(tx, application_id)
        permit = tx.permit(applications.resource(application, mandate.actor))
        reason = await tx.commit_to(application_id, "suspension", order.reason)
        fact = rules.suspend(application, agency_id=mandate.actor.agency_id, reason=reason)
        application = await applications.save(tx, permit, application, fact)
        return tx.answer(application_view(application, await applications.list_keys(tx, application_id)))


@router.post("/v1/applications/{application_id}/resumption", summary="恢复应用 · Resume", status_code=201)
async def resume_application(
    application_id: ApplicationId, order: EmptyOrder, db: Db, mandate: Deciding
) -> ApplicationView:
    """Let the application go on where the suspension interrupted it."""
    async with change(db, mandate) as tx:
        application = await applications.lock(tx, application_id)
        permit = tx.permit(applications.resource(application, mandate.actor))
        fact = rules.resume(application, agency_id=mandate.actor.agency_id)
        application = await applications.save(tx, permit, application, fact)
        return tx.answer(application_view(application, await applications.list_keys(tx, application_id)))


@router.post("/v1/applications/{application_id}/termination", summary="终止应用 · Terminate", status_code=201)
async def terminate_application(
    application_id: ApplicationId, order: ReasonOrder, db: Db, mandate: Deciding
) -> ApplicationView:
    """End the application for good."""
    async with change(db, mandate) as tx:
        application = await applications.lock(tx, application_id)
        permit = tx.permit(applications.resource(application, mandate.actor))
        reason = await tx.commit_to(application_id, "termination", order.reason)
        fact = rules.terminate(application, agency_id=mandate.actor.agency_id, reason=reason)
        application = await applications.save(tx, permit, application, fact)
        return tx.answer(application_view(application, await applications.list_keys(tx, application_id)))
