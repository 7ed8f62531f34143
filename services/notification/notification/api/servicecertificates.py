"""The certificate of a service of process, and the return of service alone."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from case.contract import Case
from common.door.uow import view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import ServiceId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends
from evidence.contract import Evidence
from notification.runtime import Run
from notification.serving.certificate import TAR, assemble_certificate
from notification.serving.extracting import certificate_in
from notification.serving.returning import render_return, return_of
from notification.store import documents, services
from notification.store.servicewords import list_openings, list_words

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.SERVICE_READ))]


@router.get(
    "/v1/services-of-process/{service_id}/return",
    summary="送达回证 · Fetch the return of service",
    response_class=Response,
    responses=sends("application/pdf") | refuses(Kind.GONE),
)
async def read_return(service_id: ServiceId, db: Db, mandate: Reading, runtime: Run) -> Response:
    """The return of service (D-25) as PDF/A-3a: the course, the signatures, the day and what the ledger holds of it."""
    async with view(db, mandate) as v:
        service = await services.get(v, service_id)
        v.permit(services.resource(service))
        words, at = await list_words(v, service_id), v.now
    extract = await Evidence(runtime.peers).extract(service_id.stream)
    known = await Case(runtime.peers).document_for_service(service.document_id)
    content = return_of(service, known, certificate_in(extract), words)
    pdf = await asyncio.to_thread(render_return, content, at)
    headers = {
        "content-disposition": f'inline; filename="{service_id}.pdf"',
        "cache-control": "no-store",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.get(
    "/v1/services-of-process/{service_id}/certificate",
    summary="送达凭证 · Fetch the certificate of service",
    response_class=Response,
    responses=sends(TAR) | refuses(Kind.GONE),
)
async def read_certificate(service_id: ServiceId, db: Db, mandate: Reading, runtime: Run) -> Response:
    """Everything that proves this service, in one folder that one program verifies without us and without a network."""
    async with view(db, mandate) as v:
        service = await services.get(v, service_id)
        v.permit(services.resource(service))
        words, openings = await list_words(v, service_id), await list_openings(v, service_id)
        at = v.now
    extract = await Evidence(runtime.peers).extract(service_id.stream)
    known = await Case(runtime.peers).document_for_service(service.document_id)
    content = return_of(service, known, certificate_in(extract), words)
    pdf = await asyncio.to_thread(render_return, content, at)
    held = await documents.list_held(runtime.sealed, service)
    by_digest = {each.sha256: each.content for each in held}
    key = runtime.db.signer
    tar = await asyncio.to_thread(assemble_certificate, service, extract, openings, by_digest, pdf, key=key)
    headers = {
        "content-disposition": f'attachment; filename="service-{service_id}.tar"',
        "cache-control": "no-store",
    }
    return Response(tar, media_type=TAR, headers=headers)
