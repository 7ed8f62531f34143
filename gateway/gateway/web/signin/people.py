"""The page of the demo's own identity provider: invented people, what each may do, and a click to be one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from common.values.errors import Kind, Refusal
from gateway.identity.domain.people import Person
from gateway.identity.issuer.browsers import Browsers
from gateway.identity.issuer.demopeople import PAGE, DemoPeople
from gateway.web.shell import render, text_of

router = APIRouter()


@router.get(PAGE)
async def choose(request: Request) -> Response:
    """Everybody of the demo."""
    provider = _provider(request)
    if provider.asked(request.query_params) is None:
        return render(request, "signin/failed.html", status=400, why="STALE", next="")
    browsers: Browsers = request.app.state.browsers
    return render(
        request,
        "signin/people.html",
        asked=dict(request.query_params),
        groups=_by_agency((await browsers.directory()).people.values()),
    )


@router.post(PAGE)
async def chosen(request: Request) -> Response:
    """Back to whoever asked, with a code for the person who was clicked."""
    provider = _provider(request)
    fields = await request.form()
    asked = provider.asked({name: value for name, value in fields.items() if isinstance(value, str)})
    if asked is None:
        return render(request, "signin/failed.html", status=400, why="STALE", next="")
    return RedirectResponse(provider.grant(asked, text_of(fields, "sub")), 303)


def _provider(request: Request) -> DemoPeople:
    provider: DemoPeople | None = request.app.state.demo_people
    if provider is None:
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", wording="address")
    return provider


def _by_agency(people: Iterable[Person]) -> list[tuple[str, list[Person]]]:
    # In the order in which they were entered: their ids begin with the time.
    ordered = sorted(people, key=lambda person: (person.agency_id or "~", person.sub))
    grouped = groupby(ordered, key=lambda person: person.agency_name or "")
    return [(name, list(members)) for name, members in grouped]
