"""The first agencies and officers of a city, entered once from a file that the city has written.

    [[agency]]
    name = "某市人民政府"
    divisions = ["320100"]

    [[agency]]
    name = "某市城市管理行政执法局"
    parent = "某市人民政府"
    divisions = ["320100"]

    [[officer]]
    name = "…"
    title = "设备管理员"
    agency = "某市城市管理行政执法局"
    roles = ["DEVICE_ADMIN"]
    certificate = "…"                  # of administrative enforcement (APL 42), for the roles that need one
    certificate_until = 2030-12-31

All of it is one change, recorded as acts of `svc:gateway`: either the city is open, or nothing has happened. Who is who
afterwards: the ids are what the city's identity provider puts into the `sub` of its tokens, as `officer:<id>`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter, ValidationError

from common.door.uow import Database, Tx, change, view
from common.policy import Action, Permit, Resource, authorize, service_actor
from common.values.ids import AgencyId, OfficerId
from gateway.identity.domain.agencies import Agency, AgencyTexts, establish
from gateway.identity.domain.officers import OFFICER_LEVEL, Officer, OfficerTexts, Role, appoint, assign
from gateway.identity.store import agencies, officers
from gateway.identity.store.people import list_ids


@dataclass(frozen=True)
class AgencyEntry:
    """`parent` is the name of the agency above it; the first has none."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    divisions: tuple[str, ...]
    parent: str | None = None


@dataclass(frozen=True)
class OfficerEntry:
    """`agency` is a name of the same file."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    title: str
    agency: str
    roles: tuple[Role, ...]
    certificate: str | None = None
    certificate_until: date | None = None


@dataclass(frozen=True)
class Roll:
    """The whole file."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    agency: tuple[AgencyEntry, ...]
    officer: tuple[OfficerEntry, ...]


@dataclass(frozen=True)
class Entered:
    """One line of the outcome: what the identity provider must know."""

    id: str
    name: str
    of: str


_ROLL: Final = TypeAdapter(Roll)


def read_roll(path: Path) -> Roll:
    """The file. Raises ValueError that names each place at fault, and OSError."""
    try:
        roll = _ROLL.validate_python(tomllib.loads(path.read_text()))
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        raise ValueError("; ".join(f"{'/'.join(map(str, f['loc']))}: {f['msg']}" for f in faults)) from None
    known: set[str] = set()
    for agency in roll.agency:
        if agency.parent is not None and agency.parent not in known:
            raise ValueError(
                f"机关 {agency.name}: 上级 {agency.parent} 须列在它之前 (its parent does not stand before it)"
            )
        if agency.name in known:
            raise ValueError(f"机关 {agency.name}: 重复 (this agency stands twice)")
        known.add(agency.name)
    for officer in roll.officer:
        if officer.agency not in known:
            raise ValueError(
                f"人员 {officer.name}: 没有机关 {officer.agency} (there is no agency of this name)"
            )
    return roll


async def open_city(db: Database, roll: Roll) -> list[Entered] | None:
    """Enter everybody. None where the database has agencies already: a city is opened once.

    Raises Refusal for what the law of identity forbids: two roots, conflicting roles, a role without a certificate.
    """
    mandate = authorize(service_actor(db.service), Action.AGENCY_ESTABLISH)
    async with change(db, mandate) as tx:
        if await list_ids(tx):
            return None
        standing: dict[AgencyId, Agency] = {}
        named: dict[str, AgencyId] = {}
        entered: list[Entered] = []
        permit: Permit | None = None
        for entry in roll.agency:
            id = named[entry.name] = AgencyId.new(tx.now)
            permit = permit or tx.permit(Resource(id=id, agency_id=id))
            parent = named[entry.parent] if entry.parent is not None else None
            fact = establish(Agency(id, parent, entry.name, entry.divisions), agencies=standing)
            standing[id] = await agencies.add(tx, permit, fact, texts=AgencyTexts(entry.name))
            entered.append(Entered(id, entry.name, entry.parent or ""))
        for person in roll.officer:
            assert permit is not None
            entered.append(await _enter(tx, permit, person, named[person.agency]))
    return entered


async def list_entered(db: Database) -> list[Entered]:
    """Every agency and every officer in office, as `open_city` returned those that it entered."""
    async with view(db, authorize(service_actor(db.service), Action.TOKEN_ISSUE)) as v:
        tree = {agency.id: agency for agency in await agencies.list_all(v)}
        in_office = await officers.list_active(v)
    return [
        *(
            Entered(each.id, each.name, tree[each.parent_id].name if each.parent_id else "")
            for each in tree.values()
        ),
        *(Entered(each.id, each.name, tree[each.agency_id].name) for each in in_office),
    ]


async def _enter(tx: Tx, permit: Permit, entry: OfficerEntry, agency: AgencyId) -> Entered:
    id = OfficerId.new(tx.now)
    draft = Officer(
        id, agency, entry.name, entry.title, OFFICER_LEVEL, entry.certificate, entry.certificate_until
    )
    texts = OfficerTexts(draft.name, draft.title, draft.certificate)
    officer = await officers.add(tx, permit, appoint(draft, at=tx.now), texts=texts)
    for role in entry.roles:
        officer = await officers.save(tx, permit, officer, assign(officer, role, at=tx.now))
    return Entered(id, entry.name, entry.agency)
