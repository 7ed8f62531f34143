"""Status reports that a provider posts: who may post them, and what they say.

Every refusal is the same, whether the provider is unknown, the address is foreign or the signature is wrong: a stranger
does not learn which providers there are.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from common.values.clock import BEIJING
from common.values.errors import Kind, Refusal
from common.values.ids import DeliveryId
from notification.channels.bounces import Report, reports_in
from notification.channels.configs import Provider, Reports
from notification.channels.roster import Roster
from notification.channels.texts import code_of, found
from notification.domain.answers import Verdict


def require_provider(
    roster: Roster, name: str, *, address: str | None, signature: str, body: bytes
) -> Reports:
    """The configuration of the reports of `name`. Refusal NOTI_CALLBACK_REFUSED unless it posts `body` itself."""
    provider = roster.providers.get(name)
    reports = provider.reports if provider else None
    if reports is None or not _is_within(address, reports.networks):
        raise Refusal(Kind.UNAUTHENTICATED, "NOTI_CALLBACK_REFUSED")
    secret = roster.secrets[name].encode()
    expected = hmac.new(secret, body, "sha256").hexdigest() if reports.sign == "HMAC" else secret.decode()
    if not hmac.compare_digest(signature.removeprefix("sha256=").encode(), expected.encode()):
        raise Refusal(Kind.UNAUTHENTICATED, "NOTI_CALLBACK_REFUSED")
    return reports


def parsed(provider: Provider, body: bytes) -> list[Report]:
    """The reports in `body`; those that are in no form that the configuration knows are left out."""
    assert provider.reports is not None
    try:
        document = orjson.loads(body)
    except ValueError:
        return reports_in(body)
    listed = found(document, provider.reports.items)
    items = listed if isinstance(listed, list) else [listed]
    return [report for item in items for report in _report(provider, provider.reports, item)]


def _report(provider: Provider, reports: Reports, item: Any) -> Iterator[Report]:
    code = code_of(found(item, reports.code))
    # A code that no list names says nothing that we may act on: neither arrival nor failure.
    verdict = reports.codes.meaning(code)
    theirs = found(item, reports.theirs) if reports.theirs else None
    ours = _name(found(item, reports.ours)) if reports.ours else None
    if verdict is None or (theirs is None and ours is None):
        return
    at = _instant(found(item, reports.at), reports.at_form) if reports.at else None
    named = code_of(theirs) if theirs is not None else None
    yield Report(ours, named, Verdict(verdict), code, provider.basis, at)


def _name(value: Any) -> str | None:
    try:
        return str(DeliveryId(value))
    except (TypeError, ValueError):
        return None


def _instant(value: Any, form: str) -> datetime | None:
    """A provider's clock time. Without a zone it is the city's."""
    for read in (datetime.fromisoformat, lambda text: datetime.strptime(text, form)):  # noqa: DTZ007
        try:
            at: datetime = read(value)
        except (TypeError, ValueError):
            continue
        return at if at.tzinfo else at.replace(tzinfo=BEIJING)
    return None


def _is_within(address: str | None, networks: list[str]) -> bool:
    try:
        caller = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    ranges = [ipaddress.ip_network(network) for network in networks]
    return any(caller.version == each.version and caller in each for each in ranges)
