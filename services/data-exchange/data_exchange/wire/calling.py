"""Who calls, and may they, for this purpose? Everything is read from the database for each call of a partner's system.

    form of the signature ─▶ application and key ─▶ components ─▶ digest ─▶ bytes ─▶ agreement, purpose, case
        ─▶ nonce ─▶ the numbers of the day

The nonce is spent before the request has any effect and after its signature held, so that nobody else can spend it.
In the same transaction the call is counted, so that eight at once stay within the number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from common.calls import SAFE_METHODS
from common.calls.faults import Fault
from common.calls.jwk import PublicJwk, stored_jwk
from common.door.uow import View, view
from common.policy import Action, authorize, service_actor
from common.values.calendar import legal_day
from common.values.errors import Kind
from common.values.ids import AgencyId, AgreementId, ApplicationId, Id, PurposeId
from common.values.law import GDS_25, GDS_35_2, Article
from data_exchange.domain import applications as app_rules
from data_exchange.domain import grants
from data_exchange.domain import partners as partner_rules
from data_exchange.domain.agreed import over_calls
from data_exchange.domain.agreements import Agreement, Service
from data_exchange.domain.purposes import Purpose
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import agreements, applications, callers, purposes
from data_exchange.store.callers import Counted
from data_exchange.wire.checks import Severity, When, required
from data_exchange.wire.messages import RequestMessage
from data_exchange.wire.operations import service_of
from data_exchange.wire.signatures import Claimed, read_signature, require_digest, require_key, verify

KEYS_LAST: Final = timedelta(hours=24)
"""How long the last good copy of a key set at an address is used while the address does not answer."""

Named = TypeVar("Named", bound=Id)


@dataclass(frozen=True)
class SignedCall:
    """A call whose signature, agreement and purpose hold. `warnings` are checks that will refuse later."""

    application_id: ApplicationId
    agency_id: AgencyId
    kid: str
    nonce: str
    base_sha256: str
    agreement: Agreement | None
    purpose: Purpose | None
    case_no: str | None
    warnings: tuple[str, ...]


async def signed_call(
    runtime: DataExchangeRuntime, message: RequestMessage, claims: Mapping[str, Any], *, at: datetime
) -> SignedCall:
    """The call at `at`, verified. `claims` are those of the internal token. Raises Fault, a code for each fault."""
    claimed = read_signature(message, at)
    application_id = ApplicationId(str(claims["sub"]).partition(":")[2])
    service = service_of(message.path)
    mandate = authorize(service_actor(runtime.service), Action.PARTNER_CHECK)
    async with view(runtime.db, mandate) as v:
        caller = await callers.find_caller(v, application_id, claimed.kid)
        if caller is None:
            raise _refused("DX_APPLICATION_UNKNOWN", "Authorization", "a registered application", None, at)
        _require_state(runtime, caller, service, at)
        key = _key(runtime, caller, claimed, at)
        warnings = await _covered(v, message, claimed, service, at)
        granted = await _granted(v, message)
    require_key(claimed, key, at)
    require_digest(message, at)
    base = verify(message, claimed, key, at)
    checks = _GrantChecks(message, claims, application_id, at)
    case_no = checks.require_token(is_call=service is not None)
    agreement = checks.agreement(granted[0], service, legal_day(runtime.clock()))
    purpose = checks.purpose(granted[1], agreement)
    now = runtime.clock()
    spent = await callers.spend_nonce(
        runtime.db,
        application_id,
        claimed.kid,
        claimed.nonce,
        until=claimed.until,
        counted=Counted(agreement, purpose, legal_day(now)) if service and agreement and purpose else None,
    )
    if not spent.is_new:
        raise _refused("DX_NONCE_USED", "Signature-Input", "a nonce that was never sent", claimed.nonce, at)
    if spent.exhausted is not None:
        raise over_calls(*spent.exhausted, now=now)
    return SignedCall(
        application_id,
        caller.agency_id,
        claimed.kid,
        claimed.nonce,
        base,
        agreement,
        purpose,
        case_no,
        warnings,
    )


def _key(runtime: DataExchangeRuntime, caller: callers.Caller, claimed: Claimed, at: datetime) -> PublicJwk:
    key = caller.key
    if key is None:
        raise _refused("DX_KEY_UNKNOWN", "Signature-Input", "a key id of this application", claimed.kid, at)
    if key.revoked_at is not None:
        raise _refused("DX_KEY_REVOKED", "Signature-Input", "a key that is not revoked", claimed.kid, at)
    if key.proven_at is None:
        raise _refused("DX_KEY_UNPROVEN", "Signature-Input", "a key with proven possession", claimed.kid, at)
    if caller.keys_at is not None and caller.keys_at + KEYS_LAST <= runtime.clock():
        raise _refused("DX_KEYS_STALE", "Signature-Input", "a key set read within 24 h", caller.keys_at, at)
    return stored_jwk(key.jwk, kid=claimed.kid)


async def _covered(
    v: View, message: RequestMessage, claimed: Claimed, service: Service | None, at: datetime
) -> tuple[str, ...]:
    """The warnings about components that are not covered. Raises Fault DX_COMPONENT_UNCOVERED."""
    present = {
        When.ALWAYS: True,
        When.QUERY: bool(message.query),
        When.BODY: bool(message.body),
        When.WRITE: message.method not in SAFE_METHODS,
        When.CALL: service is not None,
    }
    conditions = frozenset(when for when, holds in present.items() if holds)
    missing = [
        check
        for check in required(conditions, frozenset(message.headers))
        if check.component not in claimed.components
    ]
    if not missing:
        return ()
    first_live_at = await applications.first_live_at(v)
    warnings = []
    for check in missing:
        severity = check.severity(first_live_at=first_live_at, at=v.now)
        if severity is Severity.REFUSE:
            covered = " ".join(claimed.components)
            raise _refused("DX_COMPONENT_UNCOVERED", check.component, f'"{check.component}"', covered, at)
        if severity is Severity.WARN:
            warnings.append(
                f'{check.component};code="DX_COMPONENT_UNCOVERED";refuses-from="{check.refuses_from}"'
            )
    return tuple(warnings)


async def _granted(v: View, message: RequestMessage) -> tuple[Agreement | None, Purpose | None]:
    """The agreement and the purpose that the headers name, where they name any that exist."""
    agreement_id = _id(AgreementId, message.headers.get("mingzheng-agreement"))
    purpose_id = _id(PurposeId, message.headers.get("mingzheng-purpose"))
    agreement = await agreements.find(v, agreement_id) if agreement_id else None
    purpose = await purposes.find(v, purpose_id) if purpose_id else None
    return agreement, purpose


def _require_state(
    runtime: DataExchangeRuntime, caller: callers.Caller, service: Service | None, at: datetime
) -> None:
    if caller.state not in app_rules.CALLING or caller.partner_state is not partner_rules.State.ADMITTED:
        raise _refused(
            "DX_APPLICATION_STOPPED", "Authorization", "an application that may call", caller.state, at
        )
    is_live = caller.state is app_rules.State.PRODUCTION or runtime.settings.sandbox
    if service is not None and not is_live:
        raise _refused(
            "DX_APPLICATION_NOT_LIVE", "Authorization", app_rules.State.PRODUCTION, caller.state, at
        )


@dataclass(frozen=True)
class _GrantChecks:
    """Holds the headers against the token and against what is in force now."""

    message: RequestMessage
    claims: Mapping[str, Any]
    application_id: ApplicationId
    at: datetime

    def require_token(self, *, is_call: bool) -> str | None:
        """Every header says what the token says; returns the case that both name."""
        self._named(
            "Mingzheng-Agreement", "agr", "DX_AGREEMENT_MISSING", "DX_AGREEMENT_DIFFERS", needed=is_call
        )
        self._named("Mingzheng-Purpose", "prp", "DX_PURPOSE_MISSING", "DX_PURPOSE_DIFFERS", needed=is_call)
        self._named("Mingzheng-On-Behalf-Of", "obo", "DX_ON_BEHALF_MISSING", "DX_ON_BEHALF_DIFFERS")
        return self._named("Mingzheng-Case", "cse", "DX_CASE_MISSING", "DX_CASE_DIFFERS")

    def agreement(self, row: Agreement | None, service: Service | None, today: Any) -> Agreement | None:
        name = self.message.headers.get("mingzheng-agreement")
        if name is None:
            return None
        if row is None or row.application_id != self.application_id:
            raise self._fault("DX_AGREEMENT_UNKNOWN", "Mingzheng-Agreement", "one of this application", name)
        if row.state is not grants.State.ACTIVE:
            raise self._fault(
                "DX_AGREEMENT_NOT_ACTIVE", "Mingzheng-Agreement", grants.State.ACTIVE, row.state
            )
        if today < row.scope.valid_from:
            raise self._fault(
                "DX_AGREEMENT_TOO_EARLY", "Mingzheng-Agreement", f">= {row.scope.valid_from}", today
            )
        if today > row.scope.valid_until:
            raise self._fault(
                "DX_AGREEMENT_OVER", "Mingzheng-Agreement", f"<= {row.scope.valid_until}", today
            )
        if service is not None and service not in row.scope.services:
            listed = " ".join(row.scope.services)
            raise self._fault("DX_SERVICE_NOT_AGREED", "Mingzheng-Agreement", listed, service)
        return row

    def purpose(self, row: Purpose | None, agreement: Agreement | None) -> Purpose | None:
        name = self.message.headers.get("mingzheng-purpose")
        if name is None:
            return None
        if row is None or agreement is None:
            raise self._fault("DX_PURPOSE_UNKNOWN", "Mingzheng-Purpose", "one of the agreement", name)
        if row.agreement_id != agreement.id:
            raise self._fault(
                "DX_PURPOSE_ELSEWHERE", "Mingzheng-Purpose", f"agreement_id={agreement.id}", name
            )
        if row.state is not grants.State.ACTIVE:
            raise self._fault("DX_PURPOSE_NOT_ACTIVE", "Mingzheng-Purpose", grants.State.ACTIVE, row.state)
        return row

    def _named(
        self, header: str, claim: str, missing: str, differs: str, *, needed: bool = False
    ) -> str | None:
        """The value of a header, the same as in the token. Raises Fault `missing` or `differs`."""
        received, expected = self.message.headers.get(header.lower()), self.claims.get(claim)
        if received is None and (needed or expected is not None):
            raise self._fault(missing, header, expected or "the id of one in force", None)
        if received is not None and received != expected:
            raise self._fault(differs, header, expected or "none: the token names none", received)
        return received

    def _fault(self, code: str, header: str, expected: object, received: object) -> Fault:
        return _refused(code, header, expected, received, self.at, kind=Kind.FORBIDDEN, article=GDS_25)


def _id(kind: type[Named], text: str | None) -> Named | None:
    """The id that a header holds, None for anything else."""
    try:
        return kind(text or "")
    except ValueError:
        return None


def _refused(
    code: str,
    header: str,
    expected: object,
    received: object,
    at: datetime,
    *,
    kind: Kind = Kind.UNAUTHENTICATED,
    article: Article = GDS_35_2,
) -> Fault:
    return Fault(kind, code, header=header, expected=expected, received=received, at=at, article=article)
