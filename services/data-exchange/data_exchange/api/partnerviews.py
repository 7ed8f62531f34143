"""Partners, applications, agreements and purposes as wire models."""

from __future__ import annotations

from collections.abc import Sequence

from data_exchange.contract.agreements import AgreementView, FieldView, PurposeView
from data_exchange.contract.partners import ApplicationView, KeyView, PartnerView
from data_exchange.domain.agreements import Agreement
from data_exchange.domain.appkeys import Key
from data_exchange.domain.applications import Application
from data_exchange.domain.partners import Partner
from data_exchange.domain.purposes import Purpose


def partner_view(partner: Partner) -> PartnerView:
    return PartnerView(
        partner_id=partner.id,
        agency_id=partner.agency_id,
        host_agency_id=partner.host_agency_id,
        credit_code=partner.credit_code,
        region=partner.region,
        level=partner.level,
        state=partner.state,
    )


def application_view(application: Application, keys: Sequence[Key]) -> ApplicationView:
    return ApplicationView(
        application_id=application.id,
        partner_id=application.partner_id,
        agency_id=application.agency_id,
        state=application.state,
        networks=list(application.networks),
        jwks_uri=application.jwks_uri,
        report_sha256=application.report,
        reported_at=application.reported_at,
        proposed_by=application.proposed_by,
        live_at=application.live_at,
        keys=[_key(key) for key in keys],
    )


def agreement_view(agreement: Agreement) -> AgreementView:
    scope = agreement.scope
    return AgreementView(
        agreement_id=agreement.id,
        application_id=agreement.application_id,
        agency_id=agreement.agency_id,
        to_agency_id=agreement.to_agency_id,
        state=agreement.state,
        services=list(scope.services),
        fields=[
            FieldView(pointer=rule.pointer, transform=rule.transform, clause=rule.clause, step=rule.step)
            for rule in scope.fields
        ],
        regions=list(scope.regions),
        level=scope.level,
        daily_calls=scope.daily_calls,
        monthly_subjects=scope.monthly_subjects,
        valid_from=scope.valid_from,
        valid_until=scope.valid_until,
    )


def purpose_view(purpose: Purpose) -> PurposeView:
    return PurposeView(
        purpose_id=purpose.id,
        agreement_id=purpose.agreement_id,
        code=purpose.code,
        power_item=purpose.power_item,
        case_type=purpose.case_type,
        daily_calls=purpose.daily_calls,
        state=purpose.state,
    )


def _key(key: Key) -> KeyView:
    return KeyView(
        kid=key.kid,
        algorithm=key.algorithm,
        thumbprint=key.thumbprint,
        added_at=key.added_at,
        proven_at=key.proven_at,
        revoked_at=key.revoked_at,
    )
