"""The supervisor's overview: counts of the subtree, of an area that the address names; nothing can be done here."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.web.console.charts import Bar, bars, columns
from gateway.web.shell import render
from gateway.web.visitor import SignedIn
from gateway.web.words import say, word

router = APIRouter()

_OUT_OF_SERVICE = ("SUSPENDED", "STOPPED", "RECTIFYING")


@router.get("/console/supervise")
async def supervise(visitor: SignedIn) -> Response:
    return RedirectResponse("/console/overview", 303)


@router.get("/console/overview")
async def show(
    request: Request,
    visitor: SignedIn,
    area: list[str] = Query(default=[]),  # noqa: B008
) -> Response:
    """Cases and devices of an area: the city, a district, or the divisions of a new area (NJ 5(1))."""
    codes = [code for each in area for code in each.split(",") if code]
    cases, devices, agencies, items = await asyncio.gather(
        visitor.get("/v1/overview", area=codes or None),
        visitor.find("/v1/device-overview", area=codes or None),
        visitor.find("/v1/public/agencies", limit=200),
        visitor.find("/v1/oversight-items", limit=50),
    )
    language = visitor.language
    states = _sums(cases["states"], "state")
    due, over = _sums(cases["due"], "role"), _sums(cases["due"], "role", "overdue")
    on_duty = _sums(devices["states"], "state") if devices else Counter()
    names = {each["agency_id"]: each["name"] for each in (agencies["items"] if agencies else ())}
    by_agency = _sums(cases["states"], "agency_id")
    months = cases["months"]
    return render(
        request,
        "console/overview.html",
        area=codes,
        as_of=cases["as_of"],
        areas=_areas(agencies["items"] if agencies else (), cases, devices),
        figures={
            "cases": sum(states.values()),
            "overdue": sum(over.values()),
            "devices": sum(on_duty.values()),
            "stopped": sum(on_duty[state] for state in _OUT_OF_SERVICE),
        },
        states=states.most_common(),
        due=[(role, count, over[role]) for role, count in due.most_common()],
        devices=on_duty.most_common(),
        by_agency=[(names.get(agency_id, "–"), count) for agency_id, count in by_agency.most_common()],
        months=months,
        items=items["items"] if items else [],
        state_chart=bars(
            say("desk.overview.states", language),
            [Bar(word("case", state, language), count) for state, count in states.most_common()],
        ),
        due_chart=bars(
            say("desk.overview.due", language),
            [Bar(word("role", role, language), count, over[role]) for role, count in due.most_common()],
        ),
        device_chart=bars(
            say("desk.overview.devices", language),
            [Bar(word("device", state, language), count) for state, count in on_duty.most_common()],
        ),
        month_chart=columns(
            say("desk.overview.months", language),
            [each["month"][2:7] for each in months],
            [(name, [each[name] for each in months]) for name in ("opened", "filed", "closed")],
        ),
    )


def _sums(rows: Iterable[Mapping[str, Any]], key: str, value: str = "count") -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        found[row[key]] += row[value]
    return found


def _areas(
    agencies: Iterable[Mapping[str, Any]], cases: Mapping[str, Any], devices: Mapping[str, Any] | None
) -> list[tuple[str, str]]:
    """The areas to choose from: the divisions of each agency of which the visitor saw something."""
    seen = {row["agency_id"] for row in cases["states"]}
    seen |= {row["agency_id"] for row in devices["states"]} if devices else set()
    return [
        (",".join(agency["divisions"]), agency["name"])
        for agency in agencies
        if agency["agency_id"] in seen and agency["divisions"]
    ]
