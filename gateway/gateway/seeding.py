"""The people of the demo, made through the door like any others: two agencies with every role, and a party.

    demo.json.draft written ─▶ one change commits ─▶ draft renamed to demo.json

The secrets of the clients exist in that file alone, so the file is on disk before the change commits. After a crash
in between a draft is left; it counts if the database has its first agency.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from common.door.uow import Database, Tx, change, view
from common.policy import Action, Permit, Resource, authorize, service_actor
from common.values.datafiles import load_profile
from common.values.ids import AgencyId, OfficerId, PartyId
from gateway.identity.domain.agencies import Agency, AgencyTexts, establish
from gateway.identity.domain.clients import Client, ClientId, ClientSecret, enrol
from gateway.identity.domain.officers import OFFICER_LEVEL, Officer, OfficerTexts, Role, appoint, assign
from gateway.identity.domain.outsiders import Outsider, OutsiderTexts, register
from gateway.identity.store import agencies, clients, officers, outsiders
from gateway.identity.store.people import list_ids
from ledger.keyfiles import create_durably, sync_durably

OFFICES: Final = (
    ("赵", "设备管理员", Role.DEVICE_ADMIN),
    ("钱", "设备法制审核员", Role.DEVICE_LEGAL_REVIEWER),
    ("孙", "设备技术审核员", Role.DEVICE_TECH_REVIEWER),
    ("丁", "设备运维员", Role.DEVICE_OPERATOR),
    ("李", "局长", Role.AGENCY_HEAD),
    ("周", "证据审核员", Role.EVIDENCE_REVIEWER),
    ("吴", "证据审核员", Role.EVIDENCE_REVIEWER),
    ("郑", "办案人员", Role.CASE_OFFICER),
    ("王", "办案人员", Role.CASE_OFFICER),
    ("许", "办案人员", Role.CASE_OFFICER),
    ("冯", "办案中队长", Role.TEAM_LEAD),
    ("陈", "案件法制审核员", Role.CASE_LEGAL_REVIEWER),
    ("沈", "案件法制审核员", Role.CASE_LEGAL_REVIEWER),
    ("何", "听证主持人", Role.HEARING_CHAIR),
    ("吕", "副局长", Role.AGENCY_HEAD),
    ("施", "副局长", Role.AGENCY_HEAD),
    ("褚", "送达人员", Role.SERVICE_OFFICER),
    ("卫", "财务对账员", Role.FINANCE_CLERK),
    ("蒋", "档案管理员", Role.ARCHIVIST),
    ("韩", "数据交换员", Role.EXCHANGE_OFFICER),
    ("杨", "政务数据共享工作机构负责人", Role.DATA_SHARING_OFFICER),
)
EXCHANGING: Final = (
    ("李", "局长", Role.AGENCY_HEAD),
    ("韩", "数据交换员", Role.EXCHANGE_OFFICER),
    ("杨", "政务数据共享工作机构负责人", Role.DATA_SHARING_OFFICER),
)
"""The people of an agency that enforces nothing here: it answers requests of other agencies."""
CERTIFIED_UNTIL: Final = date(2030, 12, 31)


@dataclass(frozen=True)
class _Entrant:
    """A new person, and the secret of its client."""

    draft: Officer | Outsider
    role: Role | None
    client: Client
    secret: str

    @property
    def row(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"name": self.draft.name, "sub": self.client.sub}
        if isinstance(self.draft, Officer):
            entry |= {
                "title_zh": self.draft.title,
                "roles": [str(self.role)],
                "agency_id": str(self.draft.agency_id),
            }
        else:
            entry |= {"title_zh": "当事人", "roles": ["PARTY"], "agency_id": None}
        return entry | {"client_id": str(self.client.id), "client_secret": self.secret}


async def seed_people(db: Database, path: Path) -> dict[str, Any]:
    """The people of the demo as `path` lists them: `{agencies[], people[]}`. Makes them if there are none.

    Raises RuntimeError when people are in the database but the file with their secrets is gone.
    """
    mandate = authorize(service_actor(db.service), Action.AGENCY_ESTABLISH)
    async with view(db, mandate) as v:
        ids = await list_ids(v)
    draft = path.with_name(path.name + ".draft")
    for file in (path, draft):
        if file.exists() and (people := _read(file)) and people["agencies"][0]["id"] in ids:
            file.replace(path)
            return people
    if ids:
        raise RuntimeError(
            f"couldn't seed: the database knows people whose secrets were in {path}, which is gone"
        )
    at = db.clock()
    tree = _agencies(at)
    entrants = list(_entrants(tree, at))
    people = _document(tree, entrants)
    draft.unlink(missing_ok=True)
    create_durably(draft, json.dumps(people, ensure_ascii=False, indent=1).encode())
    async with change(db, mandate) as tx:
        permit = tx.permit(Resource(id=tree[0].id, agency_id=tree[0].id))
        await _establish(tx, permit, tree)
        for entrant in entrants:
            await _enter(tx, permit, entrant)
    draft.replace(path)
    sync_durably(path.parent)
    return people


def _agencies(at: datetime) -> list[Agency]:
    districts = tuple(division.code for division in load_profile("DEMO").admin_divisions)
    root = Agency(AgencyId.new(at), None, "示范市人民政府", districts)
    city = Agency(AgencyId.new(at), root.id, "示范市城市管理行政执法局", districts)
    traffic = Agency(AgencyId.new(at), root.id, "示范市交通执法支队", districts)
    data = Agency(AgencyId.new(at), root.id, "示范市数据局", districts)
    police = Agency(AgencyId.new(at), root.id, "示范市公安局", districts)
    return [root, city, traffic, data, police]


def _entrants(tree: list[Agency], at: datetime) -> Iterator[_Entrant]:
    root, *others = tree
    offices = (OFFICES, OFFICES, EXCHANGING, EXCHANGING)
    for mark, agency, people in zip("甲乙丙丁", others, offices, strict=True):
        for surname, title, role in people:
            yield _officer(at, agency, f"{surname}示{mark}", title, role)
    yield _officer(at, root, "沈示督", "执法监督员", Role.SUPERVISOR)
    party = Outsider(PartyId.new(at), "张示民")
    yield _entrant(at, party, None, f"party:{party.id}")


def _officer(at: datetime, agency: Agency, name: str, title: str, role: Role) -> _Entrant:
    id = OfficerId.new(at)
    certificate = f"示证{secrets.randbelow(10**8):08d}"
    officer = Officer(id, agency.id, name, title, OFFICER_LEVEL, certificate, CERTIFIED_UNTIL)
    return _entrant(at, officer, role, f"officer:{id}")


def _entrant(at: datetime, draft: Officer | Outsider, role: Role | None, sub: str) -> _Entrant:
    secret = secrets.token_urlsafe(32)
    client = Client(ClientId.new(at), sub, hashlib.sha256(secret.encode()).digest())
    return _Entrant(draft, role, client, secret)


async def _establish(tx: Tx, permit: Permit, drafts: list[Agency]) -> None:
    standing: dict[AgencyId, Agency] = {}
    for draft in drafts:
        fact = establish(draft, agencies=standing)
        standing[draft.id] = await agencies.add(tx, permit, fact, texts=AgencyTexts(draft.name))


async def _enter(tx: Tx, permit: Permit, entrant: _Entrant) -> None:
    match entrant.draft:
        case Officer() as draft:
            texts = OfficerTexts(draft.name, draft.title, draft.certificate)
            officer = await officers.add(tx, permit, appoint(draft, at=tx.now), texts=texts)
            if entrant.role is not None:
                await officers.save(tx, permit, officer, assign(officer, entrant.role, at=tx.now))
        case Outsider() as draft:
            await outsiders.add(tx, permit, register(draft), texts=OutsiderTexts(draft.name))
    secret = ClientSecret(entrant.client.secret_hash)
    await clients.add(tx, permit, enrol(entrant.client), texts=secret)


def _document(tree: list[Agency], entrants: list[_Entrant]) -> dict[str, Any]:
    people = [entrant.row for entrant in entrants]
    entries = [{"id": str(a.id), "name": a.name, "parent_id": a.parent_id and str(a.parent_id)} for a in tree]
    return {"agencies": entries, "people": people}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        document: dict[str, Any] = json.loads(path.read_text())
    except ValueError:
        # A crash cut this draft short, before the change began: no person in it exists.
        return None
    return document
