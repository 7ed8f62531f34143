"""The embedded PostgreSQL: adopted, recovered, stopped; each database closed to the others' roles."""

from __future__ import annotations

import math
import os
import shutil
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ledger.clock import real_time
from mz.postgres import EmbeddedPostgres, PostgresUnavailable, Server, external, prepare
from mz.postgres.machine import processes_in
from tests.faults.process import free_port
from tests.scratch import scratch


@pytest.fixture
def home() -> Iterator[Path]:
    """A place the server's user can reach; whatever runs there at the end is stopped."""
    with scratch() as folder:
        place = folder / "pg"
        place.mkdir()
        yield place


async def answer(server: Server) -> int:
    connection = await server.connect()
    try:
        return int(await connection.fetchval("SELECT 42"))
    finally:
        await connection.close()


async def test_a_live_postmaster_is_adopted_and_not_started_again(home: Path) -> None:
    first = EmbeddedPostgres(home, fast=True)
    first.start()
    second = EmbeddedPostgres(home, fast=True)

    server = second.start()

    assert second.pid == first.pid
    assert await answer(server) == 42


async def test_a_command_finds_a_running_server_at_the_port_it_was_given(home: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    EmbeddedPostgres(home, fast=True, tcp_port=port).start()

    server = EmbeddedPostgres(home).running_server

    assert server.port == port
    assert await answer(server) == 42


@pytest.mark.slow
def test_a_start_that_replays_a_long_log_may_take_longer_than_any_other(home: Path) -> None:
    embedded = EmbeddedPostgres(home, fast=True)
    embedded.start()
    embedded.stop()

    with pytest.raises(PostgresUnavailable, match="was not ready in time"):
        embedded.start(within_s=0)
    deadline = time.monotonic() + 20
    while processes_in(embedded.data) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert embedded.start(within_s=math.inf).port == embedded.server.port


def test_a_command_that_finds_no_server_says_so(home: Path) -> None:
    with pytest.raises(PostgresUnavailable, match="no PostgreSQL runs"):
        _ = EmbeddedPostgres(home).running_server


@pytest.mark.parametrize("whom", ["postmaster", "everyone"])
@pytest.mark.slow
async def test_a_killed_server_comes_back_with_what_was_committed(home: Path, whom: str) -> None:
    server = EmbeddedPostgres(home).start()
    connection = await server.connect()
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    await connection.close()
    postmaster = EmbeddedPostgres(home).pid
    assert postmaster is not None
    for pid in [postmaster] if whom == "postmaster" else processes_in(home / "data"):
        os.kill(pid, signal.SIGKILL)

    server = EmbeddedPostgres(home).start()

    connection = await server.connect()
    assert await connection.fetchval("SELECT n FROM kept") == 7
    await connection.close()


async def test_a_stopped_server_leaves_no_lock(home: Path) -> None:
    embedded = EmbeddedPostgres(home, fast=True)
    embedded.start()

    embedded.stop()

    assert embedded.pid is None
    assert not (home / "data" / "postmaster.pid").exists()


async def test_nothing_listens_on_tcp_unless_it_is_asked_for(home: Path) -> None:
    server = EmbeddedPostgres(home, fast=True).start()

    connection = await server.connect()

    assert await connection.fetchval("SHOW listen_addresses") == ""
    assert (home / "s").stat().st_mode & 0o077 == 0
    await connection.close()


async def test_a_role_cannot_enter_another_service_s_database(postgres: Server) -> None:
    await prepare(postgres, ["alpha", "beta"])
    await prepare(postgres, ["alpha", "beta"])

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(host=postgres.host, port=postgres.port, user="svc_alpha", database="beta")


@pytest.mark.slow
def test_an_interrupted_initdb_is_begun_anew(home: Path) -> None:
    began = time.monotonic()
    draft = home / "data.draft"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("17")

    EmbeddedPostgres(home, fast=True).start()

    assert (home / "data" / "PG_VERSION").exists()
    assert time.monotonic() - began < 60


def test_a_foreign_server_s_passwords_are_derived_and_never_printed() -> None:
    server = external("postgresql://admin:s3cret@db.example:6000/postgres", b"\1" * 32)

    assert server.url("svc_case", "case").startswith("postgresql://svc_case:")
    assert "@db.example:6000/case" in server.url("svc_case", "case")
    assert server.password("svc_case") != server.password("svc_evidence")
    assert "s3cret" not in repr(server)


def test_another_kind_of_url_is_refused_in_one_line() -> None:
    with pytest.raises(PostgresUnavailable, match="postgresql://"):
        external("mysql://root@localhost/x", b"")


@pytest.mark.parametrize(
    "rest",
    [
        "db.example:5432/postgres?sslmode=verify-full&sslcert=/mine.pem",
        "a.example,b.example:5432/postgres",
        "/postgres?host=a,b",
    ],
)
def test_what_of_an_address_would_be_lost_is_refused(rest: str) -> None:
    with pytest.raises(PostgresUnavailable, match="cannot be kept") as refused:
        external(f"postgresql://admin:s3cret@{rest}", b"")
    assert "s3cret" not in str(refused.value)


@pytest.mark.slow
async def test_every_role_reaches_a_server_of_ones_own_as_its_address_demands(
    home: Path, tmp_path: Path
) -> None:
    """Over TLS that is verified: a server whose certificate another authority signed is reached by nobody."""
    embedded = EmbeddedPostgres(home, fast=True, tcp_port=free_port())
    local = embedded.start()
    try:
        data = home / "data"
        authority = certificate(tmp_path / "server")
        for name in ("server.crt", "server.key"):
            shutil.copy(tmp_path / name, data)
            shutil.chown(data / name, data.owner(), data.group())
            (data / name).chmod(0o600)
        admin = await local.connect()
        await admin.execute("ALTER USER postgres PASSWORD 'p'")
        await admin.execute("ALTER SYSTEM SET ssl = on")
        (data / "pg_hba.conf").write_text("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
        await admin.execute("SELECT pg_reload_conf()")
        await admin.close()
        address = f"postgresql://postgres:p@127.0.0.1:{embedded.tcp_port}/postgres?sslmode=verify-full"
        server = external(f"{address}&sslrootcert={authority}", b"\1" * 32)
        await prepare(server, ["case"])

        connection = await asyncpg.connect(server.url("svc_case", "case"))
        encrypted = await connection.fetchval("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        await connection.close()
        other = certificate(tmp_path / "other")
        with pytest.raises(ssl.SSLError):
            await asyncpg.connect(
                external(f"{address}&sslrootcert={other}", b"\1" * 32).url("svc_case", "case")
            )
    finally:
        embedded.stop()

    assert encrypted


def certificate(path: Path) -> Path:
    """A key and a certificate of its own for 127.0.0.1, `path`.key and `path`.crt, which is returned."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, path.name)])
    now = real_time()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.with_suffix(".crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path.with_suffix(".crt")
