"""The party's pages. They work without scripts, large, printed and read aloud."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.web.portal import (
    agencies,
    cases,
    consent,
    datarequests,
    devices,
    home,
    messages,
    money,
    petitions,
    statement,
    verify,
)

router = APIRouter()
for _page in (
    home,
    agencies,
    devices,
    verify,
    cases,
    statement,
    messages,
    money,
    petitions,
    datarequests,
    consent,
):
    router.include_router(_page.router)
