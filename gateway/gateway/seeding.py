"""The people of the demo, made through the door like any others: two agencies with every role, a party, a partner.

    demo.json.draft written ─▶ one change commits ─▶ draft renamed to demo.json

Secrets exist in that file alone, so it is on disk before the database believes in them; a crash in between leaves
a draft, and the database tells whether it counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from common.door.uow import Database, Tx, change, view
from common.policy import Action, Permit, Resource, authorize, service_actor
from common.values.datafiles import load_profile
from common.values.ids import AgencyId, OfficerId, PartnerId, PartyId
from gateway.identity import domain, store
from gateway.identity.domain import Agency, Client, ClientId, Officer, Outsider, Role

OFFICES: Final = (
    ("赵", "设备管理员", Role.DEVICE_ADMIN),
    ("钱", "设备法制审核员", Role.DEVICE_LEGAL_REVIEWER),
    ("孙", "设备技术审核员", Role.DEVICE_TECH_REVIEWER),
    ("李", "局长", Role.AGENCY_HEAD),
    ("周", "证据审核员", Role.EVIDENCE_REVIEWER),
    ("吴", "证据审核员", Role.EVIDENCE_REVIEWER),
    ("郑", "办案人员", Role.CASE_OFFICER),
    ("王", "办案人员", Role.CASE_OFFICER),
    ("冯", "办案中队长", Role.TEAM_LEAD),
    ("陈", "案件法制审核员", Role.CASE_LEGAL_REVIEWER),
    ("褚", "送达人员", Role.SERVICE_OFFICER),
    ("卫", "财务对账员", Role.FINANCE_CLERK),
    ("蒋", "档案管理员", Role.ARCHIVIST),
)
CERTIFIED_UNTIL: Final = date(2030, 12, 31)


@dataclass(frozen=True)
class _Entrant:
    """Somebody new with the secret that is told once."""

    who: Officer | Outsider
    role: Role | None
    client: Client
    secret: str

    @property
    def row(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"name": self.who.name, "sub": self.client.sub}
        if isinstance(self.who, Officer):
            entry |= {
                "title_zh": self.who.title,
                "roles": [str(self.role)],
                "agency_id": str(self.who.agency_id),
            }
        elif isinstance(self.who.id, PartyId):
            entry |= {"title_zh": "当事人", "roles": ["PARTY"], "agency_id": None}
        return entry | {"client_id": str(self.client.id), "client_secret": self.secret}


async def seed_people(db: Database, path: Path) -> dict[str, Any]:
    """The demo's people as `path` (mode 0600) lists them: `{agencies[], people[], partners[]}`; made if missing.

    Raises RuntimeError when the database knows people but the file with their secrets is gone.
    """
    mandate = authorize(service_actor(db.service), Action.AGENCY_ESTABLISH)
    async with view(db, mandate) as look:
        known = await store.known(look)
    draft = path.with_name(path.name + ".draft")
    for found in (path, draft):
        if found.exists() and (people := _read(found)) and people["agencies"][0]["id"] in known:
            found.replace(path)
            return people
    if known:
        raise RuntimeError(
            f"couldn't seed: the database knows people whose secrets were in {path}, which is gone"
        )
    at = db.clock()
    agencies = _agencies(at)
    entrants = list(_entrants(agencies, at))
    _write(draft, people := _document(agencies, entrants))
    async with change(db, mandate) as tx:
        permit = tx.permit(Resource(id=agencies[0].id, agency_id=agencies[0].id))
        await _establish(tx, permit, agencies)
        for entrant in entrants:
            await _enter(tx, permit, entrant)
    draft.replace(path)
    return people


def _agencies(at: datetime) -> list[Agency]:
    districts = tuple(division.code for division in load_profile("DEMO").admin_divisions)
    root = Agency(AgencyId.new(at), None, "示范市人民政府", districts)
    city = Agency(AgencyId.new(at), root.id, "示范市城市管理行政执法局", districts)
    traffic = Agency(AgencyId.new(at), root.id, "示范市交通执法支队", districts)
    return [root, city, traffic]


def _entrants(agencies: list[Agency], at: datetime) -> Iterator[_Entrant]:
    root, *enforcing = agencies
    for mark, agency in zip("甲乙", enforcing, strict=True):
        for surname, title, role in OFFICES:
            yield _officer(at, agency, f"{surname}示{mark}", title, role)
    yield _officer(at, root, "沈示督", "执法监督员", Role.SUPERVISOR)
    party = Outsider(PartyId.new(at), "张示民")
    yield _entrant(at, party, None, f"party:{party.id}")
    partner = Outsider(PartnerId.new(at), "示范银行")
    yield _entrant(at, partner, None, f"partner:{partner.id}")


def _officer(at: datetime, agency: Agency, name: str, title: str, role: Role) -> _Entrant:
    id = OfficerId.new(at)
    certificate = f"示证{secrets.randbelow(10**8):08d}"
    officer = Officer(id, agency.id, name, title, domain.OFFICER_LEVEL, certificate, CERTIFIED_UNTIL)
    return _entrant(at, officer, role, f"officer:{id}")


def _entrant(at: datetime, who: Officer | Outsider, role: Role | None, sub: str) -> _Entrant:
    secret = secrets.token_urlsafe(32)
    client = Client(ClientId.new(at), sub, hashlib.sha256(secret.encode()).digest())
    return _Entrant(who, role, client, secret)


async def _establish(tx: Tx, permit: Permit, agencies: list[Agency]) -> None:
    standing: dict[AgencyId, Agency] = {}
    for agency in agencies:
        fact = domain.establish(agency, agencies=standing)
        tx.record(permit, fact)
        await store.add_agency(tx, agency, fact)
        standing[agency.id] = agency


async def _enter(tx: Tx, permit: Permit, entrant: _Entrant) -> None:
    if isinstance(entrant.who, Officer):
        appointed = domain.appoint(entrant.who, at=tx.now)
        tx.record(permit, appointed)
        await store.add_officer(tx, entrant.who, appointed)
        if entrant.role is not None:
            assigned = domain.assign(entrant.who, entrant.role, at=tx.now)
            tx.record(permit, assigned)
            await store.add_role(tx, entrant.who, assigned)
    else:
        registered = domain.register(entrant.who)
        tx.record(permit, registered)
        await store.add_outsider(tx, entrant.who, registered)
    enrolled = domain.enrol(entrant.client)
    tx.record(permit, enrolled)
    await store.add_client(tx, entrant.client, enrolled)


def _document(agencies: list[Agency], entrants: list[_Entrant]) -> dict[str, Any]:
    partners = [e.row for e in entrants if isinstance(e.who.id, PartnerId)]
    people = [e.row for e in entrants if not isinstance(e.who.id, PartnerId)]
    listed = [
        {"id": str(a.id), "name": a.name, "parent_id": a.parent_id and str(a.parent_id)} for a in agencies
    ]
    return {"agencies": listed, "people": people, "partners": partners}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        document: dict[str, Any] = json.loads(path.read_text())
    except ValueError:
        return None  # torn: the crash came before the database was asked, so nobody in it exists
    return document


def _write(path: Path, document: dict[str, Any]) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
