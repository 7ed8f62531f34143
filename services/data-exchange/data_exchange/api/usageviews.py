"""From a caller to their lines, and from a usage on a line to the item that the caller reads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from case.contract import Case
from common.door.uow import View
from common.policy import Action, Mandate, Resource, authorize, permitted, service_actor
from common.values.errors import Kind, Refusal
from common.values.ids import NO_AGENCY, AgencyId, CaseId, ComparisonId
from common.values.law import PIPL_44
from data_exchange import inquiry
from data_exchange.contract.usages import ProviderView, ReceiverView, SubjectUsageView, WordsView
from data_exchange.documents import usages as words
from data_exchange.documents.addresses import Addresses, addresses_of
from data_exchange.documents.usages import Words
from data_exchange.domain.subjects import SubjectKind
from data_exchange.domain.usages import Identity, Line, Noted, identifiers_of
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import comparisons, usages

PROOF = "/v1/subject-usages/proof"


@dataclass(frozen=True)
class Shown:
    """A usage with what lies beside it: the provisions that were named, and the record of it."""

    noted: Noted
    basis: tuple[str, ...]
    record_id: UUID


def listing() -> Mandate:
    """The service reads for the person: a line has usages of every agency, and the person belongs to none."""
    return authorize(service_actor("data-exchange"), Action.USAGE_LIST)


async def lines_of_caller(runtime: DataExchangeRuntime, mandate: Mandate) -> list[Line]:
    """The lines of the caller, by the login and by what officers confirmed in the caller's cases.

    Refusal DX_IDENTITY_UNCLEAR where they confirmed two identity numbers.
    """
    party_id = mandate.actor.party_id
    if party_id is None:
        raise Refusal(Kind.FORBIDDEN, "FORBIDDEN", wording="no_party", article=PIPL_44)
    permitted(mandate, Resource(party_id, NO_AGENCY, level=3, party_id=party_id))
    known = await Case(runtime.peers).identities(party_id)
    identities = [Identity(SubjectKind(one.kind), one.value, one.case_id) for one in known]
    return await usages.lines_of(runtime.db.secrets, identifiers_of(identities))


async def gathered(v: View, runtime: DataExchangeRuntime, noted: Sequence[Noted]) -> list[Shown]:
    """Each usage with its record and the provisions that were named when it was asked."""
    records = await usages.list_records(v, noted)
    named: dict[ComparisonId, tuple[str, ...]] = {}
    for one in noted:
        comparison_id = one.usage.comparison_id
        if comparison_id not in named:
            texts = await comparisons.find_texts(v, comparison_id)
            named[comparison_id] = texts.basis if texts else ()
    return [
        Shown(one, named[one.usage.comparison_id], record_id)
        for one, record_id in zip(noted, records, strict=True)
    ]


async def usage_views(
    runtime: DataExchangeRuntime, lines: Sequence[Line], shown: Sequence[Shown]
) -> list[SubjectUsageView]:
    """The items of the list. Of a case only its masked number is shown; of other people nothing."""
    if not shown:
        return []
    addresses = await addresses_of(runtime)
    case_ids = sorted({one.noted.usage.case_id for one in shown if one.noted.usage.case_id})
    standings = await asyncio.gather(*(inquiry.standing_of(runtime, case_id) for case_id in case_ids))
    numbers = {id: words.masked_number(s.number) for id, s in zip(case_ids, standings, strict=True) if s}
    about = {line.id: words.masked_identifier(line.identifier) for line in lines}
    return [_view(runtime, addresses, numbers, about[one.noted.line_id], one) for one in shown]


def _view(
    runtime: DataExchangeRuntime, addresses: Addresses, numbers: dict[CaseId, str], about: str, shown: Shown
) -> SubjectUsageView:
    noted, usage = shown.noted, shown.noted.usage
    return SubjectUsageView(
        asked_at=usage.asked_at,
        noted_at=noted.noted_at,
        action=_words(words.action_of(usage)),
        receiver=receiver_view(addresses, usage.agency_id),
        purpose=_words(words.purpose_of(usage.purpose)),
        purpose_code=usage.purpose,
        basis=list(shown.basis),
        case_number=numbers.get(usage.case_id) if usage.case_id else None,
        about=about,
        categories=[_words(each) for each in words.categories_of(usage)],
        source=_source(runtime, usage.register),
        refused_by=usage.code,
        sealed=usage.is_sealed,
        deferred=noted.deferral_id is not None,
        comparison_id=usage.comparison_id,
        line_id=noted.line_id,
        nth=noted.nth,
        record_id=shown.record_id,
        proof_href=PROOF,
    )


def receiver_view(addresses: Addresses, agency_id: AgencyId) -> ReceiverView:
    return ReceiverView(agency_id=agency_id, name=addresses.names.get(agency_id, agency_id))


def _source(runtime: DataExchangeRuntime, name: str | None) -> ProviderView | None:
    if name is None:
        return None
    register = runtime.registers.get(name)
    return ProviderView(
        register_name=name,
        agency=register.provider if register else None,
        clause=register.rules.clause if register else None,
    )


def _words(words: Words) -> WordsView:
    return WordsView(zh=words.zh, en=words.en)
