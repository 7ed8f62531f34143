"""What an agreement lets a partner's system have: never more than the register gives, never more than was agreed.

    rules of the register ─┐
                           ├─▶ narrowed ─▶ the rules of this one call
    fields of the agreement┘

A field leaves in a form that can be computed from the form of either side. Two forms that hide different parts have no
common form, so nothing of the field leaves. Each field that stays is named with the clause of the side that keeps it.
An officer's call has no agreement: it follows the register's own rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import ceil, lcm
from typing import Final

from common.values.calendar import end_of, legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, AgreementId, PurposeId
from common.values.law import GDS_20, GDS_25, PIPL_6
from data_exchange.domain.agreements import Agreement
from data_exchange.domain.exchange import Purpose as PurposeCode
from data_exchange.domain.filtering import FieldRule, FieldRules, RegionRule, Transform
from data_exchange.domain.grants import State
from data_exchange.domain.purposes import Purpose

PERSONAL: Final = 3
"""The level of what a register answers about somebody."""


@dataclass(frozen=True)
class Grant:
    """The agreement and the purpose of a system's call. `case_name` is the id or number that its token names."""

    agreement: Agreement
    purpose: Purpose
    case_name: str | None = None


@dataclass(frozen=True)
class Source:
    """Where data comes from: a register or an item of the catalogue, its agency, its field with the division if any."""

    name: str
    provider_id: AgencyId | None
    region: str | None = None


def clause_of(agreement: Agreement, part: str) -> str:
    """How an answer cites a part of an agreement that has no clause number of its own."""
    return f"{agreement.id} {part}"


def narrowed(rules: FieldRules, agreement: Agreement, *, region: str | None) -> FieldRules:
    """`rules`, narrowed to what `agreement` lets through. `region` is the pointer of the field with the division."""
    agreed = {rule.pointer: rule for rule in agreement.scope.fields}
    return replace(
        rules,
        fields=tuple(_narrowed(rule, agreed, agreement) for rule in rules.fields),
        testable=tuple(pointer for pointer in rules.testable if _is_given(agreed.get(pointer))),
        regions=_regions(agreement, region),
    )


def objection(
    grant: Grant, source: Source | None, *, purpose: PurposeCode, case_names: tuple[str, ...]
) -> Refusal | None:
    """Why the call of a system is not within its grant; None if it is. A case is named by its id or its number."""
    agreement = grant.agreement
    if grant.case_name is not None and grant.case_name not in case_names:
        return Refusal(Kind.FORBIDDEN, "DX_CASE_NOT_OF_CALL", {"purpose": grant.purpose.id}, article=GDS_25)
    if purpose is not grant.purpose.code:
        facts = {"purpose": grant.purpose.id, "agreed": grant.purpose.code, "asked": purpose}
        return Refusal(Kind.FORBIDDEN, "DX_PURPOSE_NOT_AGREED", facts, article=GDS_25)
    return None if source is None else _not_of_source(agreement, source)


def require_level(grant: Grant | None) -> None:
    """Raises Refusal DX_LEVEL_NOT_AGREED where the agreement of a system is below the level of what is asked.

    Such a call leaves no record: the policy lets the system touch no object of that level.
    """
    if grant is not None and grant.agreement.scope.level < PERSONAL:
        facts = {
            "agreement": grant.agreement.id,
            "level": grant.agreement.scope.level,
            "needed": PERSONAL,
        }
        raise Refusal(Kind.FORBIDDEN, "DX_LEVEL_NOT_AGREED", facts, article=GDS_20)


def counterpart_objection(grant: Grant | None, *agencies: AgencyId | None) -> Refusal | None:
    """Why a system's call concerns another agency than that of its agreement; None if it does not, or nobody agreed."""
    if grant is None or grant.agreement.to_agency_id in agencies:
        return None
    facts = {"agreement": grant.agreement.id, "agency": grant.agreement.to_agency_id}
    return Refusal(Kind.FORBIDDEN, "DX_AGENCY_NOT_AGREED", facts, article=GDS_20)


def require_counterpart(grant: Grant | None, *agencies: AgencyId | None) -> None:
    """Raises Refusal DX_AGENCY_NOT_AGREED as `counterpart_objection`."""
    refusal = counterpart_objection(grant, *agencies)
    if refusal is not None:
        raise refusal


def grant_ended(grant: Grant, *, today: date) -> Refusal | None:
    """Why the grant opens nothing today: a side stopped it, or its days are over. None while it is in force."""
    agreement, purpose = grant.agreement, grant.purpose
    is_active = agreement.state is State.ACTIVE and purpose.state is State.ACTIVE
    if is_active and agreement.is_valid_on(today):
        return None
    facts = {"agreement": agreement.id, "state": agreement.state, "until": agreement.scope.valid_until}
    facts |= {"purpose": purpose.id, "purpose_state": purpose.state}
    return Refusal(Kind.FORBIDDEN, "DX_GRANT_NOT_IN_FORCE", facts, article=GDS_25)


def over_subjects(agreement: Agreement, asked: int, *, now: datetime) -> Refusal | None:
    """Why no more subjects may be asked about under `agreement`; None within its number (PIPL 6).

    `asked` counts those of the last 30 days over all modes, the new ones of this call among them.
    """
    most = agreement.scope.monthly_subjects
    if asked <= most:
        return None
    facts = {"clause": clause_of(agreement, "monthly_subjects"), "most": most, "asked": asked}
    refusal = Refusal(Kind.LIMITED, "DX_AGREEMENT_SUBJECTS", facts, article=PIPL_6)
    refusal.headers["retry-after"] = str(seconds_of_today(now))
    return refusal


def over_calls(granted: AgreementId | PurposeId, most: int, *, now: datetime) -> Refusal:
    """The calls of today are used up, by the number of the agreement or of the purpose. Tomorrow they begin anew."""
    refusal = Refusal(
        Kind.LIMITED, "DX_CALLS_USED_UP", {"clause": f"{granted} daily_calls", "most": most}, article=GDS_20
    )
    refusal.headers["retry-after"] = str(seconds_of_today(now))
    return refusal


def seconds_of_today(now: datetime) -> int:
    """How many seconds are left of the legal day, at least one."""
    return max(1, ceil((end_of(legal_day(now)) - now).total_seconds()))


def _not_of_source(agreement: Agreement, source: Source) -> Refusal | None:
    if source.provider_id != agreement.to_agency_id:
        facts = {"agreement": agreement.id, "agency": agreement.to_agency_id, "source": source.name}
        return Refusal(Kind.FORBIDDEN, "DX_SOURCE_NOT_AGREED", facts, article=GDS_20)
    if agreement.scope.regions and source.region is None:
        facts = {"clause": clause_of(agreement, "regions"), "source": source.name}
        return Refusal(Kind.CONFLICT, "DX_REGION_NOT_GIVEN", facts, article=GDS_20)
    return None


def _narrowed(own: FieldRule, agreed: Mapping[str, FieldRule], agreement: Agreement) -> FieldRule:
    other = agreed.get(own.pointer)
    if other is None:
        clause = own.clause if own.transform is Transform.DROP else clause_of(agreement, "fields")
        return FieldRule(own.pointer, Transform.DROP, clause)
    return _common(own, other)


def _common(own: FieldRule, other: FieldRule) -> FieldRule:
    """The form that can be computed from the form of either rule, by the clause of the one that is stricter."""
    if own.transform is Transform.DROP or other.transform is Transform.PASS:
        return own
    if own.transform is Transform.PASS:
        return other
    if own.transform is not other.transform:
        return FieldRule(own.pointer, Transform.DROP, other.clause)
    if own.step is None or other.step is None:
        return other
    # A bucket of the common multiple is a union of whole buckets of either width.
    return replace(other, step=lcm(own.step, other.step))


def _is_given(rule: FieldRule | None) -> bool:
    return rule is not None and rule.transform is not Transform.DROP


def _regions(agreement: Agreement, region: str | None) -> RegionRule | None:
    if not agreement.scope.regions or region is None:
        return None
    return RegionRule(region, agreement.scope.regions, clause_of(agreement, "regions"))
