"""The dossier of a device for the party of a case: signed, and nothing in it that is confidential (APL 41(3))."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends

from common.policy import Action, Mandate, permitted
from common.values.calendar import legal_day
from common.values.ids import DeviceId
from common.values.profile import Profile
from common.web.auth import Allow, Db
from common.web.wire import Instant
from device_registry.api.views import measurement_view
from device_registry.contract.partydossiers import (
    DeviceDossier,
    DossierCertificate,
    DossierFunction,
    DossierPublication,
    DossierReview,
    SignedDossier,
)
from device_registry.domain import standing
from device_registry.domain.changes import as_it_was
from device_registry.domain.device import Device, Function, Review
from device_registry.domain.partydossier import Papers, papers_at
from device_registry.domain.standing import Standing
from device_registry.publishing.views import address_of, cited_as, rounded
from device_registry.runtime import Run
from device_registry.store import devices

router = APIRouter()


@router.get(
    "/v1/devices/{device_id}/party-dossier",
    summary="供当事人的设备档案 · The dossier of a device for a party",
)
async def state_dossier(
    device_id: DeviceId,
    at: Instant,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_STATE_DOSSIER))],
) -> SignedDossier:
    """The device at `at`: basis, reviews, verification, sign, publication, standing. Signed, for the case service."""
    known_at = db.clock()
    dossier = await runtime.dossiers.get(db, mandate, device_id)
    permitted(mandate, devices.resource(dossier.device))
    stands = standing.standing(dossier, profile=runtime.profile, at=at, known_at=known_at)
    device = as_it_was(dossier, at).device
    stated = _dossier(device, stands, papers_at(dossier, at), runtime.profile)
    note = db.signer.statement("device-dossier", stated.statement())
    return SignedDossier(note=note.decode(), sha256=hashlib.sha256(note).hexdigest(), dossier=stated)


def _dossier(device: Device, stands: Standing, papers: Papers, profile: Profile) -> DeviceDossier:
    lawful = {function.code: function.lawful for function in stands.functions}
    published = papers.publication
    return DeviceDossier(
        v=1,
        device_id=device.id,
        device_code=device.code,
        agency_id=device.agency_id,
        kind=device.kind.value,
        at=stands.at,
        known_at=stands.known_at,
        state=stands.state.value if stands.state else None,
        lawful=stands.lawful,
        codes=list(stands.codes),
        functions=[_function(each, lawful[each.code], papers) for each in papers.functions],
        legal_review=_review(papers.legal_review),
        technical_review=_review(papers.technical_review),
        standards=list(papers.standards),
        sign_from=papers.sign_from,
        publication=DossierPublication(
            url=published.url, channel=published.channel, published_at=published.published_at
        )
        if published
        else None,
        place=device.site.place,
        direction=device.site.direction,
        longitude=rounded(device.site.longitude),
        latitude=rounded(device.site.latitude),
        address=address_of(device.id, city_domain=profile.city_domain),
    )


def _function(function: Function, lawful: bool, papers: Papers) -> DossierFunction:
    return DossierFunction(
        code=function.code,
        name=function.name,
        lawful=lawful,
        bases=[cited_as(basis) for basis in function.bases],
        metrology=function.metrology.value,
        measures=measurement_view(function.measures),
        certificates=[
            DossierCertificate(
                certificate_no=each.certificate_no,
                issuer=each.issuer,
                verified_on=each.verified_on,
                valid_until=each.valid_until,
            )
            for each in papers.certificates[function.code]
        ],
    )


def _review(review: Review | None) -> DossierReview | None:
    if review is None:
        return None
    return DossierReview(reviewed_on=legal_day(review.at), result=review.result.value)
