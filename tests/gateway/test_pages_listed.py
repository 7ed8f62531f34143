"""Every page of the site is on the list that a real browser walks (`tests.e2e.pages`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match

from gateway.web import console, portal, signin
from tests.e2e.pages import NO_PAGES, PAGES


def routes_of_pages() -> Iterator[APIRoute]:
    for router in (signin.router, portal.router, console.router):
        pages = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        pages.include_router(router)
        yield from _flat(pages.routes)


def _flat(routes: Any) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            # Routers that were included keep their routes behind one of their own.
            yield from _flat(getattr(getattr(route, "original_router", route), "routes", ()))


def first_matching(path: str) -> str:
    scope = {"type": "http", "method": "GET", "path": path.partition("?")[0], "headers": []}
    found = (route.path for route in routes_of_pages() if route.matches(scope)[0] is Match.FULL)
    return next(found, "")


def test_no_page_of_the_site_is_missing_from_the_list_that_a_browser_walks() -> None:
    routes = {route.path for route in routes_of_pages() if "GET" in (route.methods or ())}
    listed = {first_matching(page.path.replace("{people}", "/sign-in/people")) for page in PAGES}
    names = [page.name for page in PAGES]

    assert len(routes) > 40
    assert routes - listed - NO_PAGES.keys() == set()
    assert NO_PAGES.keys() - routes == set()
    assert len(set(names)) == len(names)
