"""Arranges the catalogue of legal sources through the API: a legal reviewer proposes, the supervisor approves."""

from __future__ import annotations

from typing import Any

from tests.world import Client, World


def a_source(title: str, level: str, *articles: tuple[str, str, str | None]) -> dict[str, Any]:
    """An order for a statute with (article, first day, last day)."""
    named = [{"article": a, "from_on": first, "until_on": last} for a, first, last in articles]
    return {
        "level": level,
        "title": title,
        "organ": "示范立法机关",
        "document_no": "示范令第1号",
        "articles": named,
    }


def author(world: World, agency: int = 0) -> Client:
    return world.person("DEVICE_LEGAL_REVIEWER", agency)


def approver(world: World) -> Client:
    return world.person("SUPERVISOR")


async def proposed(world: World, order: dict[str, Any], *, source: str = "") -> dict[str, Any]:
    """A proposed source, or the next version of `source`."""
    path = f"/v1/catalogue/legal-sources{f'/{source}/versions' if source else ''}"
    answer = await author(world).post(path, json=order)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def published(world: World, order: dict[str, Any], *, source: str = "") -> dict[str, Any]:
    """A published source, or the published next version of `source`."""
    waiting = await proposed(world, order, source=source)
    answer = await approver(world).post(
        f"/v1/catalogue/legal-sources/{waiting['source_id']}/approval", json={"version": waiting["version"]}
    )
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


def a_succession(old: tuple[str, str], new: tuple[str, str], from_on: str) -> dict[str, Any]:
    sides = {
        side: {"title": title, "article": article} for side, (title, article) in (("old", old), ("new", new))
    }
    return sides | {"from_on": from_on}


async def succeeded(world: World, old: tuple[str, str], new: tuple[str, str], from_on: str) -> str:
    """The id of an approved succession."""
    waiting = await author(world).post(
        "/v1/catalogue/legal-successions", json=a_succession(old, new, from_on)
    )
    assert waiting.status_code == 201, waiting.text
    succession = str(waiting.json()["succession_id"])
    answer = await approver(world).post(f"/v1/catalogue/legal-successions/{succession}/approval", json={})
    assert answer.status_code == 201, answer.text
    return succession
