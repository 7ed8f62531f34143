"""Every service as a process of its own, started from its environment: ready, real HTTP, SIGTERM, or one line."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from evidence.ledger.patrol import child
from gateway.seeding import seed_people
from mz import ROOT
from mz.demo.camera import Camera
from mz.demo.client import Demo
from mz.services import SERVICES
from tests.faults.services import Home, Process, free_port, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def city(home: Home) -> AsyncIterator[dict[str, Process]]:
    """Five services, each with its own relay inside but the registry's, whose relay is a sixth process."""
    await seed_people(home.installation.runtimes()["gateway"].db, home.installation.d.demo)
    ports = {service: free_port() for service in SERVICES}
    # One list for all: each leaves itself out.
    peers = ",".join(f"{name}=http://127.0.0.1:{port}" for name, port in ports.items())
    made = {
        name: home.process(
            name, port=ports[name], peers=peers, relay=name != "device-registry", **extra(name, ports)
        )
        for name in ports
    }
    made["relay"] = home.process("device-registry", "relay", peers=peers)
    for process in made.values():
        process.start()
    await asyncio.gather(*(process.ready() for process in made.values()))
    yield made
    for process in made.values():
        process.kill()


def extra(service: str, ports: dict[str, int]) -> dict[str, Any]:
    return {"issuer": f"http://127.0.0.1:{ports['gateway']}"} if service == "gateway" else {}


async def test_a_change_in_one_process_reaches_the_ledger_in_another(
    city: dict[str, Process], home: Home
) -> None:
    gateway = city["gateway"].url
    async with httpx.AsyncClient(base_url=gateway, trust_env=False, timeout=10) as http:
        demo = Demo(home.installation.d, gateway, http)
        token = await demo.token(demo.person("DEVICE_ADMIN"))
        headers = {"authorization": f"Bearer {token}", "idempotency-key": "a-device-of-ours"}
        order = Camera("31010100001190000001", "人民路测试点", "121.492300", "31.227500").registration()

        answer = await http.post("/v1/devices", json=order, headers=headers)

        assert answer.status_code == 201, answer.text
        record = answer.headers["mingzheng-record"].split(", ")[0]

        async def is_in_the_ledger() -> bool:
            found = await http.get(f"/v1/ledger/records/{record}", headers=headers)
            return found.status_code == 200

        await until(is_in_the_ledger)
    assert await city["relay"].metric("mingzheng_records_carried_total") > 0
    assert await city["device-registry"].metric("mingzheng_records_carried_total") == 0
    assert await city["evidence"].metric("mingzheng_ledger_leads") == 1
    assert await city["evidence"].metric("mingzheng_ledger_append_seconds_count") > 0
    assert await city["evidence"].metric("mingzheng_ledger_batch_records_sum") > 0


async def test_fsck_of_the_ledger_is_a_command_of_its_service(city: dict[str, Process]) -> None:
    """What a process that serves runs once a day, with the environment that it has itself."""
    document = await child([sys.executable, "-m", "evidence", "fsck"], env=city["evidence"].environment)()

    assert document["clean"] is True
    assert document["entries"] > 5


async def test_check_says_before_a_start_whether_a_process_could_work(
    city: dict[str, Process], home: Home
) -> None:
    able = _checked(city["case"].environment)
    unable = _checked(
        city["case"].environment | {"MINGZHENG_CASE_DATABASE_URL": "postgresql://a@127.0.0.1:1/b"}
    )

    assert (able.returncode, able.stderr) == (0, ""), able.stdout
    assert "evidence http://127.0.0.1" in able.stdout
    assert (unable.returncode, unable.stderr) == (1, "")
    assert "✗ MINGZHENG_CASE_DATABASE_URL: 连接不上" in unable.stdout


def _checked(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "case", "check"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_every_process_ends_on_sigterm(city: dict[str, Process]) -> None:
    statuses = await asyncio.gather(*(process.stop() for process in city.values()))

    assert statuses == [0] * len(city), [process.said for process in city.values()]
    assert [process.said for process in city.values() if "Traceback" in process.said] == []


@pytest.mark.parametrize(
    "service, command, change, said",
    [
        ("evidence", "serve", {"ORIGIN": None}, "MINGZHENG_EVIDENCE_ORIGIN: 缺少 (missing): 账本名称"),
        ("evidence", "serve", {"ROOTS": "/nowhere"}, "MINGZHENG_EVIDENCE_ROOTS: 所指不存在"),
        ("case", "serve", {"RING": "/nowhere"}, "MINGZHENG_CASE_RING: 所指不存在"),
        ("case", "serve", {"PEERS": ""}, "MINGZHENG_CASE_PEERS: 缺少 evidence="),
        ("case", "serve", {"KEYS": "/var"}, "(couldn't start case): there is no record key"),
        ("case", "relay", {"RELAY_URL": None}, "MINGZHENG_CASE_RELAY_URL: 缺少 (missing)"),
        ("case", "relay", {"RELAI_URL": "x"}, "MINGZHENG_CASE_RELAI_URL: 没有这一项设置"),
        (
            "case",
            "serve",
            {"DATABASE_URL": "mysql://case"},
            "MINGZHENG_CASE_DATABASE_URL: 须形如 postgresql://",
        ),
        ("case", "serve", {"DATABASE_URL_FILE": "/nowhere"}, "只能给一个"),
        (
            "case",
            "serve",
            {"DATABASE_URL": None, "DATABASE_URL_FILE": "/nowhere"},
            "DATABASE_URL_FILE: 文件读不出",
        ),
        ("case", "serve", {"OWNER_URL": "postgresql://own_case@/case"}, "OWNER_URL: 没有这一项设置"),
        ("case", "migrate", {}, "MINGZHENG_CASE_OWNER_URL: 缺少 (missing)"),
        (
            "case",
            "migrate",
            {"OWNER_URL": "postgresql://own_case:secret@127.0.0.1:1/case"},
            "couldn't migrate case",
        ),
        ("case", "relay", {"KEYS": "/var"}, "(couldn't start case): token-k1.pem: No such file"),
    ],
    ids=lambda value: next(iter(value), "none").lower() if isinstance(value, dict) else None,
)
def test_what_is_missing_is_said_in_one_line(
    home: Home, service: str, command: str, change: dict[str, str | None], said: str
) -> None:
    process = home.process(service, "relay" if command == "relay" else "serve")
    changed = {f"MINGZHENG_{service.upper()}_{name}": value for name, value in change.items()}
    environment = {k: v for k, v in (process.environment | changed).items() if v is not None}

    ended = subprocess.run(
        [sys.executable, "-m", process.module, command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert "secret" not in ended.stderr


def test_a_port_in_use_is_said_in_one_line(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = home.process("case", peers="evidence=http://127.0.0.1:1", port=port)
        ended = subprocess.run(
            [sys.executable, "-m", "case"],
            cwd=ROOT,
            env=process.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
    assert f"port {port} cannot be listened on" in ended.stderr
