"""The list of pages: every test about all pages walks it. A new page of the site adds one line here.

A word in braces in a path stands for what the world of these tests holds (`tests.e2e.worlds`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NOTICED: Final = "serve notice"
"""The party has its prior notice, and may state what it thinks of it."""
DECIDED: Final = "serve decision"
"""The party has the decision: it pays, asks to pay later, or goes to law."""
ENDED: Final = "session ends"
"""A step of a visit: from here on the server does not know this browser any more."""


@dataclass(frozen=True)
class Page:
    """One page as one person sees it. `name` is also that of its picture in docs/pictures/.

    `role` is who looks, None for a stranger, in the world that began at `begins`. `shows` is what the page has once
    its scripts have begun. `steps` lead on from the address: (selector, "") is a click, (selector, words) fills a
    field in, (selector, "file:NAME") chooses a file of `tests.e2e.worlds`. `status` is that of the page which is then
    looked at. Where `blocked` is set, requests to it never arrive. `narrow` pages are also read at 400 % zoom, which is
    a window of 320 by 256 CSS pixels.
    """

    name: str
    path: str
    role: str | None = None
    begins: str = DECIDED
    nth: int = 0
    narrow: bool = True
    shows: str = "main"
    steps: tuple[tuple[str, str], ...] = ()
    status: int = 200
    blocked: str = ""


_CASE: Final = "/portal/cases/{case}"
_FILE: Final = "/console/cases/{case}"
_STATED: Final = (("[name=about]", ""), ("[name=words]", "当时送病人就医，请从轻处理。"))

PAGES: Final = (
    # Signing in.
    Page("sign-in-code", "/sign-in/code"),
    Page("sign-in-people", "{people}"),
    Page(
        "sign-in-key",
        "/sign-in/key?next=/console/today",
        "CASE_OFFICER",
        nth=1,
        shows="#key-again:not([hidden])",
        blocked="**/sign-in/key/challenge",
    ),
    Page("sign-in-done", "/sign-in/done"),
    Page("sign-in-failed", "/sign-in/callback", status=400),
    # What anybody may read.
    Page("portal", "/portal"),
    Page("portal-devices", "/portal/devices"),
    Page("portal-device", "/portal/devices/{device}"),
    Page("portal-verify", "/portal/verify"),
    Page("portal-agencies", "/portal/agencies"),
    Page("portal-agency", "/portal/agencies/{agency}"),
    # The party.
    Page("portal-cases", "/portal/cases", "PARTY"),
    Page("portal-notice", _CASE, "PARTY", NOTICED),
    Page("portal-statement", f"{_CASE}/statement", "PARTY", NOTICED),
    Page(
        "portal-statement-faults",
        f"{_CASE}/statement",
        "PARTY",
        NOTICED,
        steps=(("button[value=check]", ""),),
        status=422,
    ),
    Page(
        "portal-statement-check",
        f"{_CASE}/statement",
        "PARTY",
        NOTICED,
        steps=(*_STATED, ("button[value=check]", "")),
    ),
    Page("portal-receipt", f"{_CASE}/statements/1", "PARTY"),
    Page("portal-hearing", f"{_CASE}/hearing", "PARTY", NOTICED),
    Page("portal-recusal", f"{_CASE}/recusal", "PARTY", NOTICED),
    Page("portal-demand", f"{_CASE}/demand", "PARTY"),
    Page("portal-message", f"{_CASE}/messages/{{message}}", "PARTY"),
    Page("portal-consent", "/portal/consent", "PARTY"),
    Page("portal-dossier", f"{_CASE}/devices", "PARTY"),
    Page("portal-readings", f"{_CASE}/readings", "PARTY"),
    Page("portal-decision", _CASE, "PARTY"),
    Page("portal-payment", f"{_CASE}/payment", "PARTY"),
    Page("portal-later", f"{_CASE}/later", "PARTY"),
    Page("portal-reconsideration", f"{_CASE}/reconsideration", "PARTY"),
    Page("portal-data", f"{_CASE}/data", "PARTY"),
    Page("portal-data-copy", f"{_CASE}/data/1", "PARTY"),
    # The officers.
    Page("review", "/console/review", "EVIDENCE_REVIEWER", shows="#items li:nth-child(4) img"),
    Page("today", "/console/today", "TEAM_LEAD", NOTICED),
    Page("purpose", "/console/purpose", "TEAM_LEAD", NOTICED),
    Page("cases", "/console/cases", "TEAM_LEAD", NOTICED),
    Page("cases-board", "/console/cases?view=board", "TEAM_LEAD", NOTICED),
    Page("case", _FILE, "TEAM_LEAD"),
    Page("act", f"{_FILE}/acts/investigation-conclusion", "CASE_OFFICER", NOTICED),
    Page(
        "act-refused",
        f"{_FILE}/acts/closure-proposal",
        "CASE_OFFICER",
        steps=(("main form button", ""),),
        status=409,
    ),
    Page("devices", "/console/devices", "DEVICE_ADMIN"),
    Page("device", "/console/devices/{device}", "DEVICE_ADMIN"),
    Page("imports", "/console/imports", "DEVICE_ADMIN"),
    Page(
        "imports-read",
        "/console/imports",
        "DEVICE_ADMIN",
        steps=(("[name=source]", "list-2025"), ("[name=file]", "file:INVENTORY"), ("main form button", "")),
    ),
    Page("import", "/console/imports/{import}", "DEVICE_ADMIN"),
    Page("cleanup", "/console/cleanup", "DEVICE_ADMIN"),
    Page("exchange", "/console/exchange?side=SENDER", "EXCHANGE_OFFICER"),
    Page("exchange-request", "/console/exchange/{exchange}", "EXCHANGE_OFFICER"),
    Page("exchange-act", "/console/exchange/{exchange}/acts/messages", "EXCHANGE_OFFICER"),
    Page("overview", "/console/overview", "SUPERVISOR"),
    Page("ledger", "/console/ledger/{entry}", "EVIDENCE_REVIEWER", shows="#headline.ok"),
    Page("ledger-search", "/console/ledger", "CASE_OFFICER"),
    # Refusals.
    Page("missing", "/portal/nothing", status=404),
    Page(
        "send-again",
        f"{_CASE}/hearing",
        "PARTY",
        NOTICED,
        steps=((ENDED, ""), ("main form button", "")),
        status=401,
    ),
)

SHOWN: Final = ("review", "ledger")
"""The pages of which README.md shows a picture."""

NO_PAGES: Final = {
    "/sign-in": "leads on to the provider",
    "/sign-in/key/challenge": "for the script of the key",
    "/portal/case": "leads on to the case, or to the list",
    "/console": "leads on to what is due",
    "/console/supervise": "leads on to the overview",
    "/console/cases/{case_id}/documents/{document_id}": "a document",
    "/console/cases/{case_id}/pictures/{evidence_id}/{n}": "a picture",
    "/console/imports/{import_id}/file": "a file",
    "/console/cleanup/{report_id}/{name}": "a file",
}
"""Addresses that answer a GET with no page of their own, and what with."""
