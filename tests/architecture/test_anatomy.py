"""Every service is built alike, and a service that is built otherwise is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mz import ROOT
from mz.services import SERVICES, Service, read_services
from tests.architecture.anatomy import faults_of

IDENTITY = "gateway/gateway/identity"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_the_anatomy_of_every_service(name: str) -> None:
    assert faults_of(ROOT, SERVICES[name]) == []


PLANTED = {
    "a-second-store": (
        "repository.py",
        "",
        "identity/repository.py is no part of a service and no room of services.toml",
    ),
    "a-room-that-is-not-listed": (
        "audit/__init__.py",
        "",
        "identity/audit is no part of a service and no room of services.toml",
    ),
    "sql-in-a-job": (
        "jobs.py",
        "import sqlalchemy as sa\n",
        "imports sqlalchemy: only store/ speaks SQL",
    ),
    "sql-in-the-api": (
        "api/people.py",
        "def rows(): from sqlalchemy.ext import asyncio\n",
        "imports sqlalchemy.ext: only store/ speaks SQL",
    ),
    "the-driver-in-a-room": (
        "issuer/tokens.py",
        "import asyncpg\n",
        "imports asyncpg: only store/ speaks SQL",
    ),
    "http-in-the-store": (
        "store/clients.py",
        "from fastapi import HTTPException\n",
        "imports fastapi: only api/ speaks HTTP",
    ),
    "http-in-a-job": (
        "jobs.py",
        "from starlette.requests import Request\n",
        "imports starlette.requests: only api/ speaks HTTP",
    ),
    "a-save-without-a-permit": (
        "store/planted.py",
        "async def save(tx: Tx, client: Client, *facts: ClientRevoked) -> Client: ...\n",
        "save is not (tx: Tx, permit: Permit, thing: T, *facts, texts=...) -> T",
    ),
    "a-save-that-returns-nothing": (
        "store/planted.py",
        "async def save(tx: Tx, permit: Permit, client: Client, *facts: ClientRevoked) -> None: ...\n",
        "save is not (tx: Tx, permit: Permit, thing: T, *facts, texts=...) -> T",
    ),
    "a-save-of-one-fact": (
        "store/planted.py",
        "async def save(tx: Tx, permit: Permit, client: Client, fact: ClientRevoked) -> Client: ...\n",
        "save is not (tx: Tx, permit: Permit, thing: T, *facts, texts=...) -> T",
    ),
    "a-save-with-more": (
        "store/planted.py",
        "async def save(tx: Tx, permit: Permit, c: Client, *facts: F, kept: object = None) -> Client: ...\n",
        "save is not (tx: Tx, permit: Permit, thing: T, *facts, texts=...) -> T",
    ),
    "texts-in-a-mapping": (
        "store/planted.py",
        "async def save(tx: Tx, permit: Permit, c: C, *facts: F, texts: dict[str, str]) -> C: ...\n",
        "save takes texts as dict, not as a dataclass",
    ),
    "a-save-of-a-second-noun": (
        "store/planted.py",
        "async def save_revocation(tx: Tx, client: Client) -> None: ...\n",
        "save_revocation: a file of the store saves one noun, by save",
    ),
    "an-add-without-a-thing": (
        "store/planted.py",
        "async def add(tx: Tx, permit: Permit, fact: ClientEnrolled) -> None: ...\n",
        "add is not (tx: Tx, permit: Permit, fact, *, texts=...) -> thing",
    ),
    "a-lock-that-may-find-nothing": (
        "store/planted.py",
        "async def lock(tx: Tx, client_id: ClientId) -> Client | None: ...\n",
        "lock is not (tx: Tx, id) -> thing",
    ),
    "a-get-that-may-find-nothing": (
        "store/planted.py",
        "async def get_client(v: View, client_id: ClientId) -> Client | None: ...\n",
        "get_client may return None: it refuses NOT_FOUND, find returns None",
    ),
    "a-find-that-refuses": (
        "store/planted.py",
        "async def find(v: View, client_id: ClientId) -> Client: ...\n",
        "find never returns None: it is a get",
    ),
    "a-dataclass-that-changes": (
        "store/planted.py",
        "@dataclass\nclass Planted:\n    id: str\n",
        "Planted is a dataclass that is not frozen",
    ),
    "a-dataclass-around-a-row": (
        "store/planted.py",
        "from sqlalchemy import RowMapping as R\nKept = R\n@dataclass(frozen=True)\nclass Planted:\n    row: Kept\n",
        "Planted has a field of RowMapping: a dataclass leaves the store",
    ),
    "a-fact-made-in-a-job": (
        "jobs.py",
        "FACT = ClientRevoked(None, 1)\n",
        "makes the fact ClientRevoked: only domain/ does",
    ),
    "a-fact-declared-in-a-job": (
        "jobs.py",
        "class ClientRenamed(Fact): ...\n",
        "declares the fact ClientRenamed: only domain/ does",
    ),
    "a-match-that-passes-over": (
        "store/planted.py",
        "def f(fact):\n    match fact:\n        case ClientRevoked(): pass\n        case _: pass\n",
        "matches facts and does not end in `case _: assert_never(...)`",
    ),
    "a-catch-in-the-api": (
        "api/people.py",
        "def f():\n    try: g()\n    except ValueError: pass\n",
        "catches an exception: api/ does not",
    ),
    "long-wiring": (
        "app.py",
        "\n".join(f"x{n} = {n}" for n in range(20)) + "\n",
        "lines of wiring; 20 are enough",
    ),
}


@pytest.mark.parametrize("file, text, fault", PLANTED.values(), ids=PLANTED)
@pytest.mark.slow
def test_a_planted_second_anatomy_is_named(tmp_path: Path, file: str, text: str, fault: str) -> None:
    service = copied(tmp_path)
    assert faults_of(tmp_path, service) == []

    plant(tmp_path, file, text)

    faults = faults_of(tmp_path, service)
    assert any(fault in each for each in faults), faults


@pytest.mark.parametrize(
    "returned, row",
    [
        ("list[sa.Row[Any]]", "Row"),
        ("Mapping[str, object]", "Mapping"),
        ("dict[str, int]", "dict"),
        ("tuple[int, RowMapping]", "RowMapping"),
        ("Any", "Any"),
        ("'Kept | None'", "Mapping"),
    ],
)
def test_a_row_that_leaves_the_store_is_named(tmp_path: Path, returned: str, row: str) -> None:
    service = copied(tmp_path)
    plant(tmp_path, "store/tables.py", "from collections.abc import Mapping\nKept = Mapping[str, object]\n")
    plant(
        tmp_path,
        "store/clients.py",
        "from gateway.identity.store.tables import Kept, Mapping\n"
        f"async def rows_of(v: View) -> {returned}: ...\n",
    )
    assert faults_of(tmp_path, service) == [], "nobody outside store/ takes it"

    plant(tmp_path, "jobs.py", "LEAK = clients.rows_of\n")

    assert [each.partition(" ")[2] for each in faults_of(tmp_path, service)] == [
        f"rows_of returns {row}: a dataclass leaves the store"
    ]


def test_a_second_migration_is_named(tmp_path: Path) -> None:
    service = copied(tmp_path)

    plant(tmp_path, "../migrations/versions/0002_more.py", "")

    assert len(faults_of(tmp_path, service)) == 1
    assert "is not one file 0001_gateway.py" in faults_of(tmp_path, service)[0]


def copied(to: Path) -> Service:
    """The gateway in a folder where a test may break it."""
    shutil.copy(ROOT / "services.toml", to)
    shutil.copytree(ROOT / "gateway", to / "gateway", ignore=shutil.ignore_patterns("__pycache__"))
    return read_services(to)["gateway"]


def plant(root: Path, file: str, text: str) -> None:
    """Add `text` to a file of identity, which need not exist."""
    place = root / IDENTITY / file
    place.parent.mkdir(exist_ok=True)
    with place.open("a") as planted:
        planted.write("\n" + text)
